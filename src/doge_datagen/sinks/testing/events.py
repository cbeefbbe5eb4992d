"""The rules for every sink that takes events one by one; run them on your own."""

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

Collected = tuple[int, int, str]
"""An event as the suite collects and expects it: timestamp, the subject's number, trigger."""


@dataclass(slots=True)
class Actor:
    """The suite's subject. It changes after it was collected, as real ones do.

    Attributes:
        number: what the sink has to record.
    """

    number: int


@dataclass(frozen=True, slots=True)
class SinkUnderTest:
    """A sink and its destination; create a new one, with an empty destination, for each rule.

    Attributes:
        make: returns a new sink that records ``timestamp``, ``subject.number`` and ``transition.trigger`` of each
            event.
        read: returns what has arrived at the destination, as a list of these three, oldest first; called after
            ``close``.
        in_order: False if the destination does not keep the order of events, such as a topic with several partitions.
        break_destination: makes the destination fail, such as by dropping the table; called after ``make`` and before
            the first event. None if nothing can break.

    One test per rule, with pytest::

        @pytest.mark.parametrize('rule', RULES, ids=lambda rule: rule.__name__)
        def test_my_sink(rule, tmp_path):
            destination = tmp_path / 'events'

            def take(timestamp, subject, transition):
                return timestamp, subject.number, transition.trigger

            rule(SinkUnderTest(make=lambda: MySink(destination, take), read=lambda: read_back(destination)))

    Or without:

    >>> from doge_datagen import MemorySink
    >>> for rule in RULES:
    ...     sink = MemorySink(lambda timestamp, subject, transition: (timestamp, subject.number, transition.trigger))
    ...     rule(SinkUnderTest(make=lambda: sink, read=lambda: sink.records))
    """

    make: Callable[[], EventSink]
    read: Callable[[], Sequence[Collected]]
    in_order: bool = True
    break_destination: Callable[[], object] | None = None


def each_event_arrives_once(under_test: SinkUnderTest) -> None:
    """Everything collected arrives, each event once."""
    collected = collect_and_close(under_test.make(), FEW)
    _expect_same(sorted(under_test.read()), sorted(collected))


def events_arrive_in_order(under_test: SinkUnderTest) -> None:
    """Events arrive in the order in which they were collected."""
    collected = collect_and_close(under_test.make(), FEW)
    if under_test.in_order:
        _expect_same(under_test.read(), collected)


def many_events_arrive(under_test: SinkUnderTest) -> None:
    """More events than fit in a batch arrive."""
    collected = collect_and_close(under_test.make(), MANY)
    _expect_same(sorted(under_test.read()), sorted(collected))


def a_sink_without_events_closes(under_test: SinkUnderTest) -> None:
    """A sink that was given nothing closes, and nothing arrives."""
    collect_and_close(under_test.make(), 0)
    _expect_same(under_test.read(), [])


def subjects_are_taken_as_they_were(under_test: SinkUnderTest) -> None:
    """Changes of a subject after it was collected do not affect what arrives."""
    actor, collected = Actor(0), []
    with under_test.make() as sink:
        for actor.number in range(FEW):
            sink.collect(START, actor, TRANSITIONS[0])
            collected.append((START, actor.number, TRIGGERS[0]))
        # A sink that keeps a reference instead of the values would write this one for all events.
        actor.number = -1
    _expect_same(sorted(under_test.read()), collected)


def leaving_the_context_closes(under_test: SinkUnderTest) -> None:
    """A sink is a context manager that returns itself and closes itself."""
    sink = under_test.make()
    with sink as entered:
        expect(entered is sink, "entering the context returned something other than the sink")
        collected = _collect(sink, FEW)
    _expect_same(sorted(under_test.read()), sorted(collected))


def closing_again_does_nothing(under_test: SinkUnderTest) -> None:
    """Closing a second and a third time raises nothing and delivers nothing."""
    sink = under_test.make()
    collected = collect_and_close(sink, FEW)
    sink.close()
    sink.close()
    _expect_same(sorted(under_test.read()), sorted(collected))


def a_closed_sink_refuses_events(under_test: SinkUnderTest) -> None:
    """Collecting after close raises a SinkError, and the event does not arrive."""
    sink = under_test.make()
    collected = collect_and_close(sink, FEW)
    expect(error_of(lambda: _collect(sink, 1)) is not None, "collect after close took an event")
    sink.close()
    _expect_same(sorted(under_test.read()), sorted(collected))


def delivered_is_what_arrived(under_test: SinkUnderTest) -> None:
    """A closed sink that counts has counted what arrived."""
    sink = under_test.make()
    collect_and_close(sink, MANY)
    arrived = len(under_test.read())
    expect(sink.delivered in (None, arrived), f"delivered says {sink.delivered}, but {arrived} arrived")


def failed_delivery_is_an_error(under_test: SinkUnderTest) -> None:
    """What cannot be delivered raises a SinkError, once; then the sink accepts nothing and can still be closed."""
    if under_test.break_destination is None:
        return
    sink = under_test.make()
    under_test.break_destination()
    failed_to_collect = error_of(lambda: _collect(sink, MANY))
    if failed_to_collect is None:
        expect(error_of(sink.close) is not None, f"{MANY} events went to a destination that fails, without an error")
    expect(error_of(lambda: _collect(sink, 1)) is not None, "collect after an error took an event")
    again = error_of(sink.close)
    expect(again is None, f"close raised a second time what had been raised before: {again}")
    expect(not sink.delivered, f"delivered says {sink.delivered}, but nothing can have arrived")


RULES: tuple[Callable[[SinkUnderTest], None], ...] = (
    each_event_arrives_once,
    events_arrive_in_order,
    many_events_arrive,
    a_sink_without_events_closes,
    subjects_are_taken_as_they_were,
    leaving_the_context_closes,
    closing_again_does_nothing,
    a_closed_sink_refuses_events,
    delivered_is_what_arrived,
    failed_delivery_is_an_error,
)
"""All rules; each raises AssertionError if the sink breaks it."""


def collect_and_close(sink: EventSink, number: int) -> list[Collected]:
    """Give the sink so many events, close it, and return the events."""
    collected = _collect(sink, number)
    sink.close()
    return collected


def _collect(sink: EventSink, number: int) -> list[Collected]:
    collected = []
    for index in range(number):
        timestamp, transition = START + index * 60_000, TRANSITIONS[index % len(TRANSITIONS)]
        sink.collect(timestamp, Actor(index % 7), transition)
        collected.append((timestamp, index % 7, transition.trigger))
    return collected


def error_of(act: Callable[[], object]) -> SinkError | None:
    """The SinkError that a call raises; None if it raises none."""
    try:
        act()
    except SinkError as error:
        return error
    return None


def expect(kept: bool, otherwise: str) -> None:  # noqa: FBT001 - an assertion by another name
    """Fail the rule if it is not kept.

    Raises:
        AssertionError: with the message ``otherwise``.
    """
    if not kept:
        raise AssertionError(otherwise)  # not the statement: it would be silent under python -O


def _expect_same(arrived: Sequence[Collected], collected: Sequence[Collected]) -> None:
    expect(len(arrived) == len(collected), f"{len(collected)} events were collected, {len(arrived)} arrived")
    for number, (came, went) in enumerate(zip(arrived, collected, strict=True)):
        expect(tuple(came) == went, f"event {number} was collected as {went} and arrived as {came}")
