"""Pass records to the Kafka client, one by one or in encoded chunks, and count what becomes of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import repeat
from operator import length_hint
from types import MethodType
from typing import Any

import pyarrow as pa

from doge_datagen.arrow_arrays import numpy_values
from doge_datagen.batch import Batch
from doge_datagen.errors import RecordError, SinkError
from doge_datagen.sinks.kafka.client import ANY_PARTITION, Driver
from doge_datagen.sinks.kafka.client_queue import ClientQueue
from doge_datagen.sinks.kafka.delivery_report import (
    Callback,
    Columns,
    DeliveryReport,
    Record,
    callback_at,
    callbacks,
    send_again,
)
from doge_datagen.sinks.server_wait import Patience

Headers = list[tuple[str, bytes]]


def key_columns(batch: Batch) -> Columns:
    """Keys in UTF-8, timestamps in milliseconds since the epoch, and headers, one of each per record."""
    none = [None] * len(batch)
    keys = none if batch.keys is None else _utf_8(batch.keys)
    return keys, numpy_values(batch.timestamps).tolist(), _headers(batch) or none


def _headers(batch: Batch) -> list[Headers]:
    named = [[(name, text) for text in _utf_8(texts)] for name, texts in batch.headers.items()]
    return [list(pairs) for pairs in zip(*named, strict=True)]


def _utf_8(texts: pa.Array) -> list[bytes]:
    listed: list[bytes] = texts.cast(pa.binary()).to_pylist()
    return listed


Encode = Callable[[pa.RecordBatch], list[bytes]]

CHUNK = 32_768
UNSENT = "not sent, as others failed before them"
TOO_LARGE = "make it smaller, or raise message.max.bytes in conf and max.message.bytes of the topic"


@dataclass(slots=True)
class Untaken:
    """The records of a batch that the client has not taken yet.

    Attributes:
        later: how many are not encoded yet.
        chunk: the encoded ones that have not been offered.
        at_hand: 1 while the queue has no room for the record that is offered, and else 0.
    """

    later: int = 0
    chunk: Iterator[bytes] = field(default_factory=lambda: iter(()))
    at_hand: int = 0

    def __len__(self) -> int:
        return self.later + length_hint(self.chunk) + self.at_hand

    def drop(self) -> None:
        """Forget them."""
        self.later, self.chunk, self.at_hand = 0, iter(()), 0


class RecordSender:
    """Passes the records of one sink to a client, and finds out what becomes of each.

    Attributes:
        deliveries: counts of accepted, delivered and failed records.
        reported: whether these counts were raised in an error, so that ``close`` does not raise them again.

    Args:
        producer: the client.
        driver: its modules, for the exception that its calls raise.
        topic: where the records go.
        deliveries: an empty report, to be filled.
        patience: how long to wait for a broker that confirms nothing. Outside a transaction it applies only once the
            user wants the run to stop; until then message.timeout.ms is the limit.
        shared: whether other sinks use the client too. It then has to report each record; the client of a single sink
            has to report failures only, as what it holds is what is not delivered yet.
        all_or_none: whether the records belong to a transaction, so that none is resent without the others.
        chunk: how many records of a batch to encode and pass at a time.
    """

    def __init__(
        self,
        producer: Any,
        driver: Driver,
        topic: str,
        deliveries: DeliveryReport,
        patience: Patience,
        *,
        shared: bool = False,
        all_or_none: bool = False,
        chunk: int = CHUNK,
    ) -> None:
        self.deliveries = deliveries
        self.reported = False
        self._producer = producer
        self._produce = producer.produce
        self._driver = driver
        self._topic = topic
        self._destination = f"topic {topic}"
        left = patience.seconds_left if all_or_none else patience.seconds_left_after_stop
        self._queue = ClientQueue(producer, self._destination, deliveries, patience, left)
        self._shared = shared
        self._all_or_none = all_or_none
        self._chunk_size = chunk
        self._given = 0
        self._untaken = Untaken()
        self._timestamp: int | None = None
        self._settled: Callback = deliveries.settled

    def send(self, batch: Batch, encode: Encode) -> None:
        """Pass the batch to the client, waiting while its queue is full.

        Raises:
            RecordError: a record cannot be written because of its values or its size.
            DeliveryError: a record failed, of this batch or an earlier one; the outcome of all others is known by then.
        """
        self._given += len(batch)
        self._untaken.later = len(batch)
        for first in range(0, len(batch), self._chunk_size):
            self.check()
            self._send(batch.part(first, self._chunk_size), encode)

    def send_one(self, value: Any, key: Any, timestamp: int) -> None:
        """Pass one record to the client, waiting while its queue is full.

        Raises:
            DeliveryError: an earlier record failed; the outcome of all others is known by then.
            Exception: whatever else the client raises; the record was not accepted.
        """
        if timestamp != self._timestamp:  # records with the same one share their callback
            self._settled, self._timestamp = MethodType(self.deliveries.settled_at, timestamp), timestamp
        try:
            # Positional arguments, as keywords take the client nearly twice as long.
            self._produce(self._topic, value, key, ANY_PARTITION, self._settled, None, timestamp)
        except BufferError:
            self._wait_for_room((value, key, timestamp, None), self._settled)
        self._given += 1

    def check(self) -> None:
        """Take the client's reports, and raise if a record failed, once the outcome of all others is known."""
        self._producer.poll(0)
        if self.deliveries.failed:
            raise self._failed()

    def settle(self) -> None:
        """Wait until the outcome of every record is known, limited by message.timeout.ms and by patience.

        Records that are still unconfirmed when patience runs out count as failed.
        """
        empty = partial(self._queue.empty, self._held)
        empty()
        send_again(self._producer, self._topic, self.deliveries, empty)
        self._count(0)
        self.deliveries.give_up()

    def close(self) -> SinkError | None:
        """Settle, and return the error to raise if a record failed and no error has said so yet.

        The records of an interrupted batch that the client has not taken were never accepted.
        """
        self._given -= len(self._untaken)
        self._untaken.drop()
        self.settle()
        return self._failed() if self.deliveries.failed and not self.reported else None

    def count(self) -> None:
        """Update the counts."""
        self._count(len(self._producer))

    def too_large(self, reason: Any, value: Any, key: Any) -> RecordError:
        """The error of a record that the client does not take for its size."""
        size = len(value or b"") + len(key or b"")
        return RecordError(self._destination, f"{reason.str()}: key and value have {size:,} bytes. Hint: {TOO_LARGE}")

    def _held(self) -> int:
        """How many records the client holds."""
        if not self._shared:
            return len(self._producer)
        self.count()
        return self.deliveries.waiting - len(self.deliveries.to_resend)

    def _send(self, part: Batch, encode: Encode) -> None:
        """Pass a part of the batch to the client."""
        values = encode(part.records)
        columns = (values, *key_columns(part))
        if len(values) != len(part):
            raise SinkError(self._destination, f"{len(part)} records were encoded to {len(values)} values")
        self._untaken.chunk = iter(values)
        keys, timestamps, headers = map(iter, columns[1:])
        self._untaken.later -= len(values)
        # Positional arguments, as keywords take the client nearly twice as long, and a loop in C instead of Python.
        before = (repeat(self._topic), self._untaken.chunk, keys, repeat(ANY_PARTITION), self._callbacks(columns))
        calls = map(self._produce, *before, repeat(None), timestamps, headers)
        while length_hint(self._untaken.chunk):
            try:
                deque(calls, maxlen=0)
            except (BufferError, self._driver.error) as error:
                self._untaken.at_hand = 1
                self._insist(error, columns, len(values) - length_hint(self._untaken.chunk) - 1)
                self._untaken.at_hand = 0

    def _callbacks(self, columns: Columns) -> Iterator[Callback]:
        """A delivery callback for each record of a chunk; outside a transaction it can find them, to resend them."""
        return repeat(self.deliveries.settled) if self._all_or_none else callbacks(self.deliveries, columns)

    def _insist(self, error: Exception, columns: Columns, at: int) -> None:
        """Retry a record of a chunk while the queue is full; any other error of the client is final."""
        value, key, timestamp, headers = (column[at] for column in columns)
        try:
            if not isinstance(error, BufferError):
                raise error
            settled = self.deliveries.settled if self._all_or_none else callback_at(self.deliveries, columns, at)
            self._wait_for_room((value, key, timestamp, headers), settled)
        except self._driver.error as final:
            raise self._not_taken(final.args[0], value, key) from final

    def _wait_for_room(self, record: Record, callback: Callback) -> None:
        """Pass a record to the client as soon as its queue is no longer full."""
        value, key, *rest = record
        offer = partial(self._produce, self._topic, value, key, ANY_PARTITION, callback, None, *rest)
        if not self._queue.is_taken(offer, self.check):
            raise self._failed()

    def _not_taken(self, reason: Any, value: Any, key: Any) -> SinkError:
        if reason.name() == "MSG_SIZE_TOO_LARGE":
            return self.too_large(reason, value, key)
        self.deliveries.settled(reason, None)
        self._untaken.at_hand = 0
        return self._failed()

    def _failed(self) -> SinkError:
        """The error with the final counts; records that were not sent count as failed."""
        self.settle()
        if unsent := len(self._untaken):
            self.deliveries.failed[UNSENT] += unsent
            self._untaken.drop()
            self._count(0)
        self.reported = True
        return self.deliveries.error(self._destination)

    def _count(self, held: int) -> None:
        """Update the counts: what a client took, no longer holds and did not report as failed has arrived."""
        report = self.deliveries
        report.accepted = self._given - len(self._untaken)
        if not self._shared:
            # The client's length includes its pending notifications, such as of a lost connection, so the difference
            # can shrink; the count of delivered records must not.
            arrived = report.accepted - report.failed.total() - held - len(report.to_resend)
            report.delivered = max(report.delivered, arrived)
