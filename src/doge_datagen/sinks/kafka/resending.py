"""Resend records that a broker refused only because of other records in the same request."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from doge_datagen.sinks.kafka.client import ANY_PARTITION
from doge_datagen.sinks.kafka.delivery_report import DeliveryReport, Record

POLL_SECONDS = 0.1
REFUSED_AGAIN = "refused for the sake of others, again and again"
NEIGHBOURS = 64
"""How many records share a delivery callback. One for each makes the client take twice as long: it keeps them all until
the broker has answered, and the garbage collector visits them again and again."""

Columns = Sequence[Sequence[Any]]
"""Values, keys, timestamps and headers of a chunk, all of the same length."""


def send_again(producer: Any, topic: str, report: DeliveryReport, settle: Callable[[], object]) -> None:
    """Resend records until each has arrived, or has been refused for a reason of its own.

    They arrive after records that were sent later, so they are out of order in the topic. This cannot be avoided.

    Args:
        producer: the client; it holds nothing of this topic any more.
        topic: name of the topic.
        report: the report that has the records, and that counts what becomes of them.
        settle: waits until the client holds nothing.
    """
    while report.to_resend:
        records, report.to_resend = report.to_resend, []
        failed = report.failed.total()
        for record in records:
            _produce(producer, topic, record, report)
        settle()
        if len(report.to_resend) == len(records) and report.failed.total() == failed:
            report.failed[REFUSED_AGAIN] += len(records)
            report.to_resend = []


def find_neighbour(columns: Columns, first: int, value: bytes | None, key: bytes | None) -> Record | None:
    """Find a record by what the client reports of it, which is neither its timestamp nor its headers.

    Args:
        columns: the columns of a chunk.
        first: the first of the ``NEIGHBOURS`` records that it is one of.
        value: its value.
        key: its key.

    Returns:
        The record; None if there are several that differ in timestamp or headers.

    >>> chunk = [b'a', b'b', b'a', b'b'], [None] * 4, [0, 1, 2, 1], [None] * 4
    >>> find_neighbour(chunk, 0, b'b', None), find_neighbour(chunk, 0, b'a', None)
    ((b'b', None, 1, None), None)
    """
    neighbours = zip(*(column[first : first + NEIGHBOURS] for column in columns), strict=True)
    found = [record for record in neighbours if record[:2] == (value, key)]
    return found[0] if found and found.count(found[0]) == len(found) else None


def _produce(producer: Any, topic: str, record: Record, report: DeliveryReport) -> None:
    value, key, timestamp, headers = record
    callback = partial(report.settled_or_kept, lambda *_: record)
    while True:
        try:
            producer.produce(topic, value, key, ANY_PARTITION, callback, None, timestamp, headers)
        except BufferError:
            producer.poll(POLL_SECONDS)
        else:
            return
