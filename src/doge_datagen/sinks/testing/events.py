"""The rules every sink keeps, as functions: run them on yours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from doge_datagen.errors import SinkError
from doge_datagen.model import Transition
from doge_datagen.sinks.events.event_sink import EventSink

FEW = 10
MANY = 2500
"""More than two of the batches that sinks gather by default."""

TRIGGERS = ("login", "spending", "logout")
TRANSITIONS = tuple(Transition(trigger, "offline", "online", 1) for trigger in TRIGGERS)
START = 1_644_549_768_000

Told = tuple[int, int, str]
"""One event as the suite tells and expects it: timestamp, subject's number, trigger."""


@dataclass(slots=True)
class Actor:
    """The suite's subject. It changes after it was collected, as real ones do.

    Attributes:
        number: what the sink has to take down.
    """

    number: int


@dataclass(frozen=True, slots=True)
class SinkUnderTest:
    """A sink and its place, as the rules need them; make a new one, with an empty place, for each rule.

    Attributes:
        make: a new sink that takes down ``timestamp``, ``subject.number`` and ``transition.trigger`` of each event.
        read: what has arrived at the sink's place, as a list of those three, oldest first; asked after ``close``.
        in_order: False for a place that keeps no order, such as a topic with several partitions.
        break_place: makes the place fail, such as by dropping the table; asked after ``make`` and before the first
            event. None where nothing can break.

    One test for each rule, with pytest::

        @pytest.mark.parametrize('rule', RULES, ids=lambda rule: rule.__name__)
        def test_my_sink(rule, tmp_path):
            place = tmp_path / 'events'

            def take(timestamp, subject, transition):
                return timestamp, subject.number, transition.trigger

            rule(SinkUnderTest(make=lambda: MySink(place, take), read=lambda: read_back(place)))

    And without:

    >>> from doge_datagen import MemorySink
    >>> for rule in RULES:
    ...     sink = MemorySink(lambda timestamp, subject, transition: (timestamp, subject.number, transition.trigger))
    ...     rule(SinkUnderTest(make=lambda: sink, read=lambda: sink.records))
    """

    make: Callable[[], EventSink]
    read: Callable[[], Sequence[Told]]
    in_order: bool = True
    break_place: Callable[[], object] | None = None


def each_event_arrives_once(under_test: SinkUnderTest) -> None:
    """What was collected arrives, all of it, and none of it twice."""
    told = tell(under_test.make(), FEW)
    _expect_same(sorted(under_test.read()), sorted(told))


def events_arrive_in_order(under_test: SinkUnderTest) -> None:
    """Events arrive in the order in which they were collected."""
    told = tell(under_test.make(), FEW)
    if under_test.in_order:
        _expect_same(under_test.read(), told)


def many_events_arrive(under_test: SinkUnderTest) -> None:
    """More events than a batch holds arrive as well as few."""
    told = tell(under_test.make(), MANY)
    _expect_same(sorted(under_test.read()), sorted(told))


def no_events_are_fine(under_test: SinkUnderTest) -> None:
    """A sink that is told nothing closes, and nothing arrives."""
    tell(under_test.make(), 0)
    _expect_same(under_test.read(), [])


def subjects_are_taken_as_they_were(under_test: SinkUnderTest) -> None:
    """A subject that changes after it was collected does not rewrite what it was."""
    actor, told = Actor(0), []
    with under_test.make() as sink:
        for actor.number in range(FEW):
            sink.collect(START, actor, TRANSITIONS[0])
            told.append((START, actor.number, TRIGGERS[0]))
        actor.number = -1
    _expect_same(sorted(under_test.read()), told)


def leaving_the_context_closes(under_test: SinkUnderTest) -> None:
    """A sink is a context manager, which gives itself and closes itself."""
    sink = under_test.make()
    with sink as entered:
        expect(entered is sink, "entering the context gave something else than the sink")
        told = _collect(sink, FEW)
    _expect_same(sorted(under_test.read()), sorted(told))


def closing_again_does_nothing(under_test: SinkUnderTest) -> None:
    """A second and a third close raise nothing and deliver nothing."""
    sink = under_test.make()
    told = tell(sink, FEW)
    sink.close()
    sink.close()
    _expect_same(sorted(under_test.read()), sorted(told))


def a_closed_sink_refuses_events(under_test: SinkUnderTest) -> None:
    """Collecting after close raises a SinkError, and the event does not arrive."""
    sink = under_test.make()
    told = tell(sink, FEW)
    expect(error_of(lambda: _collect(sink, 1)) is not None, "collect after close took an event")
    sink.close()
    _expect_same(sorted(under_test.read()), sorted(told))


def delivered_is_what_arrived(under_test: SinkUnderTest) -> None:
    """Once closed, a sink that counts has counted what arrived."""
    sink = under_test.make()
    tell(sink, MANY)
    arrived = len(under_test.read())
    expect(sink.delivered in (None, arrived), f"delivered says {sink.delivered}, but {arrived} arrived")


def a_broken_place_is_an_error(under_test: SinkUnderTest) -> None:
    """What cannot be delivered raises a SinkError, once; after it the sink takes nothing and still closes."""
    if under_test.break_place is None:
        return
    sink = under_test.make()
    under_test.break_place()
    failed_to_collect = error_of(lambda: _collect(sink, MANY))
    if failed_to_collect is None:
        expect(error_of(sink.close) is not None, f"{MANY} events went to a broken place without an error")
    expect(error_of(lambda: _collect(sink, 1)) is not None, "collect after an error took an event")
    again = error_of(sink.close)
    expect(again is None, f"close raised a second time for what had been told before: {again}")
    expect(not sink.delivered, f"delivered says {sink.delivered}, but nothing can have arrived")


RULES: tuple[Callable[[SinkUnderTest], None], ...] = (
    each_event_arrives_once,
    events_arrive_in_order,
    many_events_arrive,
    no_events_are_fine,
    subjects_are_taken_as_they_were,
    leaving_the_context_closes,
    closing_again_does_nothing,
    a_closed_sink_refuses_events,
    delivered_is_what_arrived,
    a_broken_place_is_an_error,
)
"""Every rule; each raises AssertionError where the sink breaks it."""


def tell(sink: EventSink, number: int) -> list[Told]:
    """Collect as many events and close the sink; what it was told."""
    told = _collect(sink, number)
    sink.close()
    return told


def _collect(sink: EventSink, number: int) -> list[Told]:
    told = []
    for index in range(number):
        timestamp, transition = START + index * 60_000, TRANSITIONS[index % len(TRANSITIONS)]
        sink.collect(timestamp, Actor(index % 7), transition)
        told.append((timestamp, index % 7, transition.trigger))
    return told


def error_of(act: Callable[[], object]) -> SinkError | None:
    """The error that a sink raises; None where it does not."""
    try:
        act()
    except SinkError as error:
        return error
    return None


def expect(kept: bool, otherwise: str) -> None:  # noqa: FBT001 - an assertion by another name
    """Break the rule where it is not kept.

    Raises:
        AssertionError: with what is said otherwise.
    """
    if not kept:
        raise AssertionError(otherwise)  # not the statement: it would be silent under python -O


def _expect_same(arrived: Sequence[Told], told: Sequence[Told]) -> None:
    expect(len(arrived) == len(told), f"{len(told)} events were collected, {len(arrived)} arrived")
    for place, (came, went) in enumerate(zip(arrived, told, strict=True)):
        expect(tuple(came) == went, f"event {place} was collected as {went} and arrived as {came}")
