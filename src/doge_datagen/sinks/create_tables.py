"""The tables an example or a test needs, made where they are missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from doge_datagen.errors import ModelError, did_you_mean

if TYPE_CHECKING:
    from sqlalchemy import URL
    from sqlalchemy.types import TypeEngine

TYPES = {"integer": "BigInteger", "text": "Text"}
"""Integers have 64 bits: milliseconds since the epoch need more than 32."""


def create_tables(
    db_url: str | URL, tables: Mapping[str, Mapping[str, str | TypeEngine[Any] | type[TypeEngine[Any]]]]
) -> list[str]:
    """Make the tables that do not exist yet, and say which those were; the others stay as they are.

    Args:
        db_url: as for :class:`~doge_datagen.sinks.database.DbSinkFactory`.
        tables: column names and types by table name; a type is ``'integer'`` (64 bits), ``'text'`` or one of
            SQLAlchemy's.

    Raises:
        ModelError: the URL or a type is unknown.
        UnreachableError: no server answers.
        RefusedError: the server says no to the user or the password, or the user may not create tables.

    >>> from tempfile import mkdtemp
    >>> url = f'sqlite:///{mkdtemp()}/events.db'
    >>> create_tables(url, {'events': {'timestamp': 'integer', 'event': 'text'}})
    ['events']
    >>> create_tables(url, {'events': {'timestamp': 'integer', 'event': 'text'}})
    []
    """
    import sqlalchemy  # noqa: PLC0415 - importing SQLAlchemy takes a while

    from doge_datagen.sinks import database_engine  # noqa: PLC0415 - it imports SQLAlchemy

    url, metadata = database_engine.checked_url(db_url), sqlalchemy.MetaData()
    for name, columns in tables.items():
        typed = {column: _type(f"{name}.{column}", kind) for column, kind in columns.items()}
        sqlalchemy.Table(name, metadata, *(sqlalchemy.Column(column, kind) for column, kind in typed.items()))
    engine = database_engine.open_engine(url)
    try:
        with engine.begin() as connection:
            inspector = sqlalchemy.inspect(connection)
            missing = [name for name in tables if not inspector.has_table(name)]
            metadata.create_all(connection, tables=[metadata.tables[name] for name in missing])
    except sqlalchemy.exc.SQLAlchemyError as error:
        place = database_engine.place_of(url)
        raise database_engine.explained(error, place) from database_engine.cause_of(error)
    finally:
        engine.dispose()
    return missing


def _type(place: str, kind: str | TypeEngine[Any] | type[TypeEngine[Any]]) -> TypeEngine[Any] | type[TypeEngine[Any]]:
    import sqlalchemy  # noqa: PLC0415 - importing SQLAlchemy takes a while

    if not isinstance(kind, str):
        return kind
    if kind not in TYPES:
        raise ModelError(place, f"no column type {kind!r}; {did_you_mean(kind, TYPES)}")
    return getattr(sqlalchemy, TYPES[kind])  # type: ignore[no-any-return]  # one of the two above
