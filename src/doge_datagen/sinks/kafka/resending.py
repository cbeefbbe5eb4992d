"""Resend records that a broker refused only because of other records in the same request."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from doge_datagen.sinks.kafka.delivery_report import DeliveryReport, Record

ANY_PARTITION = -1
POLL_SECONDS = 0.1
REFUSED_AGAIN = "refused for the sake of others, again and again"


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


def _produce(producer: Any, topic: str, record: Record, report: DeliveryReport) -> None:
    value, key, timestamp, headers = record
    callback = partial(report.settled_record, record)
    more = () if headers is None else (headers,)
    while True:
        try:
            producer.produce(topic, value, key, ANY_PARTITION, callback, None, timestamp, *more)
        except BufferError:
            producer.poll(POLL_SECONDS)
        else:
            return
