"""Wait for the queue of the Kafka client: until it has room for a record, or until nothing is left in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from doge_datagen.sinks.kafka.delivery_report import DeliveryReport
from doge_datagen.sinks.server_wait import Patience, Wait

WAIT_SECONDS = 0.1
PURGE_SECONDS = 1.0
"""Purged records are reported at once."""


class ClientQueue:
    """The records that a client has taken and not yet reported.

    Args:
        producer: the client.
        destination: the topic, for warnings.
        deliveries: the report, which says whether waiting was given up.
        patience: how long to wait for a broker that confirms nothing.
        left: how many seconds it leaves.
    """

    def __init__(
        self,
        producer: Any,
        destination: str,
        deliveries: DeliveryReport,
        patience: Patience,
        left: Callable[[float], float],
    ) -> None:
        self._producer = producer
        self._destination = destination
        self._deliveries = deliveries
        self._patience = patience
        self._left = left

    def empty(self, held: Callable[[], int]) -> None:
        """Wait until the client holds none of the records; return at once if waiting was given up before.

        Args:
            held: how many of them the client holds.
        """
        if self._deliveries.unanswered or not held():
            return
        wait, before = self._wait(), len(self._producer)
        while held() and (still := self._producer.flush(WAIT_SECONDS)):
            if still < before:
                wait.progressed()
            elif wait.is_over():
                self._give_up(wait)
                return
            before = still
        wait.progressed()

    def is_taken(self, offer: Callable[[], None], check: Callable[[], None]) -> bool:
        """Offer a record until the queue is no longer full; return False if waiting was given up before.

        Args:
            offer: passes the record to the client, which raises a :class:`BufferError` if its queue is full.
            check: raises if another record has failed.
        """
        wait, held = self._wait(), len(self._producer)
        while True:
            self._producer.poll(WAIT_SECONDS)
            check()
            if len(self._producer) < held:
                wait.progressed()
            elif wait.is_over():
                self._give_up(wait)
                return False
            held = len(self._producer)
            try:
                offer()
            except BufferError:
                continue
            return True

    def _wait(self) -> Wait:
        return Wait(self._destination, self._patience, self._left)

    def _give_up(self, wait: Wait) -> None:
        """Have the client drop and report everything it holds."""
        self._deliveries.unanswered = wait.seconds
        self._producer.purge()
        self._producer.flush(PURGE_SECONDS)
