"""Batches to a Kafka topic: each record is delivered once, in order per key, or an error is raised."""

from __future__ import annotations

import warnings
from collections import deque
from collections.abc import Callable, Iterator
from itertools import repeat
from operator import length_hint
from typing import Any

import pyarrow as pa

from doge_datagen.batch import Batch
from doge_datagen.errors import RecordError, SinkError
from doge_datagen.sinks.batch_sink import BatchSink
from doge_datagen.sinks.deliveries import Deliveries
from doge_datagen.sinks.kafka_client import Cluster, SharedProducer
from doge_datagen.sinks.kafka_rows import beside_values, part_of
from doge_datagen.sinks.kafka_topics import warn_of_retention
from doge_datagen.sinks.refusals import FAILED

Encode = Callable[[pa.RecordBatch], list[bytes]]

CHUNK = 16_384
WAIT_SECONDS = 0.1
ANY_PARTITION = -1
CALLER = 3  # warn_of_retention, _look, write: the warning points at whoever called write
CLOSED = "a closed sink takes no batches; make a new one"
UNSENT = "not sent, as others failed before them"
FOR_NOW = "Kafka clients take the timestamp 0 for now: such records carry the time of sending"
TOO_LARGE = "make it smaller, or raise message.max.bytes in conf and max.message.bytes of the topic"


class KafkaBatchSink(BatchSink):
    """Writes the records of a stream to a topic, each with its key, timestamp and headers.

    ``write`` hands a batch to the client, which sends it in the background; it waits while the client's queue
    (``queue.buffering.max.messages``) is full, and raises when a record before failed, once it is known what became of
    the others. ``close`` waits until the broker has confirmed or refused each record. Neither waits longer than
    ``message.timeout.ms`` after the last record. A failure may be told by a later ``write``, or by ``close``.

    Args:
        producer: makes the client, which is this sink's alone: what it still holds is what is not delivered.
        cluster: asked with the first batch whether the topic keeps such old records.
        topic: its name; the topic is there.
        encode: makes the values.

    Raises:
        RecordError: by ``write``: a record cannot be written, for its values or its size, or is older than 1970.
        DeliveryError: by ``write`` or ``close``: the broker did not confirm all records. By ``write`` the batch at hand
            counts as accepted, and what was not sent any more of it as missing.
    """

    def __init__(self, producer: SharedProducer, cluster: Cluster, topic: str, encode: Encode) -> None:
        self._shared = producer
        self._cluster: Cluster | None = cluster
        self._topic = topic
        self._place = f"topic {topic}"
        self._encode = encode
        self._deliveries = Deliveries()
        self._given = 0
        self._later = 0
        self._at_hand = 0
        self._chunk: Iterator[bytes] = iter(())
        self._refusal: str | None = None
        self._told = False
        self._producer: Any = producer.taken()

    @property
    def delivered(self) -> int:
        """How many records the broker has confirmed, as far as the client was asked."""
        if self._producer is not None:
            self._count(len(self._producer))
        return self._deliveries.delivered

    def write(self, batch: Batch) -> None:
        """Hand the batch to the client."""
        if self._refusal is not None:
            raise SinkError(self._place, self._refusal)
        self._refusal = FAILED
        self._look(batch.timestamps[0].value)
        self._given += len(batch)
        self._later = len(batch)
        for first in range(0, len(batch), CHUNK):
            self._producer.poll(0)
            self._check()
            self._send(part_of(batch, first, CHUNK))
        self._refusal = None

    def close(self) -> None:
        """Wait until each record is confirmed or refused; closing again does nothing."""
        if self._producer is None:
            return
        self._refusal = self._refusal or CLOSED
        # What an interrupted write did not send was never accepted.
        self._given -= self._unsent()
        self._drop_unsent()
        self._settle()
        self._producer = self._cluster = None
        self._shared.let_go()
        if self._deliveries.failed and not self._told:
            raise self._deliveries.error(self._place)

    def _look(self, first_timestamp: int) -> None:
        """Say what is to be said of a batch's first record, the oldest."""
        if first_timestamp < 0:
            raise RecordError(self._place, f"a record's timestamp is {first_timestamp}; Kafka has none before 1970")
        if self._cluster is None:
            return
        warn_of_retention(self._cluster, self._topic, first_timestamp, CALLER)
        self._cluster = None
        if not first_timestamp:
            warnings.warn(f"{self._place}: {FOR_NOW}; set the clock's start to mend it", stacklevel=CALLER)

    def _send(self, part: Batch) -> None:
        """Hand a part of the batch to the client."""
        values, beside = self._encode(part.records), beside_values(part)
        if len(values) != len(part):
            raise SinkError(self._place, f"{len(part)} records were encoded to {len(values)} values")
        self._chunk = iter(values)
        keys, timestamps, headers = map(iter, beside)
        self._later -= len(values)
        # By position, as by name it takes the client nearly twice as long; and a loop in C instead of one in Python.
        before = (repeat(self._topic), self._chunk, keys, repeat(ANY_PARTITION), repeat(self._deliveries.settled))
        calls = map(self._producer.produce, *before, repeat(None), timestamps, headers)
        while length_hint(self._chunk):
            try:
                deque(calls, maxlen=0)
            except (BufferError, self._shared.driver.error) as error:
                self._at_hand = 1
                at = len(values) - length_hint(self._chunk) - 1
                self._wait_for_room(error, values[at], *(column[at] for column in beside))

    def _wait_for_room(self, error: Exception, value: Any, key: Any, *rest: Any) -> None:
        """Try again as long as the queue is full; whatever else the client says is final."""
        while isinstance(error, BufferError):
            self._producer.poll(WAIT_SECONDS)
            self._check()
            try:
                self._producer.produce(self._topic, value, key, ANY_PARTITION, self._deliveries.settled, None, *rest)
            except (BufferError, self._shared.driver.error) as again:
                error = again
            else:
                self._at_hand = 0
                return
        raise self._not_taken(error.args[0], len(value) + len(key or b"")) from error

    def _not_taken(self, reason: Any, size: int) -> SinkError:
        if reason.name() == "MSG_SIZE_TOO_LARGE":
            return RecordError(self._place, f"{reason.str()}: key and value have {size:,} bytes; {TOO_LARGE}")
        self._deliveries.settled(reason, None)
        self._at_hand = 0
        return self._failed()

    def _unsent(self) -> int:
        """How many records of the batch at hand the client has not taken."""
        return self._later + length_hint(self._chunk) + self._at_hand

    def _count(self, held: int) -> None:
        """Bring the account up to date: what the client took, does not hold and did not report has arrived."""
        account = self._deliveries
        account.accepted = self._given - self._unsent()
        account.delivered = account.accepted - account.failed.total() - held

    def _settle(self) -> None:
        """Wait until nothing is in doubt; message.timeout.ms bounds it."""
        while self._producer.flush(WAIT_SECONDS):
            pass
        self._count(0)

    def _check(self) -> None:
        """Raise if a record failed; what became of the others is then known too."""
        if self._deliveries.failed:
            raise self._failed()

    def _failed(self) -> SinkError:
        """The account at its end, with what is not to be sent any more."""
        self._settle()
        if unsent := self._unsent():
            self._deliveries.failed[UNSENT] += unsent
            self._drop_unsent()
            self._count(0)
        self._told = True
        return self._deliveries.error(self._place)

    def _drop_unsent(self) -> None:
        self._later, self._at_hand, self._chunk = 0, 0, iter(())
