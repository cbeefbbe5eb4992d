"""Write the streams to CSV files and the tables to SQLite or another database, and read them back."""

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
from doge_datagen.sinks.database.sqlalchemy.engine import checked_url, open_engine, place_of

Record = Mapping[str, Any]


@dataclass(frozen=True)
class StreamOutput:
    """Where one stream goes, and how to read it back.

    Attributes:
        name: name of the stream.
        where: the location in words.
        destination: the destination for the run.
        read: reads the records of this run in order of time, with timestamps as strings; call it after the run.
    """

    name: str
    where: str
    destination: model.Destination
    read: Callable[[], Iterable[Record]]


STREAMS = ("clickstream", "trx")
TABLES = ("balance", "loan")


def stream_files(folder: Path) -> Iterator[StreamOutput]:
    """Both streams as CSV files in the folder; existing ones are replaced."""
    for name in STREAMS:
        path = folder / f"{name}.csv"
        yield StreamOutput(name, str(path), model.Destination("file", str(path)), partial(read_csv, path))


def sqlite_tables(folder: Path) -> Iterator[StreamOutput]:
    """Both tables in a new SQLite file ``bank.db``; an existing one is replaced."""
    path = folder / "bank.db"
    folder.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    return database_tables(f"sqlite:///{path}")


def database_tables(db_url: str) -> Iterator[StreamOutput]:
    """Both tables in a database; missing tables are created by the run."""
    shown = place_of(checked_url(db_url))
    for name in TABLES:
        destination = model.Destination("database", db_url)
        yield StreamOutput(name, f"{shown}, table {name}", destination, partial(read_table, db_url, name))


def read_csv(path: Path) -> Iterator[Record]:
    """Read the records of a CSV file, with all values as strings."""
    with path.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def read_table(db_url: str, name: str) -> Iterator[Record]:
    """Read the rows of a table in order of their timestamps."""
    engine = open_engine(checked_url(db_url))
    try:
        with engine.connect() as connection:
            table = Table(name, MetaData(), autoload_with=connection)
            for row in connection.execute(select(table).order_by(table.c.timestamp)).mappings():
                yield with_text_for_time(dict(row))
    finally:
        engine.dispose()


def with_text_for_time(record: dict[str, Any]) -> Record:
    """The record with its timestamps as ISO 8601 strings in UTC, which sort by time, as in files.

    >>> with_text_for_time({'timestamp': datetime(2022, 2, 11, 3, 21, 48), 'amount': 7})
    {'timestamp': '2022-02-11T03:21:48.000Z', 'amount': 7}
    """
    return {name: _iso(value) if isinstance(value, datetime) else value for name, value in record.items()}


def _iso(moment: datetime) -> str:
    moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
