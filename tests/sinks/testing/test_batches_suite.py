"""The conformance suite detects broken sinks."""

import pytest

from doge_datagen.errors import SinkError
from doge_datagen.sinks.memory_batches import MemoryBatchSink
from doge_datagen.sinks.testing.batches import RULES, BatchSinkUnderTest, failed_delivery_is_an_error
from doge_datagen.sinks.testing.samples import row_of


class LosesTheLastRecordOfABatch(MemoryBatchSink):
    def write(self, batch):
        super().write(batch.part(0, len(batch) - 1) if len(batch) > 1 else batch)


class LosesBatchesOfOneRecord(MemoryBatchSink):
    def write(self, batch):
        if len(batch) > 1:
            super().write(batch)


class WritesTwice(MemoryBatchSink):
    def write(self, batch):
        super().write(batch)
        super().write(batch)


class ReversesTheOrder(MemoryBatchSink):
    @property
    def records(self):
        return super().records[::-1]


class LosesItsBufferAtTheEnd(MemoryBatchSink):
    held = ()

    def write(self, batch):
        for each in self.held:
            super().write(each)
        self.held = (batch,)


class RoundsFloats(MemoryBatchSink):
    @property
    def records(self):
        return [{**record, "rate": float(f"{record['rate']:.15g}")} for record in super().records]


class ConvertsIntegersToFloats(MemoryBatchSink):
    @property
    def records(self):
        return [{**record, "amount": int(float(record["amount"]))} for record in super().records]


class LosesMilliseconds(MemoryBatchSink):
    @property
    def records(self):
        return [{**record, "happened": record["happened"].replace(microsecond=0)} for record in super().records]


class StripsStrings(MemoryBatchSink):
    @property
    def records(self):
        return [{**record, "note": record["note"].strip()} for record in super().records]


class AcceptsBatchesAfterClose(MemoryBatchSink):
    def close(self):
        pass


class CountsBatches(MemoryBatchSink):
    @property
    def delivered(self):
        return len(self.batches)


class CountsBeforeDelivery(MemoryBatchSink):
    @property
    def delivered(self):
        return super().delivered if self._closed else super().delivered + 1


class RaisesWhenClosedAgain(MemoryBatchSink):
    def close(self):
        if self._closed:
            raise SinkError("memory", "closed already")
        super().close()


class DoesNotCloseOnExit(MemoryBatchSink):
    def __exit__(self, *error):
        self.batches.clear()


class IgnoresSlices(MemoryBatchSink):
    @property
    def records(self):
        whole = [each for each in self.batches if each.records.column(0).offset == 0]
        return [record for each in whole for record in each.records.to_pylist()]


BROKEN = (
    LosesTheLastRecordOfABatch,
    LosesBatchesOfOneRecord,
    WritesTwice,
    ReversesTheOrder,
    LosesItsBufferAtTheEnd,
    RoundsFloats,
    ConvertsIntegersToFloats,
    LosesMilliseconds,
    StripsStrings,
    AcceptsBatchesAfterClose,
    CountsBatches,
    CountsBeforeDelivery,
    RaisesWhenClosedAgain,
    DoesNotCloseOnExit,
    IgnoresSlices,
)


def keeps(rule, sink, break_destination=None):
    try:
        rule(BatchSinkUnderTest(lambda: sink, lambda: [row_of(record) for record in sink.records], break_destination))
    except (AssertionError, SinkError):
        return False
    return True


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.__name__)
def test_a_broken_sink_is_detected(broken):
    assert not all(keeps(rule, broken()) for rule in RULES)


def test_a_sink_that_swallows_errors_is_detected():
    assert not keeps(failed_delivery_is_an_error, MemoryBatchSink(), break_destination=lambda: None)
