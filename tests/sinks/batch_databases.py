"""What the tests of batches to databases share: sinks as a model opens them, and readers of the test's own."""

import datetime as dt
import sqlite3
from contextlib import closing

import duckdb
import psycopg
import pyarrow as pa

from doge_datagen.batch import Batch
from doge_datagen.sinks.database.sink_kind import DATABASE
from doge_datagen.sinks.sink_kind import SinkContext

UTC_MS = pa.timestamp("ms", "UTC")
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def batch_of(**columns):
    """A batch with these columns; lists of what Arrow can guess, or arrays."""
    records = pa.RecordBatch.from_pydict(columns)
    return Batch(records, pa.array([0] * records.num_rows, UTC_MS))


def opened(url, stream, batch, **options):
    """A sink for records like those of a batch."""
    return DATABASE.open(SinkContext(stream, batch.records.schema, url, options))


def write(url, stream, *batches, **options):
    """Write the batches and close."""
    with opened(url, stream, batches[0], **options) as sink:
        for batch in batches:
            sink.write(batch)
    return sink


def in_postgres(url, statement):
    """What psycopg reads, or nothing where a statement gives no rows."""
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def in_duckdb(path, statement):
    """What DuckDB reads of its file."""
    with duckdb.connect(str(path)) as connection:
        return connection.execute(statement).fetchall()


def in_sqlite(path, statement):
    """What Python's sqlite3 reads of the file."""
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(statement).fetchall()
