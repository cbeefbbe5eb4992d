"""The way of records into the Kafka client: encoded in chunks, each with what stands beside it, and accounted for."""

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
from doge_datagen.sinks.patience import Patience, Wait

Headers = list[tuple[str, bytes]]
Beside = tuple[Sequence[bytes | None], Sequence[int], Sequence[Headers | None]]


def beside_values(batch: Batch) -> Beside:
    """Key in UTF-8, timestamp in milliseconds since the epoch and headers, for each record in their order."""
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
"""What the client drops it tells of at once."""
ANY_PARTITION = -1
UNSENT = "not sent, as others failed before them"
TOO_LARGE = "make it smaller, or raise message.max.bytes in conf and max.message.bytes of the topic"


class RecordSender:
    """Hands the records of a topic to a client that is ours alone and reports failures only.

    Attributes:
        deliveries: the account.
        told: whether an error with the account was made; nothing is to be raised again.

    Args:
        producer: the client; what it holds is what is not delivered.
        driver: whose error its calls raise.
        topic: where the records go.
        encode: makes their values.
        deliveries: an account that is empty yet.
        patience: how long a broker is waited for that confirms nothing; where the records are not of a transaction, it
            counts only once the user wants the run to end, as message.timeout.ms is the limit before.
        all_or_none: whether the records are of a transaction: then none is sent again without the others.
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
        self.told = False
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
        """Hand the batch to the client, waiting while its queue is full.

        Raises:
            RecordError: a record cannot be written, for its values or its size.
            DeliveryError: a record failed, of this batch or before; what became of all others is known then.
        """
        self._given += len(batch)
        self._later = len(batch)
        for first in range(0, len(batch), CHUNK):
            self._producer.poll(0)
            self.check()
            self._send(batch.part(first, CHUNK))

    def check(self) -> None:
        """Raise if a record failed; what became of the others is then known too."""
        if self.deliveries.failed:
            raise self._failed()

    def settle(self) -> None:
        """Wait until nothing is in doubt; message.timeout.ms bounds it, and patience.

        Where patience is over, what is not confirmed counts as failed.
        """
        self._empty()
        send_again(self._producer, self._topic, self.deliveries, self._empty)
        self._count(0)

    def count(self) -> None:
        """Bring the account up to date."""
        self._count(len(self._producer))

    def forget_unsent(self) -> None:
        """Take what the client was not given of an interrupted batch as never accepted."""
        self._given -= self._unsent()
        self._drop_unsent()

    def _empty(self) -> None:
        """Wait until the client holds nothing; not any more, where that was given up."""
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
        """Have the client drop what it holds, and tell of it."""
        self.deliveries.unanswered = wait.seconds
        self._producer.purge()
        self._producer.flush(PURGE_SECONDS)

    def _send(self, part: Batch) -> None:
        """Hand a part of the batch to the client."""
        values, beside = self._encode(part.records), beside_values(part)
        if len(values) != len(part):
            raise SinkError(self._place, f"{len(part)} records were encoded to {len(values)} values")
        self._chunk = iter(values)
        keys, timestamps, headers = map(iter, beside)
        self._later -= len(values)
        # By position, as by name it takes the client nearly twice as long; and a loop in C instead of one in Python.
        before = (repeat(self._topic), self._chunk, keys, repeat(ANY_PARTITION), self._reports(values, beside))
        calls = map(self._producer.produce, *before, repeat(None), timestamps, headers)
        while length_hint(self._chunk):
            try:
                deque(calls, maxlen=0)
            except (BufferError, self._driver.error) as error:
                self._at_hand = 1
                at = len(values) - length_hint(self._chunk) - 1
                self._wait_for_room(error, (values[at], *(column[at] for column in beside)))

    def _reports(self, values: Sequence[bytes], beside: Beside) -> Iterator[Callable[[Any, Any], None]]:
        """Who is told what becomes of each record, and can send it again."""
        if self._all_or_none:
            return repeat(self.deliveries.settled)
        account, columns = self.deliveries, (values, *beside)

        def settled(at: int, error: Any, message: Any) -> None:
            value, key, timestamp, headers = (column[at] for column in columns)
            account.settled_record((value, key, timestamp, headers), error, message)

        return map(partial, repeat(settled), range(len(values)))

    def _wait_for_room(self, error: Exception, record: Record) -> None:
        """Try again as long as the queue is full; whatever else the client says is final."""
        value, key, *rest = record
        told = self.deliveries.settled if self._all_or_none else partial(self.deliveries.settled_record, record)
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
                self._producer.produce(self._topic, value, key, ANY_PARTITION, told, None, *rest)
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
        """The account at its end, with what is not to be sent any more."""
        self.settle()
        if unsent := self._unsent():
            self.deliveries.failed[UNSENT] += unsent
            self._drop_unsent()
            self._count(0)
        self.told = True
        return self.deliveries.error(self._place)

    def _unsent(self) -> int:
        """How many records of the batch at hand the client has not taken."""
        return self._later + length_hint(self._chunk) + self._at_hand

    def _drop_unsent(self) -> None:
        self._later, self._at_hand, self._chunk = 0, 0, iter(())

    def _count(self, held: int) -> None:
        """What the client took, does not hold and did not report has arrived."""
        account = self.deliveries
        account.accepted = self._given - self._unsent()
        # What the client has to tell, such as a broken connection, it counts among what it holds.
        account.delivered = max(
            account.delivered, account.accepted - account.failed.total() - held - len(account.beside)
        )
