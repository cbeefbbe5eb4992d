"""The rules for every sink that takes batches; run them on your own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from doge_datagen.errors import DeliveryError
from doge_datagen.sinks.base import BatchSink
from doge_datagen.sinks.testing.events import error_of, expect
from doge_datagen.sinks.testing.samples import FEW, LARGE, MANY, SMALL, Row, batches_of, rows


@dataclass(frozen=True, slots=True)
class BatchSinkUnderTest:
    """A sink and its destination; create a new one, with an empty destination, for each rule.

    Attributes:
        make: returns a new sink for the stream ``samples.STREAM``, whose records have keys and ``samples.SCHEMA``.
        read: returns what has arrived at the destination, oldest first. Each record is a tuple of its fields in the
            schema's order, the timestamp in milliseconds since the epoch. Called after ``close``. If nothing was
            written, the destination must still be valid: a file with its header, a table.
        break_destination: makes the destination fail, such as by dropping the table; called after ``make`` and before
            the first batch. None if nothing can break.
        in_order: False if the destination does not keep the order of records, such as a topic with several partitions.

    One test per rule, with pytest::

        @pytest.mark.parametrize('rule', RULES, ids=lambda rule: rule.__name__)
        def test_my_sink(rule, tmp_path):
            context = SinkContext(STREAM, SCHEMA, at=str(tmp_path / 'events'), keyed=True)
            rule(BatchSinkUnderTest(make=lambda: MySink(context), read=lambda: read_back(context.at.reveal())))

    Or without:

    >>> from doge_datagen.sinks.memory_batches import MemoryBatchSink
    >>> from doge_datagen.sinks.testing.samples import row_of
    >>> for rule in RULES:
    ...     sink = MemoryBatchSink()
    ...     rule(BatchSinkUnderTest(make=lambda: sink, read=lambda: [row_of(record) for record in sink.records]))
    """

    make: Callable[[], BatchSink]
    read: Callable[[], Sequence[Row]]
    break_destination: Callable[[], object] | None = None
    in_order: bool = True


def each_record_arrives_once(under_test: BatchSinkUnderTest) -> None:
    """Everything written arrives, each record once, with every value of every type unchanged."""
    _write(under_test.make(), FEW)
    _expect_same(_sorted(under_test.read()), rows(FEW))


def records_arrive_in_order(under_test: BatchSinkUnderTest) -> None:
    """Records arrive in the order in which they were written."""
    _write(under_test.make(), MANY)
    if under_test.in_order:
        _expect_same(under_test.read(), rows(MANY))


def many_batches_arrive(under_test: BatchSinkUnderTest) -> None:
    """Many batches of different sizes arrive."""
    _write(under_test.make(), MANY)
    _expect_same(_sorted(under_test.read()), rows(MANY))


def batches_of_one_record_arrive(under_test: BatchSinkUnderTest) -> None:
    """Batches with a single record arrive."""
    _write(under_test.make(), SMALL)
    _expect_same(_sorted(under_test.read()), rows(SMALL))


def a_large_batch_arrives(under_test: BatchSinkUnderTest) -> None:
    """A single batch of many records arrives."""
    _write(under_test.make(), LARGE)
    _expect_same(_sorted(under_test.read()), rows(LARGE))


def a_part_of_a_batch_arrives(under_test: BatchSinkUnderTest) -> None:
    """Of a batch whose arrays are slices of longer ones, only the slices arrive."""
    with under_test.make() as sink:
        for batch in batches_of(FEW, sliced=True):
            sink.write(batch)
    _expect_same(_sorted(under_test.read()), rows(FEW))


def a_sink_without_batches_closes(under_test: BatchSinkUnderTest) -> None:
    """A sink that was given nothing closes, and leaves a valid, empty destination."""
    sink = under_test.make()
    sink.close()
    _expect_same(under_test.read(), [])
    expect(sink.delivered == 0, f"delivered says {sink.delivered}, but nothing was written")


def leaving_the_context_closes(under_test: BatchSinkUnderTest) -> None:
    """A sink is a context manager that returns itself and closes itself."""
    sink = under_test.make()
    with sink as entered:
        expect(entered is sink, "entering the context returned something other than the sink")
        for batch in batches_of(FEW):
            sink.write(batch)
    _expect_same(_sorted(under_test.read()), rows(FEW))


def closing_again_does_nothing(under_test: BatchSinkUnderTest) -> None:
    """Closing a second and a third time raises nothing and delivers nothing."""
    sink = under_test.make()
    _write(sink, FEW)
    sink.close()
    sink.close()
    _expect_same(_sorted(under_test.read()), rows(FEW))
    expect(sink.delivered == sum(FEW), f"delivered says {sink.delivered}, but {sum(FEW)} arrived")


def a_closed_sink_refuses_batches(under_test: BatchSinkUnderTest) -> None:
    """Writing after close raises a SinkError, and the batch does not arrive."""
    sink = under_test.make()
    _write(sink, FEW)
    expect(error_of(lambda: _write(sink, FEW)) is not None, "write after close took a batch")
    sink.close()
    _expect_same(_sorted(under_test.read()), rows(FEW))


def delivered_is_what_arrived(under_test: BatchSinkUnderTest) -> None:
    """An open sink never counts more than it was given; a closed one has counted what arrived."""
    sink, written = under_test.make(), 0
    for batch in batches_of(MANY):
        sink.write(batch)
        written += len(batch)
        expect(0 <= sink.delivered <= written, f"delivered says {sink.delivered} of {written} that were written")
    sink.close()
    arrived = len(under_test.read())
    expect(sink.delivered == arrived, f"delivered says {sink.delivered}, but {arrived} arrived")


def failed_delivery_is_an_error(under_test: BatchSinkUnderTest) -> None:
    """What cannot be delivered raises a DeliveryError, once; then the sink accepts nothing and can still be closed."""
    if under_test.break_destination is None:
        return
    sink = under_test.make()
    under_test.break_destination()
    error = error_of(lambda: _write(sink, MANY))
    expect(error is not None, f"{sum(MANY)} records went to a destination that fails, without an error")
    expect(isinstance(error, DeliveryError), f"{error!r} is not a DeliveryError: it does not say how many are missing")
    expect(getattr(error, "missing", 0) > 0, f"{error} says that nothing is missing")
    expect(error_of(lambda: sink.write(batches_of(FEW)[0])) is not None, "write after an error took a batch")
    again = error_of(sink.close)
    expect(again is None, f"close raised a second time what had been raised before: {again}")
    expect(sink.delivered == 0, f"delivered says {sink.delivered}, but nothing can have arrived")


RULES: tuple[Callable[[BatchSinkUnderTest], None], ...] = (
    each_record_arrives_once,
    records_arrive_in_order,
    many_batches_arrive,
    batches_of_one_record_arrive,
    a_large_batch_arrives,
    a_part_of_a_batch_arrives,
    a_sink_without_batches_closes,
    leaving_the_context_closes,
    closing_again_does_nothing,
    a_closed_sink_refuses_batches,
    delivered_is_what_arrived,
    failed_delivery_is_an_error,
)
"""All rules; each raises AssertionError if the sink breaks it."""


def _write(sink: BatchSink, sizes: Sequence[int]) -> None:
    """Write the samples and close the sink; after an error it stays open, as the rules go on to examine it."""
    for batch in batches_of(sizes):
        sink.write(batch)
    sink.close()


def _sorted(arrived: Sequence[Row]) -> list[Row]:
    return sorted(arrived, key=lambda row: row[0])


def _expect_same(arrived: Sequence[Row], written: Sequence[Row]) -> None:
    expect(len(arrived) == len(written), f"{len(written)} records were written, {len(arrived)} arrived")
    for number, (came, went) in enumerate(zip(arrived, written, strict=True)):
        expect(tuple(came) == went, f"record {number} was written as {went} and arrived as {tuple(came)}")
