"""What can be expected of a model, as values."""

from __future__ import annotations

from dataclasses import dataclass

from doge_datagen.errors import Problem

HOUR = 3600  # seconds
INTERVALS, REJECTED, EVERYTHING = "intervals", "rejected", "everything"
"""What may come from a sample."""


@dataclass(frozen=True, slots=True)
class ExpectedState:
    """One state; means over subjects.

    Attributes:
        name: of the state.
        reachable: whether subjects can ever be in it.
        final: whether no transition leaves it.
        dwell: ticks until the next transition, also one that leads back to it; 1 or more, infinity where it is final.
        dwell_ms: the same in milliseconds of event time.
        stay: ticks until a subject is in another state; infinity where it never is.
        stay_ms: the same in milliseconds of event time.
        share: of all subjects, how many are in it in the long run, 0 to 1; the mean over time where shares swing.
        visits: how often a subject starts in it or comes into it from another state over the run; None if endless.
    """

    name: str
    reachable: bool
    final: bool
    dwell: float
    dwell_ms: float
    stay: float
    stay_ms: float
    share: float
    visits: float | None


@dataclass(frozen=True, slots=True)
class Amount:
    """How many events or records there will be, of all subjects together.

    Attributes:
        total: over the run; None where it is endless.
        per_tick: mean over the run's ticks; where it is endless, in the steady state.
        per_second: the same per second of event time.
        long_run: per tick in the steady state; None where that is unknown.
        low: of 95 in 100 runs there are at least so many, over the run, or in an hour where it is endless; None where
            that is unknown.
        high: the same, at most so many.
    """

    total: float | None
    per_tick: float
    per_second: float
    long_run: float | None
    low: float | None = None
    high: float | None = None

    @property
    def told(self) -> float:
        """Over the run; in an hour where it is endless."""
        return self.per_second * HOUR if self.total is None else self.total


@dataclass(frozen=True, slots=True)
class ExpectedTransition:
    """One transition.

    Attributes:
        trigger: of the transition.
        from_state: where it begins.
        to_state: where it leads.
        probability: per tick, in percent.
        emit: the streams it feeds.
        events: how many it gives.
        rejected: of the attempts, the share that its action rejects, 0 to 1; None where that is unknown.
        tried: attempts in the sample.
    """

    trigger: str
    from_state: str
    to_state: str
    probability: float
    emit: tuple[str, ...]
    events: Amount
    rejected: float | None = None
    tried: int = 0


@dataclass(frozen=True, slots=True)
class ExpectedStream:
    """One stream and how many records it gets.

    Attributes:
        name: of the stream.
        fed_by: triggers that feed it, of transitions that can happen.
        records: how many it gets.
    """

    name: str
    fed_by: tuple[str, ...]
    records: Amount


@dataclass(frozen=True, slots=True)
class NeverRead:
    """A name that an action sets and does not read.

    Attributes:
        transition: its number in the model.
        trigger: of the transition.
        name: the name; no attribute, so nobody else reads it.
        line: from 1 on: in the action's text as long as ``file`` is empty, else in the file.
        column: as ``line``.
        file: where the action is a function, or the model comes from a file, that file's name.
    """

    transition: int
    trigger: str
    name: str
    line: int
    column: int
    file: str = ""


@dataclass(frozen=True, slots=True)
class Sampled:
    """The sample that figures come from, or their intervals.

    Attributes:
        subjects: how many were simulated; more than the run has where some were simulated with several seeds.
        ticks: over which they were simulated.
        complete: False where one subject over all ticks would have cost too much.
        gives: what comes from it: the ``intervals`` alone, where nothing may be rejected; the ``rejected`` share of
            attempts, where rejecting leaves everybody in the same state; or ``everything``.
    """

    subjects: int
    ticks: int
    complete: bool
    gives: str


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a model can be expected to do.

    Attributes:
        model: its name.
        subjects: how many subjects there are.
        subject: what one of them is called.
        ticks: how many ticks there are; None for a run without an end.
        tick_ms: length of a tick in milliseconds.
        states: in the model's order.
        transitions: in the model's order.
        streams: in the model's order.
        events: of all transitions.
        traps: sets of states that are reached, can be left for one another and for nothing else; a final state is none,
            nor are all reachable states together.
        may_be_blocked: triggers whose actions may reject. Where there is no sample, figures are as if none did: where
            one does, there are fewer events of it, and everything that follows from them may be different.
        never_read: names that actions set and do not read.
        meant_as_final: the states that the model calls final.
        doubtful: what else of the model is right and may not be meant so, each at its place.
        sampled: the sample; None where there is none.
    """

    model: str
    subjects: int
    subject: str
    ticks: int | None
    tick_ms: int
    states: tuple[ExpectedState, ...]
    transitions: tuple[ExpectedTransition, ...]
    streams: tuple[ExpectedStream, ...]
    events: Amount
    traps: tuple[tuple[str, ...], ...]
    may_be_blocked: tuple[str, ...]
    never_read: tuple[NeverRead, ...] = ()
    doubtful: tuple[Problem, ...] = ()
    meant_as_final: tuple[str, ...] = ()
    sampled: Sampled | None = None

    @property
    def unreachable(self) -> tuple[str, ...]:
        """The states that nothing leads to from where subjects start."""
        return tuple(state.name for state in self.states if not state.reachable)

    @property
    def final(self) -> tuple[str, ...]:
        """The states that subjects can get into, and that no transition leaves."""
        return tuple(state.name for state in self.states if state.final and state.reachable)
