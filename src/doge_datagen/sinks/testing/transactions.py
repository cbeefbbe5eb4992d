"""The rules for sinks that can resume a run, in addition to those for all sinks; run them on your own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from doge_datagen.errors import SinkError
from doge_datagen.sinks.testing.events import error_of, expect
from doge_datagen.sinks.testing.samples import LARGE, MANY, Row, batches_of, rows
from doge_datagen.sinks.transactional import CommittingSink, Position

RUN = '{"model": "samples", "seed": 7}'


@dataclass(frozen=True, slots=True)
class CommittingSinkUnderTest:
    """A sink and its destination; create a new one, with an empty destination, for each rule.

    Attributes:
        make: returns a new sink for the stream ``samples.STREAM`` of the run with the given name, not yet claimed. It
            is called several times; the sinks of one rule share the destination.
        read: returns what the destination holds for readers that see only committed records, oldest first, in the same
            form as for :class:`~doge_datagen.sinks.testing.batches.BatchSinkUnderTest`.
        excludes: True if the destination locks a second process out, False if the later one takes over.
        shared: whether runs with different names can write to one destination.
        in_order: False if the destination does not keep the order of records.
    """

    make: Callable[[str], CommittingSink]
    read: Callable[[], Sequence[Row]]
    excludes: bool = False
    shared: bool = True
    in_order: bool = True


def a_new_run_has_no_position(under_test: CommittingSinkUnderTest) -> None:
    """Before the first commit there is no position, and after an empty commit there is nothing to read."""
    with under_test.make("first") as sink:
        sink.claim()
        expect(sink.position() is None, "a run that never committed has a position")
        sink.commit(Position(10, RUN))
    expect(not under_test.read(), "nothing was written, but something arrived")
    _expect_position(under_test, "first", Position(10, RUN))


def records_and_position_arrive_together(under_test: CommittingSinkUnderTest) -> None:
    """A commit delivers each record once, in order, together with the position."""
    with _begun(under_test) as sink:
        _write(sink, MANY, 0, len(MANY))
        sink.commit(Position(100, RUN))
        expect(sink.delivered == sum(MANY), f"delivered says {sink.delivered} of {sum(MANY)}")
    _expect_rows(under_test, rows(MANY))
    _expect_position(under_test, "first", Position(100, RUN))


def what_is_not_committed_is_not_there(under_test: CommittingSinkUnderTest) -> None:
    """Batches written after the last commit are not delivered, neither before nor after ``discard``."""
    with _begun(under_test) as sink:
        _write(sink, MANY, 0, 3)
        sink.commit(Position(100, RUN))
        _write(sink, MANY, 3, len(MANY))
        _expect_rows(under_test, rows(MANY[:3]))
    _expect_rows(under_test, rows(MANY[:3]))
    _expect_position(under_test, "first", Position(100, RUN))


def a_resumed_run_goes_on(under_test: CommittingSinkUnderTest) -> None:
    """A new sink of the same run sees the position, and its commits follow what was there."""
    for first in range(len(MANY)):
        with _begun(under_test) as sink:
            _write(sink, MANY, first, first + 1)
            sink.commit(Position(first + 1, RUN))
            # Not committed, so the next sink must not find it.
            _write(sink, MANY, first, first + 1)
    _expect_rows(under_test, rows(MANY))
    _expect_position(under_test, "first", Position(len(MANY), RUN))


def many_commits_deliver_what_one_does(under_test: CommittingSinkUnderTest) -> None:
    """One sink commits repeatedly, sometimes only a position."""
    with _begun(under_test) as sink:
        for number in range(len(MANY)):
            _write(sink, MANY, number, number + 1)
            sink.commit(Position(2 * number + 1, RUN))
            sink.commit(Position(2 * number + 2, RUN))
    _expect_rows(under_test, rows(MANY))
    _expect_position(under_test, "first", Position(2 * len(MANY), RUN))


def a_large_commit_arrives(under_test: CommittingSinkUnderTest) -> None:
    """A single batch of many records arrives completely."""
    with _begun(under_test) as sink:
        _write(sink, LARGE, 0, 1)
        sink.commit(Position(1, RUN))
    _expect_rows(under_test, rows(LARGE))


def a_second_process_of_a_run_is_refused(under_test: CommittingSinkUnderTest) -> None:
    """Of two sinks of one run one continues and the other one fails; nothing is delivered twice."""
    older = _begun(under_test)
    _write(older, MANY, 0, 1)
    older.commit(Position(1, RUN))
    _write(older, MANY, 1, 2)
    if under_test.excludes:
        expect(_refused(lambda: _begun(under_test)), "a second sink was opened while the first was at work")
        older.commit(Position(2, RUN))
    else:
        with _begun(under_test) as younger:
            _write(younger, MANY, 1, 2)
            younger.commit(Position(2, RUN))
            # Only at the commit: until then, the older one may not even know.
            expect(_refused(lambda: older.commit(Position(2, RUN))), "the older of two sinks still delivers")
    older.discard()
    _expect_rows(under_test, rows(MANY[:2]))
    _expect_position(under_test, "first", Position(2, RUN))


def runs_do_not_see_each_other(under_test: CommittingSinkUnderTest) -> None:
    """A run with another name has its own position; or it is refused, if the destination belongs to one run."""
    with _begun(under_test) as sink:
        _write(sink, MANY, 0, 1)
        sink.commit(Position(1, RUN))
    if not under_test.shared:
        expect(_refused(lambda: _begun(under_test, "second")), "a destination that belongs to one run took another")
        return
    with _begun(under_test, "second") as sink:
        expect(sink.position() is None, "a run sees the position of another")
        _write(sink, MANY, 1, 2)
        sink.commit(Position(9, RUN))
    _expect_rows(under_test, rows(MANY[:2]))
    _expect_position(under_test, "first", Position(1, RUN))
    _expect_position(under_test, "second", Position(9, RUN))


COMMITTING_RULES: tuple[Callable[[CommittingSinkUnderTest], None], ...] = (
    a_new_run_has_no_position,
    records_and_position_arrive_together,
    what_is_not_committed_is_not_there,
    a_resumed_run_goes_on,
    many_commits_deliver_what_one_does,
    a_large_commit_arrives,
    a_second_process_of_a_run_is_refused,
    runs_do_not_see_each_other,
)
"""All rules; each raises AssertionError if the sink breaks it."""


def _begun(under_test: CommittingSinkUnderTest, run_id: str = "first") -> CommittingSink:
    sink = under_test.make(run_id)
    try:
        sink.claim()
        sink.position()
    except BaseException:
        sink.discard()
        raise
    return sink


def _write(sink: CommittingSink, sizes: Sequence[int], first: int, last: int) -> None:
    for batch in batches_of(sizes)[first:last]:
        sink.write(batch)


def _refused(do: Callable[[], object]) -> bool:
    """Whether it raises a SinkError."""
    error = error_of(do)
    return isinstance(error, SinkError)


def _expect_rows(under_test: CommittingSinkUnderTest, wanted: Sequence[Row]) -> None:
    arrived = list(under_test.read())
    if not under_test.in_order:
        arrived.sort(key=lambda row: row[0])
    expect(len(arrived) == len(wanted), f"{len(wanted)} records were committed, {len(arrived)} are there")
    for number, (came, went) in enumerate(zip(arrived, wanted, strict=True)):
        expect(tuple(came) == went, f"record {number} was written as {went} and arrived as {tuple(came)}")


def _expect_position(under_test: CommittingSinkUnderTest, run_id: str, wanted: Position) -> None:
    with under_test.make(run_id) as sink:
        sink.claim()
        found = sink.position()
    expect(found == wanted, f"the position should be {wanted}, but is {found}")
