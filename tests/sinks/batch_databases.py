"""Shared by tests of batches to databases: sinks as opened by a model, and independent readers."""

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
    """A batch with these columns, given as arrays or as lists whose types Arrow infers."""
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
    """The rows read by psycopg, if any."""
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def in_duckdb(path, statement):
    """The rows that DuckDB reads from a file."""
    with duckdb.connect(str(path)) as connection:
        return connection.execute(statement).fetchall()


def in_sqlite(path, statement):
    """The rows that Python's sqlite3 reads from a file."""
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(statement).fetchall()
