"""The results of a forecast, as dataclasses."""

from __future__ import annotations

from dataclasses import dataclass

from doge_datagen.errors import Problem
from doge_datagen.model.population_paths import in_population

HOUR = 3600  # seconds
INTERVALS, REJECTED, EVERYTHING = "intervals", "rejected", "everything"
"""Which figures of a forecast come from a sample."""


@dataclass(frozen=True, slots=True)
class ExpectedState:
    """The forecast of a state; means over subjects.

    Attributes:
        name: name of the state.
        reachable: whether subjects can ever be in it.
        final: whether no transition leaves it.
        dwell: ticks until the next transition, including those that lead back to it; 1 or more, infinity if final.
        dwell_ms: the same in milliseconds of event time.
        stay: ticks until a subject is in another state; infinity if it never is.
        stay_ms: the same in milliseconds of event time.
        share: share of subjects in it in steady state, 0 to 1; averaged over time if the share oscillates.
        visits: how often a subject starts in it or enters it from another state over the run; None if endless.
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
    """A number of events or records, of all subjects together.

    Attributes:
        total: over the run; None if it is endless.
        per_tick: mean over the run's ticks; in steady state if it is endless.
        per_second: the same per second of event time.
        long_run: per tick in steady state; None if unknown.
        low: lower end of the range that 95 of 100 runs are in, over the run, or per hour if it is endless; None if
            unknown.
        high: upper end of that range.
    """

    total: float | None
    per_tick: float
    per_second: float
    long_run: float | None
    low: float | None = None
    high: float | None = None

    @property
    def per_run_or_hour(self) -> float:
        """The total over the run, or the number per hour if it is endless."""
        return self.per_second * HOUR if self.total is None else self.total


@dataclass(frozen=True, slots=True)
class ExpectedTransition:
    """The forecast of a transition.

    Attributes:
        trigger: name of the transition.
        from_state: the state it leaves.
        to_state: the state it leads to.
        probability: per tick, in percent; None if it happens at any moment.
        emit: the streams it feeds.
        events: number of events.
        rejected: share of attempts that its action rejects, 0 to 1; None if unknown.
        attempts: number of attempts in the sample.
        cause: when it happens, such as ``0.1 %`` or ``rate 3/d``.
        in_matrix: whether it is a cell of a matrix.
    """

    trigger: str
    from_state: str
    to_state: str
    probability: float | None
    emit: tuple[str, ...]
    events: Amount
    rejected: float | None = None
    attempts: int = 0
    cause: str = ""
    in_matrix: bool = False


@dataclass(frozen=True, slots=True)
class ExpectedStream:
    """The forecast of a stream.

    Attributes:
        name: name of the stream.
        fed_by: triggers of the transitions that feed it and can happen.
        records: number of records.
    """

    name: str
    fed_by: tuple[str, ...]
    records: Amount


@dataclass(frozen=True, slots=True)
class NeverRead:
    """A name that an action sets and does not read.

    Attributes:
        transition: position of the transition in the model, from 0; None for the arrival of a subject.
        trigger: name of the transition.
        name: the name; not an attribute, so nothing else reads it.
        line: line number from 1, in ``file``, or in the action's text if ``file`` is empty.
        column: column number from 1, likewise.
        file: name of the file with the action, if it is a function or the model comes from a file.
        population: name of the population, if there are several.
    """

    transition: int | None
    trigger: str
    name: str
    line: int
    column: int
    file: str = ""
    population: str | None = None

    @property
    def path(self) -> tuple[str | int, ...]:
        """The path of the action in the model."""
        return self._path(self.transition)

    @property
    def shown_path(self) -> tuple[str | int, ...]:
        """The path of the action, with the transition's trigger."""
        return self._path(None if self.transition is None else self.trigger)

    def _path(self, transition: int | str | None) -> tuple[str | int, ...]:
        path = ("subjects", "arrive", "do") if transition is None else ("transitions", transition, "do")
        return path if self.population is None else in_population(self.population, path)


@dataclass(frozen=True, slots=True)
class Sampled:
    """The extent of the sample that figures or their intervals come from.

    Attributes:
        subjects: number of simulated subjects; more than the run has if some were simulated with several seeds.
        ticks: number of simulated ticks.
        complete: False if even one subject over all ticks would have cost too much.
        gives: what comes from it: only the ``intervals`` if nothing may be rejected; the ``rejected`` share of attempts
            if rejections do not change where subjects are; otherwise ``everything``.
        roots: of a population that is spawned, the population whose subjects these are; everybody who descends from
            them was simulated, too.
    """

    subjects: int
    ticks: int
    complete: bool
    gives: str
    roots: str = ""


@dataclass(frozen=True, slots=True)
class ExpectedRhythm:
    """A rhythm over a week without holidays, periods and growth.

    Attributes:
        name: its name.
        zone: its time zone.
        factors: its mean factor in each of the 168 hours of the week, from monday on.
    """

    name: str
    zone: str
    factors: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ExpectedWeek:
    """When in the week a stream of a model with rhythms gets its records.

    Attributes:
        name: name of the stream.
        zone: the time zone of the hours.
        records: records per hour in each of the 168 hours of the week, from monday on; None for hours that do not come.
    """

    name: str
    zone: str
    records: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class ExpectedIncident:
    """An incident of a run.

    Attributes:
        name: its name.
        happens: how often it happens, in all its histories together.
        share: the share of time in which it is under way, 0 to 1; the mean of its histories.
    """

    name: str
    happens: Amount
    share: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """The forecast of a run.

    Attributes:
        model: name of the model.
        subjects: number of subjects.
        subject: what a subject is called.
        ticks: number of ticks; None for a run without end.
        tick_ms: length of a tick in milliseconds.
        states: in the model's order.
        transitions: in the model's order.
        streams: in the model's order.
        events: events of all transitions together.
        traps: sets of reachable states that can only be left for one another; excludes final states, and the set of all
            reachable states.
        may_be_rejected: triggers whose actions may reject. Without a sample, the figures assume that none does; if one
            does, it has fewer events, and whatever follows from them may differ.
        never_read: names that actions set and never read.
        doubtful: other parts of the model that are valid but look unintended, each with its location.
        meant_as_final: the states that the model declares final.
        sampled: the extent of the sample; None if there is none.
        estimated: the streams of which events do not always make one record; how many, comes from a sample.
        rhythms: in the model's order.
        weeks: of each stream, if the model has rhythms.
        incidents: in the model's order.
        arriving: how many of the subjects arrive while the run goes on; None if all are there from the start.
        arriving_per_hour: the same per hour of event time.
        spawned: how many of the subjects are spawned; None if none are.
        spawned_per_hour: the same per hour of event time.
        populations: where there are several populations, the forecast of each; the other attributes are then about all
            of them together, and states are named behind their population.
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
    may_be_rejected: tuple[str, ...]
    never_read: tuple[NeverRead, ...] = ()
    doubtful: tuple[Problem, ...] = ()
    meant_as_final: tuple[str, ...] = ()
    sampled: Sampled | None = None
    estimated: tuple[str, ...] = ()
    rhythms: tuple[ExpectedRhythm, ...] = ()
    weeks: tuple[ExpectedWeek, ...] = ()
    incidents: tuple[ExpectedIncident, ...] = ()
    arriving: float | None = None
    arriving_per_hour: float | None = None
    spawned: float | None = None
    spawned_per_hour: float | None = None
    populations: tuple[Forecast, ...] = ()

    @property
    def unreachable(self) -> tuple[str, ...]:
        """The states that cannot be reached from the initial states."""
        return tuple(state.name for state in self.states if not state.reachable)

    @property
    def final(self) -> tuple[str, ...]:
        """The reachable states that no transition leaves."""
        return tuple(state.name for state in self.states if state.final and state.reachable)
