"""The kind of sink that writes to database tables: its options, and how one is opened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from doge_datagen.errors import MissingDriverError, ModelError, UnknownTargetError
from doge_datagen.sinks.base import BatchSink, Capabilities
from doge_datagen.sinks.database.positions import PositionKey
from doge_datagen.sinks.database.sink import TableSink
from doge_datagen.sinks.database.sqlalchemy.engine import (
    SCHEMES,
    checked_url_of_destination,
    is_dialect,
    open_engine,
    shown_url,
)
from doge_datagen.sinks.database.sqlalchemy.table import open_alchemy, open_transactions
from doge_datagen.sinks.database.table_identity import file_of, identity_of_table, table_of
from doge_datagen.sinks.sink_kind import Option, Packages, SinkConfig, SinkContext, SinkKind, check_installed
from doge_datagen.sinks.transactional import CommittingSink

if TYPE_CHECKING:
    from sqlalchemy import URL

    from doge_datagen.sinks.database.duckdb.transactions import DuckdbTransactions
    from doge_datagen.sinks.database.sink import TableWriter
    from doge_datagen.sinks.database.sqlalchemy.transactions import AlchemyTransactions

DUCKDB = Packages("writing to DuckDB", "duckdb", ("duckdb",))
NEW_FILE_HAS = ("", "main")
"""Schemas that exist in a newly created file."""


def open_database(opening: SinkContext) -> BatchSink:
    """Open a sink that writes a stream to a table, each batch in one transaction.

    DuckDB imports Arrow batches, PostgreSQL gets a binary COPY, every other database SQLAlchemy's executemany. A
    missing table is created, unless the option ``create`` is false; an existing one must have a column for each field.

    Raises:
        ModelError: the URL is invalid, or the driver that it names is not installed.
        MissingDriverError: the package for DuckDB or PostgreSQL is not installed.
        UnknownTargetError: the table or its schema does not exist, or the table does not fit the fields.
        UnreachableError: no server answers; raised within 15 seconds.
        RefusedError: the server refuses the user, the password, the new table or the insert.
        SinkError: the file cannot be opened; transient if another process has it open.

    >>> import pyarrow, sqlite3
    >>> from tempfile import mkdtemp
    >>> from doge_datagen.batch import Batch
    >>> records = pyarrow.RecordBatch.from_pydict({'user': [7, 8], 'event': ['login', 'logout']})
    >>> moments = pyarrow.array([0, 60000], pyarrow.timestamp('ms', 'UTC'))
    >>> folder = mkdtemp()
    >>> with open_database(SinkContext('events', records.schema, f'sqlite:///{folder}/out/bank.db')) as sink:
    ...     sink.write(Batch(records, moments))
    >>> connection = sqlite3.connect(f'{folder}/out/bank.db')
    >>> connection.execute('SELECT * FROM events').fetchall()
    [(7, 'login'), (8, 'logout')]
    >>> connection.close()
    """
    with _located_at(f"targets.{opening.stream}"):
        url, name = _url_and_table(opening)
        return TableSink(f"table {name} at {shown_url(url)}", _open_table(url, name, opening))


def open_with_position(opening: SinkContext) -> CommittingSink:
    """Open the sink of a resumable run.

    Each commit is one transaction that writes the records and updates the run's row in the table ``doge_position``,
    which is in the same schema. Of two processes of the same run, the later one continues and the other one fails.

    Raises:
        DogeError: as :func:`open_database`.
        SinkError: the run is resumed, and its records are in another table or their table was dropped.
    """
    with _located_at(f"targets.{opening.stream}"):
        url, name = _url_and_table(opening)
        made = _open_transactions(url, name, opening, str(opening.run_id))
        sink = CommittingSink(f"table {name} at {shown_url(url)}", made)
        sink.identity = made.identity
        return sink


def _url_and_table(opening: SinkContext) -> tuple[URL, str]:
    name = table_of(opening.options, opening.stream)
    if wrong := _no_schema(opening):
        # Connecting to SQLite or DuckDB creates the file, and a failed run should leave nothing behind.
        raise UnknownTargetError(f"table {name}", wrong)  # before an empty file is created
    return checked_url_of_destination(opening.at), name


def _open_table(url: URL, name: str, opening: SinkContext) -> TableWriter:
    create = bool(opening.options.get("create", True))
    if _is_duckdb(url):
        with _driver_of_duckdb():
            from doge_datagen.sinks.database.duckdb.table import open_duckdb  # noqa: PLC0415 - needs duckdb
        return open_duckdb(url, name, opening.schema, create=create)

    return open_alchemy(url, name, opening.schema, create=create, patience=opening.patience)


def _open_transactions(
    url: URL, name: str, opening: SinkContext, run_id: str
) -> AlchemyTransactions | DuckdbTransactions:
    key, create = PositionKey(run_id, opening.stream, name), bool(opening.options.get("create", True))
    if _is_duckdb(url):
        with _driver_of_duckdb():
            from doge_datagen.sinks.database.duckdb import table  # noqa: PLC0415 - needs duckdb
        return table.open_transactions(url, name, opening.schema, key, create=create)

    return open_transactions(url, name, opening.schema, key, create=create, patience=opening.patience)


def _is_duckdb(url: URL) -> bool:
    return url.get_backend_name() == "duckdb"


@contextmanager
def _driver_of_duckdb() -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        raise MissingDriverError("writing to DuckDB", "duckdb") from error


def _check(given: SinkConfig) -> None:
    """Check that the address is the URL of a database and that names of tables and columns are possible.

    Raises:
        ModelError: the URL or a name is invalid.
    """
    table = given.options.get("table", given.stream)
    if not table_of(given.options, given.stream).rpartition(".")[2]:
        raise ModelError(f"{given.where}.table", f"{table!r} does not name a table. Hint: write its name, such as trx")
    for what, name in (("URL", given.at), ("table", table), *(("field", field) for field in given.fields)):
        if "\0" in name:
            problem = "the URL has" if what == "URL" else f"the {what} {name!r} has"  # a URL may contain a password
            raise ModelError(
                given.where, f"{problem} the character NUL, which no database takes in a name. Hint: take it out"
            )
    with _located_at(given.where):
        checked_url_of_destination(given.at)


def _needs(given: SinkConfig) -> None:
    """Check that the driver is installed and, if a new file is to be created, that it will have the table's schema.

    Raises:
        MissingDriverError: the driver of DuckDB or PostgreSQL is not installed.
        ModelError: the driver of another database is not installed, or the file will not have the schema.
    """
    with _located_at(given.where):
        url = checked_url_of_destination(given.at)
        if _is_duckdb(url):
            # Without importing it, which takes a moment and memory in a process that only checks a model.
            check_installed(DUCKDB)
        else:
            open_engine(url).dispose()  # does not connect
    if wrong := _no_schema(given):
        raise ModelError(given.where, wrong)


def _no_schema(given: SinkConfig | SinkContext) -> str:
    """Describe what is wrong with the table's schema if its file is to be created; empty if nothing is."""
    shown = given.options.get("table", given.stream)
    owner, _, rest = table_of(given.options, given.stream).rpartition(".")
    file = file_of(given.at.reveal())
    if owner in NEW_FILE_HAS or file is None or _has_content(file):
        return ""
    problem = f"the table {shown!r} would be in a schema, and a new file has none but main"
    if str(shown) == shown:  # otherwise it contains the value of a variable
        problem = f"the table {shown!r} would be in the schema {owner!r}, and a new file has none but main"
        return f"{problem}. Hint: name the table without a dot, such as table: {rest or 'records'}"
    return f"{problem}. Hint: name the table without a dot, such as table: records"


def _has_content(file: Path) -> bool:
    try:
        return file.stat().st_size > 0
    except OSError:
        return False


@contextmanager
def _located_at(where: str) -> Iterator[None]:
    """Report errors of a URL at its location in the model."""
    try:
        yield
    except ModelError as error:
        raise ModelError(where, error.problem) from error.__cause__


def _capabilities(given: SinkConfig) -> Capabilities:
    """DuckDB works in this process, and may do so in a thread of its own; other databases are waited for."""
    return Capabilities(own_thread=given.at.reveal().startswith(("duckdb:", "duckdb+")), position_before_claim=True)


def _shown(given: SinkConfig) -> str:
    return f"{given.at.address}, table {given.shown('table', given.stream)}"


def _named(given: SinkConfig) -> str:
    return f"the table {given.shown('table', given.stream)!r}"


DATABASE = SinkKind(
    name="database",
    meaning="a URL as SQLAlchemy writes them: duckdb:///bank.duckdb, sqlite:///bank.db, "
    "postgresql://user:password@host/db, or that of any other database",
    open=open_database,
    options={
        "table": Option("the table, or schema.table; defaults to the stream's name"),
        "create": Option("whether a missing table is created; defaults to true", bool),
    },
    open_committing=open_with_position,
    capabilities=_capabilities,
    schemes=SCHEMES,
    takes_scheme=is_dialect,
    check=_check,
    needs=_needs,
    identify=identity_of_table,
    shown=_shown,
    named=_named,
)
