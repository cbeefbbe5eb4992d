"""How close a model's database sinks come to the databases' own clients; arguments: batch sizes, if any."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from time import perf_counter

import duckdb
import psycopg
import pyarrow as pa

from benchmarks.floors import at_least
from doge_datagen.batch import Batch
from doge_datagen.model.redaction import Redacted
from doge_datagen.sinks.base import BatchSink
from doge_datagen.sinks.database.postgres.batches import pieces
from doge_datagen.sinks.database.postgres.copy_binary import HEAD, TAIL, BinaryRows
from doge_datagen.sinks.database.sink_kind import DATABASE
from doge_datagen.sinks.sink_kind import SinkContext
from services import Postgres

FLOOR = 0.8
ROUNDS = 25
ROWS_PER_RUN = 1_000_000  # small batches need more rounds for a reliable best time
TYPES = ("TIMESTAMP WITH TIME ZONE", "BIGINT", "BIGINT", "DOUBLE PRECISION", "BOOLEAN", None)
COPY = b"COPY by_client FROM STDIN (FORMAT binary)"


def batch_of(rows: int) -> Batch:
    """The records that both sides write, created beforehand, so that only writing is timed."""
    numbers = range(rows)
    moments = pa.array([1_644_549_768_000 + 60_000 * number for number in numbers], pa.timestamp("ms", "UTC"))
    columns = {
        "happened": moments,
        "user_id": [number % 1000 for number in numbers],
        "balance": [number * 7 % 10_000 for number in numbers],
        "rate": [number / 7 for number in numbers],
        "settled": [number % 3 == 0 for number in numbers],
        "event": [("login", "spending", "logout")[number % 3] for number in numbers],
    }
    return Batch(pa.RecordBatch.from_pydict(columns), moments)


def sink_for(url: str, table: str, batch: Batch) -> BatchSink:
    return DATABASE.open(SinkContext(table, batch.records.schema, Redacted(url)))


def seconds(act: Callable[[], object]) -> float:
    start = perf_counter()
    act()
    return perf_counter() - start


def compare(name: str, rows: int, *, by_sink: Callable[[], object], by_client: Callable[[], object]) -> None:
    """Time both in turn and take the best of each, so that other work on the machine affects neither."""
    timed = [(seconds(by_client), seconds(by_sink)) for _ in range(max(ROUNDS, ROWS_PER_RUN // rows))]
    client, sink = (min(column) for column in zip(*timed, strict=True))
    print(
        f"{name:>10}, batches of {rows:>7,}: sink {rows / sink:>10,.0f} rows/s, "
        f"client {rows / client:>10,.0f} rows/s, {at_least(FLOOR, f'{name} in batches of {rows:,}', client / sink)}"
    )


def insert(connection: duckdb.DuckDBPyConnection, table: pa.Table) -> None:
    connection.begin()
    connection.register("ready_made", table)
    connection.execute("INSERT INTO by_client SELECT * FROM ready_made")
    connection.commit()


def in_duckdb(batch: Batch) -> None:
    with tempfile.TemporaryDirectory() as folder:
        # Both sides write to one file; without this, a checkpoint of its log would slow down either by chance.
        url = f"duckdb:///{folder}/bank.duckdb?checkpoint_threshold=16GB"
        table = pa.Table.from_batches([batch.records])
        sink_for(url, "by_client", batch).close()
        with (
            sink_for(url, "by_sink", batch) as sink,
            duckdb.connect(f"{folder}/bank.duckdb", config={"checkpoint_threshold": "16GB"}) as connection,
        ):
            compare(
                "DuckDB", len(batch), by_sink=lambda: sink.write(batch), by_client=lambda: insert(connection, table)
            )


def copy(connection: psycopg.Connection, ready_made: Sequence[bytes]) -> None:
    with connection.cursor() as cursor, cursor.copy(COPY) as stream:
        for piece in ready_made:
            stream.write(piece)
    connection.commit()


def ready_made_of(batch: Batch) -> list[bytes]:
    rows = BinaryRows(batch.records.schema.names, TYPES)
    return [HEAD, *(bytes(rows.encode(piece.columns)) for piece in pieces(batch.records)), TAIL]


def in_postgres(url: str, batch: Batch) -> None:
    ready_made = ready_made_of(batch)
    sink_for(url, "by_client", batch).close()
    with sink_for(url, "by_sink", batch) as sink, closing(psycopg.connect(url)) as connection:
        compare(
            "PostgreSQL", len(batch), by_sink=lambda: sink.write(batch), by_client=lambda: copy(connection, ready_made)
        )


def main() -> None:
    with Postgres() as server:
        for rows in map(int, sys.argv[1:] or ("10_000", "100_000")):
            batch = batch_of(rows)
            in_duckdb(batch)
            in_postgres(server.url, batch)


if __name__ == "__main__":
    main()
