"""How close the batch sink for Kafka comes to the bare client: records per second from Arrow against encoded bytes.

The bare client sends the same bytes, keys and timestamps with the same settings, registers a callback for failures,
and flushes too, but encodes nothing. Besides JSON and Avro, which the sink encodes, the sink is also given encoded
bytes, to measure delivery alone.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import chain, islice
from time import perf_counter
from typing import Any

import numpy as np
import pyarrow as pa
from confluent_kafka import Producer

from benchmarks.floors import at_least
from doge_datagen.batch import Batch
from doge_datagen.encode.avro import avro_schema, avro_values, framed
from doge_datagen.encode.json import json_values
from doge_datagen.model.redaction import Redacted
from doge_datagen.sinks.kafka.conf import BUFFER_SIZE, client_conf, producer_conf
from doge_datagen.sinks.kafka.sink_kind import KAFKA, ONLY_FAILURES
from doge_datagen.sinks.kafka.topics import create_topics
from doge_datagen.sinks.sink_kind import SinkContext
from services import Kafka, SchemaRegistry

FLOORS = {"raw bytes": 0.8, "Avro": 0.8}
"""There is no floor for JSON, as only the sink encodes it; the client gets encoded bytes."""
ROUNDS = 5
RECORDS = 200_000
BATCH = 100_000
PER_TICK = 5
START = 1_644_549_708_000
TURNS_BETWEEN_POLLS = 1000

Measure = Callable[[], float]


def sample(records: int) -> Batch:
    """Payments of the banking example: a user, an amount, a time, several records per tick."""
    numbers = np.arange(records)
    users = pa.array(numbers * 7919 % 100_000)
    times = pa.array(START + numbers // PER_TICK * 1000, pa.timestamp("ms", tz="UTC"))
    columns = {
        "user_id": users,
        "source": pa.array(np.array(["POS", "ONLINE", "ATM"])[numbers % 3].tolist()),
        "amount": pa.array(numbers % 997 + 0.25),
        "at": times,
    }
    return Batch(pa.record_batch(columns), times, users.cast(pa.string()))


def by_sink(at: str, batch: Batch, ready: list[bytes] | None = None, **options: Any) -> Measure:
    """Measures the sink in seconds; if ``ready`` values are given, it does not encode."""

    def seconds() -> float:
        sink = KAFKA.open(SinkContext("bench", batch.records.schema, Redacted(at), options, keyed=True))
        if ready is not None:
            values = chain(ready[:1], ready)
            sink._encode = lambda records: list(islice(values, len(records)))  # type: ignore[attr-defined]  # noqa: SLF001 - there is no public way to skip encoding
        sink.write(batch.part(0, 1))
        start = perf_counter()
        for first in range(0, len(batch), BATCH):
            sink.write(batch.part(first, BATCH))
        sink.close()
        elapsed = perf_counter() - start
        if sink.delivered != len(batch) + 1:
            raise RuntimeError(f"{sink.delivered} of {len(batch) + 1} records were delivered")
        return elapsed

    return seconds


def by_client(at: str, batch: Batch, values: list[bytes], topic: str) -> Measure:
    keys = batch.keys.cast(pa.binary()).to_pylist() if batch.keys is not None else []
    rows = list(zip(values, keys, batch.timestamps.cast(pa.int64()).to_pylist(), strict=True))
    failures: list[Any] = []

    def on_failure(error: Any, _message: Any) -> None:
        failures.append(error)

    def seconds() -> float:
        producer = Producer({**producer_conf(client_conf(at, None, {}), BUFFER_SIZE), **ONLY_FAILURES})
        produce = producer.produce
        produce(topic, values[0])
        producer.flush()
        start = perf_counter()
        for index, (value, key, timestamp) in enumerate(rows):
            try:
                produce(topic, value, key, -1, on_failure, None, timestamp)
            except BufferError:
                producer.poll(0.1)
                produce(topic, value, key, -1, on_failure, None, timestamp)
            if not index % TURNS_BETWEEN_POLLS:
                producer.poll(0)
        producer.flush()
        if failures:
            raise RuntimeError(f"{len(failures)} records failed: {failures[0]}")
        return perf_counter() - start

    return seconds


def compare(at: str, registry: str, records: int) -> None:
    batch = sample(records)
    schema = avro_schema(batch.records.schema, "bench")
    topics = create_topics(at, ["sink_json", "client_json", "sink_avro", "client_avro", "sink_ready"])
    as_json = json_values(batch.records)
    as_avro = framed(avro_values(batch.records, schema), 1)
    measured = {
        "raw bytes": (by_sink(at, batch, as_json, topic=topics[4]), by_client(at, batch, as_json, topics[1])),
        "JSON": (by_sink(at, batch, topic=topics[0]), by_client(at, batch, as_json, topics[1])),
        "Avro": (
            by_sink(at, batch, topic=topics[2], format="avro", schema_registry=registry),
            by_client(at, batch, as_avro, topics[3]),
        ),
    }
    for name, pair in measured.items():
        rounds = [(pair[0](), pair[1]()) for _ in range(ROUNDS)]
        sink, client = (records / min(times) for times in zip(*rounds, strict=True))
        ratio = sink / client
        shown = at_least(FLOORS[name], f"Kafka, {name}", ratio) if name in FLOORS else f"{ratio:.2f}"
        print(f"{name}: sink / bare client: {shown}; {sink:,.0f} / {client:,.0f} records/s, best of {ROUNDS}")


def main() -> None:
    records = int(sys.argv[1]) if len(sys.argv) > 1 else RECORDS
    with Kafka() as kafka, SchemaRegistry() as registry:
        compare(kafka.bootstrap_servers, registry.url, records)


if __name__ == "__main__":
    main()
