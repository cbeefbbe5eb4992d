"""The tables an example or a test needs, made where they are missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import URL, BigInteger, Column, MetaData, Table, Text, inspect
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.types import TypeEngine

from doge_datagen.errors import ModelError, did_you_mean
from doge_datagen.sinks.database_engine import cause_of, checked_url, explained, open_engine, place_of

TYPES: dict[str, type[TypeEngine[Any]]] = {"integer": BigInteger, "text": Text}
"""Integers have 64 bits: milliseconds since the epoch need more than 32."""

ColumnType = str | TypeEngine[Any] | type[TypeEngine[Any]]


def create_tables(db_url: str | URL, tables: Mapping[str, Mapping[str, ColumnType]]) -> list[str]:
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
    url, metadata = checked_url(db_url), MetaData()
    for name, columns in tables.items():
        Table(name, metadata, *(Column(column, _type(name, column, kind)) for column, kind in columns.items()))
    engine = open_engine(url)
    try:
        with engine.begin() as connection:
            inspector = inspect(connection)
            missing = [name for name in tables if not inspector.has_table(name)]
            metadata.create_all(connection, tables=[metadata.tables[name] for name in missing])
    except SQLAlchemyError as error:
        raise explained(error, place_of(url)) from cause_of(error)
    finally:
        engine.dispose()
    return missing


def _type(table: str, column: str, kind: ColumnType) -> TypeEngine[Any] | type[TypeEngine[Any]]:
    if not isinstance(kind, str):
        return kind
    if kind not in TYPES:
        raise ModelError(f"{table}.{column}", f"no column type {kind!r}; {did_you_mean(kind, TYPES)}")
    return TYPES[kind]
