"""The databases for the conformance suite of batch sinks, each with a table that is read back by its own driver."""

from doge_datagen.model import Destination
from doge_datagen.sinks.registry import open_sink
from doge_datagen.sinks.testing.batches import BatchSinkUnderTest
from doge_datagen.sinks.testing.samples import SCHEMA, STREAM, milliseconds
from tests.sinks.batch_databases import in_duckdb, in_postgres, in_sqlite

WITH_IDENTITY = (
    "record BIGINT, amount BIGINT, rate FLOAT8, settled BOOLEAN, note TEXT, happened TIMESTAMPTZ, "
    "number BIGINT GENERATED ALWAYS AS IDENTITY"
)


def duckdb_file(request):
    path = request.getfixturevalue("tmp_path") / "out" / "bank.duckdb"
    return _under_test(f"duckdb:///{path}", STREAM, lambda statement: in_duckdb(path, statement), "epoch_ms(happened)")


def sqlite_file(request):
    path = request.getfixturevalue("tmp_path") / "out" / "bank.db"
    return _under_test(
        f"sqlite:///{path}", STREAM, lambda statement: in_sqlite(path, statement), "happened || '+00:00'"
    )


def postgresql(request):
    url, table = request.getfixturevalue("database"), request.getfixturevalue("table_name")
    happened = "CAST(extract(epoch FROM happened) * 1000 AS BIGINT)"
    return _under_test(url, table, lambda statement: in_postgres(url, statement), happened)


def postgresql_without_copy(request):
    url, table = request.getfixturevalue("database"), request.getfixturevalue("table_name")
    in_postgres(url, f"CREATE TABLE {table} ({WITH_IDENTITY})")
    return postgresql(request)


def _under_test(url, table, ask, happened):
    rows = f"SELECT record, amount, rate, settled, note, {happened} FROM {table}"
    return BatchSinkUnderTest(
        make=lambda: open_sink(Destination.of({"database": url, "table": table}), STREAM, SCHEMA, keyed=True),
        read=lambda: [(*before, milliseconds(happened)) for *before, happened in ask(rows)],
        break_destination=lambda: ask(f"DROP TABLE {table}"),
    )


DATABASES = (duckdb_file, sqlite_file, postgresql, postgresql_without_copy)
