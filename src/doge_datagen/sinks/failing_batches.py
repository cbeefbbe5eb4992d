"""A sink of batches that fails at random or at a chosen batch, to test how a pipeline reacts."""

from __future__ import annotations

from doge_datagen.batch import Batch
from doge_datagen.draws import MASK, draw, purpose_of
from doge_datagen.errors import DeliveryError, ModelError, SinkError
from doge_datagen.model import whole_number
from doge_datagen.sinks.base import FAILED, BatchSink

PLACE = "FailingBatchSink"
PURPOSE = purpose_of("failing batch sink")


class FailingBatchSink(BatchSink):
    """Passes batches on to another sink until it fails: at random, or at a chosen batch.

    Whether it fails depends only on the seed and on the number of batches before, so the same run fails at the same
    batch. The batch that failed was not passed on. As the contract requires, no batch is accepted afterwards.

    Args:
        sink: takes the batches that do not fail, and is closed with this one.
        probability: chance of each batch to fail, in percent, 0 to 100.
        at: number of a batch that always fails, counted from 0; None for none.
        seed: 64-bit integer that decides which batches fail.

    Raises:
        ModelError: ``sink`` is not a sink of batches, ``probability`` is not 0 to 100, ``at`` is below 0, or ``seed``
            is not a 64-bit integer.
        DeliveryError: by ``write``, with ``transient=True``, when it fails.

    >>> from doge_datagen.sinks.memory_batches import MemoryBatchSink
    >>> from doge_datagen.sinks.testing.samples import batches_of
    >>> kept = MemoryBatchSink()
    >>> with FailingBatchSink(kept, at=1) as sink:
    ...     for batch in batches_of([10, 20]):
    ...         sink.write(batch)
    Traceback (most recent call last):
    doge_datagen.errors.DeliveryError: FailingBatchSink: 20 of 30 records did not arrive (10 did): 20 x batch 1 failed
    >>> kept.delivered
    10
    """

    def __init__(self, sink: BatchSink, *, probability: float = 0, at: int | None = None, seed: int = 0) -> None:
        self._sink = _checked_sink(sink)
        self._threshold = round(_checked_probability(probability) / 100 * 2**64)
        self._at = None if at is None else whole_number(f"{PLACE}.at", at, at_least=0, below=2**64)
        self._seed = whole_number(f"{PLACE}.seed", seed, at_least=0, below=2**64)
        self._batches = 0
        self._records = 0
        self._failed = False

    @property
    def delivered(self) -> int:
        """How many records the underlying sink has confirmed."""
        return self._sink.delivered

    def write(self, batch: Batch) -> None:
        """Fail, or pass the batch on to the underlying sink."""
        if self._failed:
            raise SinkError(PLACE, FAILED)
        number, self._batches = self._batches, self._batches + 1
        if cause := self._cause(number):
            self._failed = True
            accepted = self._records + len(batch)
            raise DeliveryError(
                PLACE, accepted=accepted, delivered=self._records, causes={cause: len(batch)}, transient=True
            )
        self._sink.write(batch)
        self._records += len(batch)

    def flush(self) -> None:
        """Flush the underlying sink."""
        self._sink.flush()

    def close(self) -> None:
        """Close the underlying sink; this never fails by itself."""
        self._sink.close()

    def abandon(self) -> None:
        """Abandon the underlying sink."""
        self._sink.abandon()

    def _cause(self, number: int) -> str:
        if number == self._at:
            return f"batch {number} failed"
        if draw(self._seed, 0, number & MASK, PURPOSE, number >> 32)[0] < self._threshold:
            return f"batch {number} failed, as drawn with seed {self._seed}"
        return ""


def _checked_sink(sink: BatchSink) -> BatchSink:
    if not isinstance(sink, BatchSink):
        raise ModelError(f"{PLACE}.sink", f"{sink!r} is not a sink. Hint: give an instance of a subclass of BatchSink")
    return sink


def _checked_probability(probability: float) -> float:
    if isinstance(probability, bool) or not isinstance(probability, int | float) or not 0 <= probability <= 100:
        raise ModelError(f"{PLACE}.probability", f"{probability!r} is not a chance in percent. Hint: give 0 to 100")
    return probability
