"""Databases for resumable runs: sinks as opened by a model, and their contents."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from doge_datagen.model import Destination
from doge_datagen.sinks.registry import open_sink
from doge_datagen.sinks.testing.samples import SCHEMA, STREAM, milliseconds
from tests.sinks.batch_database_places import WITH_IDENTITY
from tests.sinks.batch_databases import in_duckdb, in_postgres, in_sqlite


@dataclass(frozen=True)
class Database:
    """A database with a table for the samples, which may not exist yet.

    Attributes:
        url: as in a target.
        table: as in a target.
        ask: runs a statement on a separate connection and returns its rows.
        happened: expression for the column of that name, in milliseconds or as text with a zone.
    """

    url: str
    table: str
    ask: Callable[[str], Sequence[Sequence[Any]]]
    happened: str

    @property
    def positions(self):
        """The table of positions in the same schema."""
        return ".".join([*self.table.split(".")[:-1], "doge_position"])

    def sink(self, run_id="first", stream=STREAM, table=None, **options):
        """A sink of a run, not yet claimed; the run ID depends on the table."""
        destination = Destination.of({"database": self.url, "table": table or self.table, **options})
        return open_sink(destination, stream, SCHEMA, keyed=True, run_id=self.run_id(run_id))

    def run_id(self, run_id="first"):
        """A run ID unique to the test."""
        return f"{run_id} of {self.table}"

    def claimed(self, run_id="first", **options):
        """A sink that has claimed the run."""
        sink = self.sink(run_id, **options)
        sink.claim()
        return sink

    def rows(self):
        """The samples in the table, in insertion order."""
        condition = f"SELECT record, amount, rate, settled, note, {self.happened} FROM {self.table}"
        return [(*before, milliseconds(happened)) for *before, happened in self.ask(condition)]


def sqlite_file(request):
    return sqlite_at(request.getfixturevalue("tmp_path") / "bank.db")


def sqlite_at(path):
    return Database(f"sqlite:///{path}", STREAM, functools.partial(in_sqlite, path), "happened || '+00:00'")


def duckdb_file(request):
    return duckdb_at(request.getfixturevalue("tmp_path") / "bank.duckdb")


def duckdb_at(path):
    return Database(f"duckdb:///{path}", STREAM, functools.partial(in_duckdb, path), "epoch_ms(happened)")


def postgresql(request):
    url, table = request.getfixturevalue("database"), request.getfixturevalue("table_name")
    return postgresql_at(url, table)


def postgresql_without_copy(request):
    database = postgresql(request)
    database.ask(f"CREATE TABLE {database.table} ({WITH_IDENTITY})")
    return database


def postgresql_at(url, table):
    happened = "CAST(extract(epoch FROM happened) * 1000 AS BIGINT)"
    return Database(url, table, functools.partial(in_postgres, url), happened)


DATABASES = (sqlite_file, duckdb_file, postgresql, postgresql_without_copy)
