"""Identify the table and database that a target names, however it is written."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from sqlalchemy import text

from doge_datagen.errors import ModelError
from doge_datagen.model.redaction import Redacted, revealed
from doge_datagen.sinks.database.sqlalchemy.engine import checked_url
from doge_datagen.sinks.destination_identity import DestinationIdentity, file_roots, machine, real_path
from doge_datagen.sinks.sink_kind import SinkConfig

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Table

PORTS = {"postgresql": 5432, "mysql": 3306, "mariadb": 3306, "mssql": 1433, "oracle": 1521}
EXTENSIONS = {"sqlite": ("-journal", "-wal", "-shm"), "duckdb": (".wal", ".tmp")}
"""Extensions of the files that a database writes next to its own."""
MAIN = "main."
"""Default schema of tables in SQLite and DuckDB."""
WITH_CASE = "postgresql"
"""The database in which Events and events are two tables. In others they may be the same, so they count as the same."""
ASCII = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
"""File-based databases ignore the case of ASCII letters only."""
IN_FILE = re.compile(r"(?:sqlite|duckdb)(?:\+\w+)?:///(?!(?:md|motherduck):)(?P<path>[^?]+)(?P<options>.*)", re.DOTALL)
"""Not URLs of MotherDuck, whose names of databases look like those of files."""
REMEDY = "give each a table of its own"
# The time of the server's start stands for the server, which may have many addresses.
IN_POSTGRES = "SELECT pg_postmaster_start_time(), current_database(), CAST(CAST(:name AS regclass) AS oid)"


def identity_of_table(given: SinkConfig) -> DestinationIdentity:
    """Identify the table that a target names, as far as its URL allows."""
    table = table_of(given.options, given.stream)
    url = _url(given.at)
    if url is None:
        return DestinationIdentity(frozenset({given.at.reveal()}), table, "database", remedy=REMEDY)
    system = url.get_backend_name()
    within = table_within(system, table)
    file = file_of(given.at.reveal())
    if file is None:
        return DestinationIdentity(frozenset({_server(url, system)}), within, system, remedy=REMEDY)
    paths = (real_path(file), *(f"{real_path(file)}{ending}" for ending in EXTENSIONS.get(system, ())))
    return DestinationIdentity(file_roots(paths), within, system, paths=paths, remedy=REMEDY)


def table_of(options: Mapping[str, object], stream: str) -> str:
    """Name of the table that a target names; the stream's name by default."""
    return str(revealed(options.get("table", stream)))


def file_of(url: str) -> Path | None:
    """Return the path of a database's file, links resolved; None if the database is not a file.

    >>> file_of('sqlite:///out/../bank.db') == Path('bank.db').resolve()
    True
    >>> file_of('postgresql://localhost/bank')
    """
    found = IN_FILE.match(url)
    path = _plain(found) if found else ""
    try:
        return Path(path).resolve() if path else None
    except (OSError, ValueError, RuntimeError):
        return None  # not a valid path, which is reported when it is opened


def table_within(system: str, table: str) -> str:
    """Normalize a table's name, ignoring case for databases that may ignore it.

    >>> table_within('sqlite', 'main.Events'), table_within('postgresql', 'Events')
    ('events', 'Events')
    """
    if system == WITH_CASE:
        return table
    plain = table.translate(ASCII)
    # To take two tables for one only asks for another name; to take one for two would mix their records.
    return plain.removeprefix(MAIN) if system in EXTENSIONS else plain


def identity_in_postgres(connection: Connection, table: Table) -> DestinationIdentity:
    """Identify the table by the server's own numbers, independent of host name, user and search path."""
    from doge_datagen.sinks.database.postgres.copy_rows import quoted  # noqa: PLC0415 - needs psycopg

    server, database, number = connection.execute(text(IN_POSTGRES), {"name": quoted(table).as_string()}).one()
    return DestinationIdentity(frozenset({(str(server), database)}), str(number), WITH_CASE, remedy=REMEDY)


def _server(url: URL, system: str) -> Hashable:
    return machine(url.host or ""), url.port or PORTS.get(system), url.database


def _url(at: Redacted) -> URL | None:
    try:
        return checked_url(at)
    except ModelError:
        return None


def _plain(found: re.Match[str]) -> str:
    """The path of a file, which may be written as one of SQLite's URIs, such as ``file:bank.db?uri=true``."""
    if not found["path"].startswith("file:") or "uri=" not in found["options"]:
        return found["path"]
    return unquote(found["path"].removeprefix("file:").removeprefix("//"))
