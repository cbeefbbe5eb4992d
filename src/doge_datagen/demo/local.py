"""The streams as CSV files, and the tables in SQLite or any database that SQLAlchemy knows."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData, Table, select

from doge_datagen import model
from doge_datagen.sinks.database.engine import checked_url, open_engine, place_of

Record = Mapping[str, Any]


@dataclass(frozen=True)
class StreamOutput:
    """One stream's place.

    Attributes:
        name: of the stream.
        where: for a person to find it.
        carrier: as a target says it.
        read: gives what this run has written, in the order of time, moments as text; to be called after the run.
    """

    name: str
    where: str
    carrier: model.Destination
    read: Callable[[], Iterable[Record]]


STREAMS = ("clickstream", "trx")
TABLES = ("balance", "loan")


def stream_files(folder: Path) -> Iterator[StreamOutput]:
    """Both streams in the folder; files of these names are replaced."""
    for name in STREAMS:
        path = folder / f"{name}.csv"
        yield StreamOutput(name, str(path), model.Destination("file", str(path)), partial(read_csv, path))


def sqlite_tables(folder: Path) -> Iterator[StreamOutput]:
    """Both tables in a new file ``bank.db``; one of that name is replaced."""
    path = folder / "bank.db"
    folder.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    return database_tables(f"sqlite:///{path}")


def database_tables(db_url: str) -> Iterator[StreamOutput]:
    """Both tables in a database, made where they are missing."""
    shown = place_of(checked_url(db_url))
    for name in TABLES:
        carrier = model.Destination("database", db_url)
        yield StreamOutput(name, f"{shown}, table {name}", carrier, partial(read_table, db_url, name))


def read_csv(path: Path) -> Iterator[Record]:
    """The records of a CSV file, all values as text."""
    with path.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def read_table(db_url: str, name: str) -> Iterator[Record]:
    """The rows of a table, by timestamp."""
    engine = open_engine(checked_url(db_url))
    try:
        with engine.connect() as connection:
            table = Table(name, MetaData(), autoload_with=connection)
            for row in connection.execute(select(table).order_by(table.c.timestamp)).mappings():
                yield with_text_for_time(dict(row))
    finally:
        engine.dispose()


def with_text_for_time(record: dict[str, Any]) -> Record:
    """The record with its moments in ISO 8601, in UTC, as files have them: texts that sort by time.

    >>> with_text_for_time({'timestamp': datetime(2022, 2, 11, 3, 21, 48), 'amount': 7})
    {'timestamp': '2022-02-11T03:21:48.000Z', 'amount': 7}
    """
    return {name: _iso(value) if isinstance(value, datetime) else value for name, value in record.items()}


def _iso(moment: datetime) -> str:
    moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
