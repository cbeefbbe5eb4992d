"""How close KafkaSink comes to the bare client: records per second by ``collect`` against a ``produce`` loop.

The loop calls ``produce`` with keyword arguments, as in its documentation, and counts deliveries too.
"""

from __future__ import annotations

import sys
from statistics import median
from time import perf_counter
from typing import Any

from confluent_kafka import Producer

from doge_datagen.model import Transition
from doge_datagen.sinks.events.kafka_factories import KafkaSinkFactory
from doge_datagen.sinks.kafka.conf import BUFFER_SIZE, client_conf, producer_conf
from doge_datagen.sinks.kafka.topics import create_topics
from services import Kafka

ROUNDS = 5
RECORDS = 300_000
START = 1_644_549_768_000
LOGIN = Transition("login", "offline", "online", 1)
VALUE = '{"user_id":"7","event":"login","timestamp":1644549768000}'
TURNS_BETWEEN_POLLS = 1000


class ProgressTracker:
    """Counts deliveries, as any program that must not lose records has to."""

    def __init__(self) -> None:
        self.delivered = 0

    def settled(self, error: Any, _message: Any) -> None:
        """Handle the delivery report of one record."""
        if error is None:
            self.delivered += 1


def key_of(subject: str, _transition: Transition) -> str:
    return subject


def value_of(_timestamp: int, _subject: str, _transition: Transition) -> str:
    return VALUE


def seconds_by_sink(servers: str, subjects: list[str]) -> float:
    sink = KafkaSinkFactory(servers).create("by_sink", key_of, value_of)
    sink.collect(START, subjects[0], LOGIN)
    start = perf_counter()
    for index, subject in enumerate(subjects):
        sink.collect(START + index, subject, LOGIN)
    sink.close()
    seconds = perf_counter() - start
    if sink.delivered != len(subjects) + 1:
        raise RuntimeError(f"{sink.delivered} of {len(subjects) + 1} records were delivered")
    return seconds


def seconds_by_client(servers: str, subjects: list[str]) -> float:
    producer = Producer(producer_conf(client_conf(servers, None, {}), BUFFER_SIZE))
    tally = ProgressTracker()
    produce, settled = producer.produce, tally.settled
    produce("by_client", VALUE, subjects[0], on_delivery=settled, timestamp=START)
    producer.poll(1)
    start = perf_counter()
    for index, subject in enumerate(subjects):
        try:
            produce("by_client", VALUE, subject, on_delivery=settled, timestamp=START + index)
        except BufferError:
            producer.poll(0.1)
            produce("by_client", VALUE, subject, on_delivery=settled, timestamp=START + index)
        if not index % TURNS_BETWEEN_POLLS:
            producer.poll(0)
    producer.flush()
    seconds = perf_counter() - start
    if tally.delivered != len(subjects) + 1:
        raise RuntimeError(f"{tally.delivered} of {len(subjects) + 1} records were delivered")
    return seconds


def compare(servers: str, records: int) -> None:
    create_topics(servers, ["by_sink", "by_client"])
    subjects = [str(index % 1000) for index in range(records)]
    pairs = [(seconds_by_sink(servers, subjects), seconds_by_client(servers, subjects)) for _ in range(ROUNDS)]
    by_sink, by_client = (records / median(times) for times in zip(*pairs, strict=True))
    ratio = median(client / sink for sink, client in pairs)
    print(f"KafkaSink / bare client: {ratio:.2f} ({by_sink:,.0f} / {by_client:,.0f} records/s, median of {ROUNDS})")


def main() -> None:
    records = int(sys.argv[1]) if len(sys.argv) > 1 else RECORDS
    with Kafka() as kafka:
        compare(kafka.bootstrap_servers, records)


if __name__ == "__main__":
    main()
