"""The loop of a run with Python subjects and callbacks, from the first tick until the sinks are closed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from time import monotonic
from typing import Any

from doge_datagen.engine.interpreted.walk import Subjects, Walk
from doge_datagen.errors import ModelError
from doge_datagen.model import Collector, Machine, Transition
from doge_datagen.run.delivery.sink_lifecycle import check_delivered, closing, sinks_of
from doge_datagen.run.pacing.schedule import Schedule
from doge_datagen.run.reporting.report import Progress, ProgressListener, ProgressReports, RunReport, SinkReport


class PacedTicks:
    """Delays the ticks of a walk until they are due.

    With a speed, a tick is walked when it is due. With a rate, it is walked as soon as one more event is due, because
    the number of its events is known only afterwards. Its events count as confirmed when the sinks have taken them.

    Args:
        walk: the walk.
        schedule: when ticks are due; None for at once.
        stop: polled before each tick and while waiting; None for never.

    Attributes:
        walk: the walk.
        schedule: when ticks are due.
    """

    def __init__(self, walk: Walk, schedule: Schedule | None, stop: Callable[[], bool] | None) -> None:
        self.walk = walk
        self.schedule = schedule
        self._stop = stop
        self._due: float | None = None  # due time of the tick that is being walked

    @property
    def lag(self) -> float | None:
        """Seconds that the latest tick was late; None without a schedule."""
        return None if self.schedule is None else self.schedule.lag.latest

    def comes(self, tick: int) -> bool:
        """Wait until a tick is due, after the one before it was walked; False if the run is stopped."""
        self.over()
        if self._stop is not None and self._stop():
            return False
        if self.schedule is None:
            return True
        due = max(self.schedule.due(tick + 1), self.schedule.due_records(sum(self.walk.counts)))
        if not self.schedule.wait(due, self._stop):
            return False
        self._due = due
        return True

    def over(self) -> None:
        """Record that the current tick has been walked."""
        if self.schedule is not None and self._due is not None:
            self.schedule.lag.done(self._due)
        self._due = None


def run(
    machine: Machine,
    prepare: Callable[[], Walk],
    subjects: int,
    *,
    at_tick: Callable[[int], Any],
    progress: ProgressListener | None = None,
    schedule: Schedule | None = None,
    stop: Callable[[], bool] | None = None,
) -> RunReport:
    """Walk to the last tick, close the sinks and summarize the run.

    Args:
        machine: the state machine; its sinks are closed whatever happens.
        prepare: makes the walk.
        subjects: how many subjects it has.
        at_tick: called with each tick in which some subject wakes, before anything happens in it, and at the end with
            the tick after the last.
        progress: called regularly with the progress of the run, and once at its end.
        schedule: when ticks are due; it begins with the first. None for at once.
        stop: polled before each tick; True ends the run there.

    Raises:
        DeliveryError: a sink that counts its deliveries has delivered fewer or more events than it was given, without
            raising an error.
        Exception: whatever ``prepare``, a callback or a sink raises, after the sinks are closed.
    """
    started = monotonic()
    sinks = sinks_of(machine)
    before = [_delivered_by(sink) or 0 for sink in sinks]  # a sink may have delivered other events already
    with closing(sinks):
        turn = PacedTicks(prepare(), schedule, stop)
        ticks = _walk_all(turn, subjects, at_tick, ProgressReports(progress))
    # After closing, which delivers what was still buffered.
    reports = tuple(_sink_report(turn.walk, sink, earlier) for sink, earlier in zip(sinks, before, strict=True))
    report = _report(turn, reports, ticks, monotonic() - started)
    check_delivered(report)
    return report


def _walk_all(turn: PacedTicks, subjects: int, at_tick: Callable[[int], Any], reports: ProgressReports) -> int:
    """Walk to the last tick, or until a stop; returns the tick after it."""
    following = 0
    for tick in turn.walk:
        if not turn.comes(tick):
            break
        at_tick(tick)
        following = tick + 1
        if reports.is_due():
            reports.report(_progress(turn, tick, subjects))
    else:
        following = turn.walk.clock.ticks
    turn.over()
    at_tick(following)
    reports.report(_progress(turn, following, subjects))
    return following


def _progress(turn: PacedTicks, over: int, subjects: int) -> Progress:
    walk = turn.walk
    in_states = Counter({walk.machine.initial_state: subjects})
    for transition, count in _happened(walk):
        in_states[transition.source] -= count
        in_states[transition.target] += count
    return Progress(
        ticks_done=over,
        ticks=walk.clock.ticks,
        events=sum(walk.counts),
        tick_ms=walk.clock.tick_ms,
        timestamp=walk.clock.timestamp(over),
        subjects={state: in_states[state] for state in walk.machine.states},
        lag=turn.lag,
        seed=walk.seed,
    )


def _report(turn: PacedTicks, sinks: tuple[SinkReport, ...], ticks: int, seconds: float) -> RunReport:
    walk, events = turn.walk, sum(turn.walk.counts)
    confirmed = events if all(it.delivered is not None for it in sinks) else None
    return RunReport(
        seed=walk.seed,
        events=events,
        transitions={(t.source, t.trigger): count for t, count in _happened(walk)},
        sinks=sinks,
        seconds=seconds,
        ticks=ticks,
        ticks_in_all=walk.clock.ticks,
        pace=None if turn.schedule is None else turn.schedule.report(generated=events, confirmed=confirmed),
        start=walk.clock.start,
    )


def _sink_report(walk: Walk, sink: Collector, earlier: int) -> SinkReport:
    generated = sum(count for transition, count in _happened(walk) for it in transition.event_sinks if it is sink)
    delivered = _delivered_by(sink)
    return SinkReport(sink, generated, None if delivered is None else delivered - earlier, emitted=generated)


def _happened(walk: Walk) -> Iterator[tuple[Transition, int]]:
    return zip(walk.machine.transitions(), walk.counts, strict=True)


def _delivered_by(sink: Collector) -> int | None:
    delivered = getattr(sink, "delivered", None)
    return delivered if isinstance(delivered, int) else None


def create_subjects(create: Callable[[], Any], count: int, state: int) -> Subjects:
    """Create ``count`` subjects, all in one state.

    Raises:
        ModelError: ``create`` returns None, or the same object twice.
        Exception: whatever ``create`` raises.
    """
    subjects: list[Any] = []
    seen: dict[int, int] = {}
    for index in range(count):
        subject = create()
        if subject is None:
            raise ModelError("subject_factory.create", f"returned None for subject {index}. Hint: return a new subject")
        # By identity, which is safe here: all subjects are kept, so no id is used again.
        if seen.setdefault(id(subject), index) != index:
            problem = f"returned the same object for subjects {seen[id(subject)]} and {index}: {subject!r}"
            raise ModelError("subject_factory.create", f"{problem}. Hint: return a new object from each call")
        subjects.append(subject)
    return Subjects(subjects, [state] * count)


class SubjectsStates(Mapping[Any, str]):
    """A live mapping from each subject to its state; subjects are compared by identity and need not be hashable."""

    def __init__(self, population: Subjects, names: Sequence[str]) -> None:
        self._population = population
        self._names = names
        self._index: dict[int, int] = {}

    def __getitem__(self, subject: Any) -> str:
        if not self._index:
            self._index = {id(known): index for index, known in enumerate(self._population.subjects)}
        index = self._index.get(id(subject))
        if index is None:
            raise KeyError(subject)
        return self._names[self._population.states[index]]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._population.subjects)

    def __len__(self) -> int:
        return len(self._population.subjects)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({list(self.items())!r})"
