"""How close file sinks come to the bare libraries: the same Arrow batches, to the same disk.

The libraries are used as documented, and the file is synced to disk, as the sink does. No library writes whole batches
to Avro files, so a loop encodes them and writes the bytes, without header or blocks. To CSV, the library writes times
without a zone: with one, it takes six times as long, and the ratio would flatter the sink.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np
import polars as pl
import pyarrow as pa
import pyruhvro
from pyarrow import csv, ipc, parquet

from benchmarks.floors import at_least
from doge_datagen.batch import Batch
from doge_datagen.encode.avro import avro_schema
from doge_datagen.model import Destination
from doge_datagen.sinks.registry import open_sink

FLOOR = 0.8
ROUNDS = 3
RECORDS = 2_000_000
BATCH = 100_000
START, MINUTE = 1_644_549_768_000, 60_000
RECORDS_PER_TICK = 2000
EVENTS = ("spending", "income", "take_loan")
SCHEMA = pa.schema(
    {
        "user_id": pa.string(),
        "event": pa.string(),
        "payment": pa.int64(),
        "balance": pa.int64(),
        "rate": pa.float64(),
        "timestamp": pa.timestamp("ms", "UTC"),
    }
)


def banking(records: int) -> list[Batch]:
    """Payments of a bank's users, minute by minute."""
    draws = np.random.default_rng(2022)
    times = pa.array(START + np.arange(records) // RECORDS_PER_TICK * MINUTE, SCHEMA.field("timestamp").type)
    columns = [
        pa.array(draws.integers(0, 10_000, records).astype(str)),
        pa.array(EVENTS).take(pa.array(draws.integers(0, len(EVENTS), records))),
        pa.array(draws.integers(10, 100, records)),
        pa.array(draws.integers(0, 5000, records)),
        pa.array(draws.random(records)),
        times,
    ]
    table = pa.Table.from_arrays(columns, schema=SCHEMA)
    return [Batch(part, part["timestamp"]) for part in table.to_batches(max_chunksize=BATCH)]


def by_sink(path: Path, batches: list[Batch]) -> None:
    with open_sink(Destination.of(str(path)), "trx", SCHEMA) as sink:
        for batch in batches:
            sink.write(batch)
    if sink.delivered != sum(map(len, batches)):
        raise RuntimeError(f"{sink.delivered} records were delivered")


def json_lines(path: Path, batches: list[Batch]) -> None:
    with path.open("wb") as file:
        for batch in batches:
            pl.DataFrame(pl.from_arrow(batch.records)).write_ndjson(file)


def comma_separated(path: Path, batches: list[Batch]) -> None:
    zoneless = pa.schema({**dict(zip(SCHEMA.names, SCHEMA.types, strict=True)), "timestamp": pa.timestamp("ms")})
    with csv.CSVWriter(str(path), zoneless) as writer:
        for batch in batches:
            writer.write_batch(batch.records.cast(zoneless))


def parquet_file(path: Path, batches: list[Batch]) -> None:
    with parquet.ParquetWriter(str(path), SCHEMA, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch.records)


def arrow_file(path: Path, batches: list[Batch]) -> None:
    with ipc.new_file(str(path), SCHEMA) as writer:
        for batch in batches:
            writer.write_batch(batch.records)


def avro_bytes(path: Path, batches: list[Batch]) -> None:
    schema = json.dumps(avro_schema(SCHEMA, "trx"))
    with path.open("wb") as file:
        for batch in batches:
            (values,) = pyruhvro.serialize_record_batch(batch.records, schema, 1)
            file.write(values.buffers()[2])


LIBRARIES: dict[str, Callable[[Path, list[Batch]], None]] = {
    "trx.parquet": parquet_file,
    "trx.jsonl": json_lines,
    "trx.csv": comma_separated,
    "trx.arrow": arrow_file,
    "trx.avro": avro_bytes,
}


def by_library(path: Path, batches: list[Batch]) -> None:
    LIBRARIES[path.name](path, batches)
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def seconds(write: Callable[[], None]) -> float:
    start = perf_counter()
    write()
    return perf_counter() - start


def compare(path: Path, batches: list[Batch]) -> None:
    rounds = [
        (seconds(partial(by_sink, path, batches)), seconds(partial(by_library, path, batches))) for _ in range(ROUNDS)
    ]
    sink, library = (min(times) for times in zip(*rounds, strict=True))
    records = sum(map(len, batches))
    speeds = f"{records / sink:,.0f} / {records / library:,.0f} records/s, best of {ROUNDS}"
    print(f"{path.suffix} sink / bare library: {at_least(FLOOR, f'{path.suffix} sink', library / sink)}; {speeds}")


def main() -> None:
    batches = banking(int(sys.argv[1]) if len(sys.argv) > 1 else RECORDS)
    with TemporaryDirectory() as folder:
        for name in LIBRARIES:
            compare(Path(folder) / name, batches)


if __name__ == "__main__":
    main()
