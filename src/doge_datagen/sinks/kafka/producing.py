"""Pass records to the Kafka client in encoded chunks, and count what becomes of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import repeat
from operator import length_hint
from typing import Any

import pyarrow as pa

from doge_datagen.arrays import plain
from doge_datagen.batch import Batch
from doge_datagen.errors import RecordError, SinkError
from doge_datagen.sinks.kafka.client import Driver
from doge_datagen.sinks.kafka.delivery_report import DeliveryReport, Record
from doge_datagen.sinks.kafka.resending import send_again
from doge_datagen.sinks.server_wait import Patience, Wait

Headers = list[tuple[str, bytes]]
Columns = tuple[Sequence[bytes | None], Sequence[int], Sequence[Headers | None]]
"""Keys, timestamps and headers of a chunk, all of the same length."""


def key_columns(batch: Batch) -> Columns:
    """Keys in UTF-8, timestamps in milliseconds since the epoch, and headers, one of each per record."""
    none = [None] * len(batch)
    keys = none if batch.keys is None else _utf_8(batch.keys)
    return keys, plain(batch.timestamps).tolist(), _headers(batch) or none


def _headers(batch: Batch) -> list[Headers]:
    named = [[(name, text) for text in _utf_8(texts)] for name, texts in batch.headers.items()]
    return [list(pairs) for pairs in zip(*named, strict=True)]


def _utf_8(texts: pa.Array) -> list[bytes]:
    listed: list[bytes] = texts.cast(pa.binary()).to_pylist()
    return listed


Encode = Callable[[pa.RecordBatch], list[bytes]]

CHUNK = 32_768
WAIT_SECONDS = 0.1
PURGE_SECONDS = 1.0
"""Purged records are reported at once."""
ANY_PARTITION = -1
UNSENT = "not sent, as others failed before them"
TOO_LARGE = "make it smaller, or raise message.max.bytes in conf and max.message.bytes of the topic"


class RecordSender:
    """Passes the records of one topic to a client that only this sink uses and that reports failures only.

    Attributes:
        deliveries: counts of accepted, delivered and failed records.
        reported: whether these counts were raised in an error, so that ``close`` need not raise them again.

    Args:
        producer: the client; what it still holds is what is not delivered yet.
        driver: its modules, for the exception that its calls raise.
        topic: where the records go.
        encode: encodes the records' values.
        deliveries: an empty report, to be filled.
        patience: how long to wait for a broker that confirms nothing. Outside a transaction it applies only once the
            user wants the run to stop; until then message.timeout.ms is the limit.
        all_or_none: whether the records belong to a transaction, so that none is resent without the others.
    """

    def __init__(
        self,
        producer: Any,
        driver: Driver,
        topic: str,
        encode: Encode,
        deliveries: DeliveryReport,
        patience: Patience,
        *,
        all_or_none: bool = False,
    ) -> None:
        self.deliveries = deliveries
        self.reported = False
        self._producer = producer
        self._driver = driver
        self._topic = topic
        self._place = f"topic {topic}"
        self._encode = encode
        self._patience = patience
        self._left = patience.left if all_or_none else patience.left_after_stop
        self._all_or_none = all_or_none
        self._given = 0
        self._later = 0
        self._at_hand = 0
        self._chunk: Iterator[bytes] = iter(())

    def send(self, batch: Batch) -> None:
        """Pass the batch to the client, waiting while its queue is full.

        Raises:
            RecordError: a record cannot be written because of its values or its size.
            DeliveryError: a record failed, of this batch or an earlier one; the outcome of all others is known by then.
        """
        self._given += len(batch)
        self._later = len(batch)
        for first in range(0, len(batch), CHUNK):
            self._producer.poll(0)
            self.check()
            self._send(batch.part(first, CHUNK))

    def check(self) -> None:
        """Raise if a record failed, once the outcome of all others is known."""
        if self.deliveries.failed:
            raise self._failed()

    def settle(self) -> None:
        """Wait until the outcome of every record is known, limited by message.timeout.ms and by patience.

        Records that are still unconfirmed when patience runs out count as failed.
        """
        self._empty()
        send_again(self._producer, self._topic, self.deliveries, self._empty)
        self._count(0)

    def count(self) -> None:
        """Update the counts."""
        self._count(len(self._producer))

    def forget_unsent(self) -> None:
        """Treat the records of an interrupted batch that the client has not taken as never accepted."""
        self._given -= self._unsent()
        self._drop_unsent()

    def _empty(self) -> None:
        """Wait until the client holds nothing; return at once if waiting was given up before."""
        if not len(self._producer) or self.deliveries.unanswered:
            return
        wait, held = Wait(self._place, self._patience, self._left), len(self._producer)
        while still := self._producer.flush(WAIT_SECONDS):
            if still < held:
                wait.moved()
            elif wait.is_over():
                self._give_up(wait)
                return
            held = still
        wait.moved()

    def _give_up(self, wait: Wait) -> None:
        """Have the client drop and report everything it holds."""
        self.deliveries.unanswered = wait.seconds
        self._producer.purge()
        self._producer.flush(PURGE_SECONDS)

    def _send(self, part: Batch) -> None:
        """Pass a part of the batch to the client."""
        values, columns = self._encode(part.records), key_columns(part)
        if len(values) != len(part):
            raise SinkError(self._place, f"{len(part)} records were encoded to {len(values)} values")
        self._chunk = iter(values)
        keys, timestamps, headers = map(iter, columns)
        self._later -= len(values)
        # Positional arguments, as keywords take the client nearly twice as long, and a loop in C instead of Python.
        before = (repeat(self._topic), self._chunk, keys, repeat(ANY_PARTITION), self._callbacks(values, columns))
        calls = map(self._producer.produce, *before, repeat(None), timestamps, headers)
        while length_hint(self._chunk):
            try:
                deque(calls, maxlen=0)
            except (BufferError, self._driver.error) as error:
                self._at_hand = 1
                at = len(values) - length_hint(self._chunk) - 1
                self._wait_for_room(error, (values[at], *(column[at] for column in columns)))

    def _callbacks(self, values: Sequence[bytes], columns: Columns) -> Iterator[Callable[[Any, Any], None]]:
        """A delivery callback for each record; outside a transaction it keeps the record, to resend it."""
        if self._all_or_none:
            return repeat(self.deliveries.settled)
        report, fields = self.deliveries, (values, *columns)

        def settled(at: int, error: Any, message: Any) -> None:
            value, key, timestamp, headers = (column[at] for column in fields)
            report.settled_record((value, key, timestamp, headers), error, message)

        return map(partial, repeat(settled), range(len(values)))

    def _wait_for_room(self, error: Exception, record: Record) -> None:
        """Retry while the queue is full; any other error of the client is final."""
        value, key, *rest = record
        callback = self.deliveries.settled if self._all_or_none else partial(self.deliveries.settled_record, record)
        wait, held = Wait(self._place, self._patience, self._left), len(self._producer)
        while isinstance(error, BufferError):
            self._producer.poll(WAIT_SECONDS)
            self.check()
            if len(self._producer) < held:
                wait.moved()
            elif wait.is_over():
                self._give_up(wait)
                raise self._failed()
            held = len(self._producer)
            try:
                self._producer.produce(self._topic, value, key, ANY_PARTITION, callback, None, *rest)
            except (BufferError, self._driver.error) as again:
                error = again
            else:
                self._at_hand = 0
                return
        raise self._not_taken(error.args[0], len(value) + len(key or b"")) from error

    def _not_taken(self, reason: Any, size: int) -> SinkError:
        if reason.name() == "MSG_SIZE_TOO_LARGE":
            return RecordError(self._place, f"{reason.str()}: key and value have {size:,} bytes. Hint: {TOO_LARGE}")
        self.deliveries.settled(reason, None)
        self._at_hand = 0
        return self._failed()

    def _failed(self) -> SinkError:
        """The error with the final counts; records that were not sent count as failed."""
        self.settle()
        if unsent := self._unsent():
            self.deliveries.failed[UNSENT] += unsent
            self._drop_unsent()
            self._count(0)
        self.reported = True
        return self.deliveries.error(self._place)

    def _unsent(self) -> int:
        """How many records of the current batch the client has not taken."""
        return self._later + length_hint(self._chunk) + self._at_hand

    def _drop_unsent(self) -> None:
        self._later, self._at_hand, self._chunk = 0, 0, iter(())

    def _count(self, held: int) -> None:
        """Update the counts: what the client took, no longer holds and did not report as failed has arrived."""
        report = self.deliveries
        report.accepted = self._given - self._unsent()
        # The client's length includes its pending notifications, such as of a lost connection, so the difference can
        # shrink; the count of delivered records must not.
        report.delivered = max(report.delivered, report.accepted - report.failed.total() - held - len(report.to_resend))
