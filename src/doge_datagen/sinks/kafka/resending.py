"""Records that a broker refused for the sake of others in the same request, sent again without those."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from doge_datagen.sinks.kafka.delivery_report import DeliveryReport, Record

ANY_PARTITION = -1
POLL_SECONDS = 0.1
REFUSED_AGAIN = "refused for the sake of others, again and again"


def send_again(producer: Any, topic: str, account: DeliveryReport, settle: Callable[[], object]) -> None:
    """Send them until each has arrived, or is itself one that the broker does not take.

    They come after what was sent since, so a topic has them out of order; there is no other way to have them.

    Args:
        producer: the client, which holds nothing of this topic any more.
        topic: its name.
        account: has the records, and is told what becomes of them.
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
    told = partial(account.settled_record, record)
    more = () if headers is None else (headers,)
    while True:
        try:
            producer.produce(topic, value, key, ANY_PARTITION, told, None, timestamp, *more)
        except BufferError:
            producer.poll(POLL_SECONDS)
        else:
            return
