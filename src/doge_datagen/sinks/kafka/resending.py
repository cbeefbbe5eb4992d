"""Resend records that a broker refused only because of other records in the same request."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from doge_datagen.sinks.kafka.delivery_report import DeliveryReport, Record

ANY_PARTITION = -1
POLL_SECONDS = 0.1
REFUSED_AGAIN = "refused for the sake of others, again and again"


def send_again(producer: Any, topic: str, account: DeliveryReport, settle: Callable[[], object]) -> None:
    """Resend records until each has arrived, or has been refused for a reason of its own.

    They arrive after records that were sent later, so they are out of order in the topic. This cannot be avoided.

    Args:
        producer: the client; it holds nothing of this topic any more.
        topic: name of the topic.
        account: the report that has the records, and that counts what becomes of them.
        settle: waits until the client holds nothing.
    """
    while account.beside:
        records, account.beside = account.beside, []
        failed = account.failed.total()
        for record in records:
            _produce(producer, topic, record, account)
        settle()
        if len(account.beside) == len(records) and account.failed.total() == failed:
            account.failed[REFUSED_AGAIN] += len(records)
            account.beside = []


def _produce(producer: Any, topic: str, record: Record, account: DeliveryReport) -> None:
    value, key, timestamp, headers = record
    callback = partial(account.settled_record, record)
    more = () if headers is None else (headers,)
    while True:
        try:
            producer.produce(topic, value, key, ANY_PARTITION, callback, None, timestamp, *more)
        except BufferError:
            producer.poll(POLL_SECONDS)
        else:
            return
