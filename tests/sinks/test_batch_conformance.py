"""Every sink of batches keeps every rule of the conformance suite."""

import pytest

from doge_datagen.sinks.batch_conformance import RULES, BatchSinkUnderTest, a_broken_place_is_an_error
from doge_datagen.sinks.batch_failing import FailingBatchSink
from doge_datagen.sinks.batch_memory import MemoryBatchSink
from doge_datagen.sinks.batch_samples import row_of


def memory(request):
    sink = MemoryBatchSink()
    return BatchSinkUnderTest(make=lambda: sink, read=lambda: [row_of(record) for record in sink.records])


def failing_never(request):
    sink = MemoryBatchSink()
    return BatchSinkUnderTest(
        make=lambda: FailingBatchSink(sink, probability=0, seed=1),
        read=lambda: [row_of(record) for record in sink.records],
    )


def failing_at_once(request):
    return BatchSinkUnderTest(
        make=lambda: FailingBatchSink(MemoryBatchSink(), at=0), read=list, break_place=lambda: None
    )


SINKS = (
    memory,
    failing_never,
    # A new sink: a function like those above, which asks pytest's request for the fixtures that it needs, and a row
    # here. Open it as a model would: open_sink(Place.of({...}), STREAM, SCHEMA, keyed=True), or
    # KIND.open(opening(at, {...})); the names are in batch_samples.
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("sink", SINKS, ids=lambda sink: sink.__name__)
def test_sink_keeps_rule(sink, rule, request):
    rule(sink(request))


def test_a_sink_that_fails_at_once_fails_as_the_suite_asks(request):
    a_broken_place_is_an_error(failing_at_once(request))
