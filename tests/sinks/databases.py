"""Shared by tests of database sinks: tables, and their contents."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, create_engine, text

from doge_datagen.model import Transition
from doge_datagen.sinks.database.sqlalchemy.engine import checked_url
from doge_datagen.sinks.events.database import DbSink, DbSinkFactory

LOGIN = Transition("login", "offline", "online", 1)


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """A separate connection, in a transaction."""
    engine = create_engine(checked_url(url))
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def ask(url: str, statement: str) -> list[tuple[Any, ...]]:
    """The rows of a statement, if any."""
    with connected(url) as connection:
        answer = connection.execute(text(statement))
        return [tuple(row) for row in answer] if answer.returns_rows else []


def sink_of(url: str, table: str, batch_size: int = 1000) -> DbSink:
    """A sink whose subjects are the rows themselves."""
    return DbSinkFactory(url).create(table, lambda timestamp, subject, transition: subject, batch_size)


def write(url: str, table: str, rows: list[Mapping[str, Any]], batch_size: int = 1000) -> None:
    """Collect the rows and close."""
    with sink_of(url, table, batch_size) as sink:
        for row in rows:
            sink.collect(0, row, LOGIN)
