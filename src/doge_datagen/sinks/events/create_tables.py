"""Create the tables that an example or a test needs, if they are missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import sqlalchemy

from doge_datagen.errors import ModelError, UnknownTargetError, did_you_mean
from doge_datagen.sinks.database.sqlalchemy import engine as database_engine

if TYPE_CHECKING:
    from sqlalchemy import URL, Inspector, MetaData
    from sqlalchemy.types import TypeEngine

TYPES = {"integer": "BigInteger", "text": "Text"}
"""Integers have 64 bits, as milliseconds since the epoch need more than 32."""
OF_PYTHON = {int: "write 'integer'", str: "write 'text'"}


def create_tables(
    db_url: str | URL, tables: Mapping[str, Mapping[str, str | TypeEngine[Any] | type[TypeEngine[Any]]]]
) -> list[str]:
    """Create the tables that do not exist yet and return their names; existing ones are left as they are.

    Args:
        db_url: as for :class:`~doge_datagen.sinks.events.database.DbSinkFactory`.
        tables: column names and types by table name; a type is ``'integer'`` (64 bits), ``'text'`` or one of
            SQLAlchemy's.

    Raises:
        ModelError: the URL or a type is unknown.
        UnknownTargetError: an existing table lacks one of these columns; then no table is created.
        SinkError: the folder of a SQLite file is missing.
        UnreachableError: no server answers.
        RefusedError: the server refuses the user or the password, or does not allow the user to create tables.

    >>> from tempfile import mkdtemp
    >>> url = f'sqlite:///{mkdtemp()}/events.db'
    >>> create_tables(url, {'events': {'timestamp': 'integer', 'event': 'text'}})
    ['events']
    >>> create_tables(url, {'events': {'timestamp': 'integer', 'event': 'text'}})
    []
    """
    url, metadata = database_engine.checked_url(db_url), _described(tables)
    engine = database_engine.open_engine(url)
    try:
        with engine.begin() as connection:
            inspector = sqlalchemy.inspect(connection)
            missing = [name for name, columns in tables.items() if not _exists(inspector, name, columns)]
            metadata.create_all(connection, tables=[metadata.tables[name] for name in missing])
    except sqlalchemy.exc.SQLAlchemyError as error:
        destination = database_engine.shown_url(url)
        raise database_engine.explained(error, destination, url) from database_engine.cause_of(error)
    finally:
        engine.dispose()
    return missing


def _described(tables: Mapping[str, Mapping[str, object]]) -> MetaData:
    """The tables as SQLAlchemy describes them."""
    metadata = sqlalchemy.MetaData()
    for name, columns in tables.items():
        typed = {column: _type(f"{name}.{column}", kind) for column, kind in columns.items()}
        sqlalchemy.Table(name, metadata, *(sqlalchemy.Column(column, kind) for column, kind in typed.items()))
    return metadata


def _exists(inspector: Inspector, name: str, columns: Iterable[str]) -> bool:
    """Whether the table exists; one with other columns is an error, as no sink could fill it."""
    if not inspector.has_table(name):
        return False
    there = {column["name"] for column in inspector.get_columns(name)}
    lacking = ", ".join(repr(column) for column in columns if column not in there)
    if lacking:
        raise UnknownTargetError(
            f"table {name}", f"exists without {lacking}. Hint: add the columns, or name another table"
        )
    return True


def _type(dotted_path: str, kind: object) -> TypeEngine[Any] | type[TypeEngine[Any]]:
    base = sqlalchemy.types.TypeEngine
    if isinstance(kind, base) or (isinstance(kind, type) and issubclass(kind, base)):
        return kind
    if not isinstance(kind, str):
        hint = OF_PYTHON.get(kind) if isinstance(kind, type) else None
        hint = hint or "write 'integer', 'text' or a type of SQLAlchemy"
        raise ModelError(dotted_path, f"{kind!r} is not a column type. Hint: {hint}")
    if kind not in TYPES:
        raise ModelError(dotted_path, f"no column type {kind!r}. Hint: {did_you_mean(kind, TYPES)}")
    return getattr(sqlalchemy, TYPES[kind])  # type: ignore[no-any-return]  # one of the two above
