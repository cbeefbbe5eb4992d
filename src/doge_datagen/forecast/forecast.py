"""Forecast a run: by algebra where that is exact, by a sample where actions may reject transitions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import inf

import numpy as np

from doge_datagen.engine.arriving.arrivals import ExpectedArrivals
from doge_datagen.errors import CalculationError
from doge_datagen.forecast.action_analysis import rejected_triggers, rejecting
from doge_datagen.forecast.algebraic_forecast import algebraic_forecast
from doge_datagen.forecast.estimate import Estimate, estimate_by_counting, estimate_by_ratio
from doge_datagen.forecast.expected_incidents import with_incidents
from doge_datagen.forecast.sample import (
    COST,
    RecordColumns,
    Sample,
    estimated_streams,
    expected_subjects,
    sample,
    with_records,
)
from doge_datagen.forecast.sampled_forecast import sampled_forecast
from doge_datagen.forecast.several_populations import sample_family, together
from doge_datagen.forecast.values import (
    EVERYTHING,
    HOUR,
    INTERVALS,
    REJECTED,
    Amount,
    ExpectedState,
    ExpectedStream,
    ExpectedTransition,
    Forecast,
    Sampled,
)
from doge_datagen.model import ENDLESS, Clock
from doge_datagen.program.compilation import with_clock
from doge_datagen.program.fault_messages import fault_of_population
from doge_datagen.program.program import Program
from doge_datagen.program.spawning.lineage import families
from doge_datagen.program.tables.reference_table import ReferenceTable
from doge_datagen.program.time.checks import LAST_MOMENT

ATTEMPTS = 500
"""Approximate number of attempts per sampled subject if the run has no end."""
WEEK = 7 * 86_400_000
"""Milliseconds of a sample of a run without end, if things happen at any moment."""
LONGEST = 2**20  # maximum ticks of a sample if the run has no end
SMALL = 20_000.0
"""Cost of the sample taken before each run; plain Python takes about 20 ms for it."""
SHORTENED = 16
"""Divides the length of a run again and again, until some roots and all who descend from them can be walked."""
STATES = 100  # up to here, solving the chain takes negligible time


def forecast(program: Program, *, intervals: bool = True, cost: float = COST) -> Forecast:
    """Forecast what a run will produce.

    If no action may reject, the figures are exact means, and a sample gives only their intervals. If only transitions
    that lead back to their own state may be rejected, rejections do not change where subjects are: the number of
    attempts is exact, and the sample gives the share that succeed. Otherwise all figures come from the sample.

    Args:
        program: the model.
        intervals: whether to calculate intervals; if not, a sample is taken only if actions may reject.
        cost: approximate cost limit of the sample, as :func:`~doge_datagen.forecast.sample.sample` takes it.

    Raises:
        CalculationError: an expression cannot be calculated.
    """
    expected = _with_tables(_of_events(program, intervals=intervals, cost=cost), program)
    return with_incidents(expected, program)


def _of_events(program: Program, *, intervals: bool, cost: float) -> Forecast:
    spec = program.spec
    if program.parts:
        each: dict[int, Forecast] = {}
        for numbers in families(spec.populations):
            family = [program.parts[number] for number in numbers]
            # A family is walked as one, and gets the shares of all its populations.
            share = cost * len(family) / len(program.parts)
            each |= zip(numbers, _family(program, family, intervals=intervals, cost=share), strict=True)
        return together(spec, [each[number] for number in range(len(each))])
    if spec.population.is_timed:
        finite = with_clock(program, _finite(spec.clock, None))
        simulated = finite.with_warm_up()
        # With the warm-up and without: the difference arrives before the start.
        everybody, arriving = (ExpectedArrivals(it).count for it in (simulated, finite))
        return sampled_forecast(program, sample(simulated, cost), arriving, everybody - arriving)
    expected = replace(algebraic_forecast(spec), may_be_rejected=rejected_triggers(program))
    # The algebra is exact then, and only the intervals would need a sample.
    if not intervals and not expected.may_be_rejected and not estimated_streams(program):
        return expected
    if expected.ticks is None:
        program = with_clock(program, _finite(spec.clock, expected))
    return with_sample(expected, program, sample(program.with_warm_up(), cost))


def _family(whole: Program, family: Sequence[Program], *, intervals: bool, cost: float) -> Iterator[Forecast]:
    """The forecast of a population that nobody spawns, and those of its descendants."""
    root, *others = family
    yield _part(root, intervals=intervals, cost=cost / len(family))
    if not others:
        return
    taken, arriving, before = _sampled_family(whole, family, cost)
    for it in others:
        sampled = taken[it.spec.population.name]
        yield with_incidents(sampled_forecast(it, sampled, arriving, before, root.spec.population), it)


def _sampled_family(
    whole: Program, family: Sequence[Program], cost: float, part: int = 1
) -> tuple[dict[str, Sample], float, float]:
    """A sample of a family, and how many of its roots are expected to arrive during it, and before it in a warm-up.

    Args:
        whole: the model.
        family: the programs of the populations, parents first.
        cost: approximate cost limit.
        part: by what the length of the run is divided.
    """
    finite = [with_clock(it, _shortened(_finite(it.spec.clock, None), part)) for it in family]
    within = [it.with_warm_up() for it in finite]
    everybody, arriving = (ExpectedArrivals(it[0]).count for it in (within, finite))
    roots = max(1, family[0].spec.population.at_start + round(everybody))
    taken = sample_family(whole, within, roots, cost)
    if not all(it.complete for it in taken.values()) and finite[0].spec.clock.ticks > SHORTENED:
        # Descendants are walked after their root: if it takes up the cost alone, the sample would have none of them.
        taken, arriving, before = _sampled_family(whole, family, cost, part * SHORTENED)
        return {name: replace(it, complete=False) for name, it in taken.items()}, arriving, before
    return taken, arriving, everybody - arriving


def _with_tables(expected: Forecast, program: Program) -> Forecast:
    """The forecast with the rows of tables that feed streams, which are records at the start of the run."""
    made = {it.emit: _rows(it, expected) for it in program.tables.values() if it.emit is not None}
    return replace(expected, streams=tuple(made.get(it.name, it) for it in expected.streams)) if made else expected


def _rows(table: ReferenceTable, expected: Forecast) -> ExpectedStream:
    amount = Amount(None if expected.ticks is None else float(table.count), 0.0, 0.0, 0.0)
    return ExpectedStream(f"{table.emit}", (f"table {table.name}",), amount)


def _part(program: Program, *, intervals: bool, cost: float) -> Forecast:
    """The forecast of one of several populations, whose errors name it."""
    try:
        return forecast(program, intervals=intervals, cost=cost)
    except CalculationError as fault:
        raise fault_of_population(program.spec.population.name, fault) from None


def with_sample(expected: Forecast, program: Program, taken: Sample) -> Forecast:
    """Correct a forecast by algebra with a sample of the same run.

    Args:
        expected: the forecast that assumes no rejections, and one record of each event in each stream that it feeds.
        program: the model.
        taken: the sample.
    """
    made = _Corrected(expected, program, taken)
    return replace(
        expected,
        states=made.states(),
        transitions=tuple(made.transition(number, it) for number, it in enumerate(expected.transitions)),
        streams=tuple(made.stream(it) for it in expected.streams),
        events=made.amount(expected.events, range(len(expected.transitions))),
        sampled=Sampled(taken.subjects, taken.ticks, taken.complete, made.gives),
        estimated=estimated_streams(program),
    )


class _Corrected:
    """The parts of a forecast, corrected by a sample."""

    def __init__(self, expected: Forecast, program: Program, taken: Sample) -> None:
        population = program.spec.population
        self._expected, self._program, self._population, self._taken = expected, program, population, taken
        self._columns = RecordColumns(program)
        may_reject = rejecting(program)
        self._may_reject = np.array(may_reject, dtype=np.bool_)
        pairs = zip(may_reject, population.transitions, strict=True)
        self._moves_unaffected = not any(may and it.from_state != it.to_state for may, it in pairs)
        self._estimate = self._estimated()
        self.gives = INTERVALS if not any(may_reject) else REJECTED if self._moves_unaffected else EVERYTHING

    @property
    def _ways(self) -> list[int]:
        """By column of a sample with records, the transition that they are of."""
        return [*range(len(self._expected.transitions)), *(way for way, _ in self._taken.varying)]

    def _estimated(self) -> Estimate:
        expected, taken = self._expected, self._taken
        ticks = expected.ticks if expected.ticks is not None else HOUR * 1000 / expected.tick_ms
        part = taken.ticks / ticks if ticks else 0.0
        each = np.array([expected.transitions[way].events.per_run_or_hour for way in self._ways], dtype=np.float64)
        # Algebra gives figures of the run, the estimate wants those of one subject.
        each /= expected.subjects
        if self._moves_unaffected:
            varies = np.append(self._may_reject, np.ones(len(taken.varying), dtype=np.bool_))
            return estimate_by_ratio(with_records(taken), part, each, varies)
        return estimate_by_counting(with_records(taken), part, each > 0)

    def amount(self, before: Amount, transitions: range | list[int]) -> Amount:
        """The number of events of these transitions."""
        expected = self._expected
        count, low, high = self._estimate.interval(list(transitions), expected.subjects)
        steady = self._steady_state(before, transitions)
        if expected.ticks is None:
            per_second = count / HOUR
            return Amount(None, per_second * expected.tick_ms / 1000, per_second, steady, low, high)
        per_tick = count / max(expected.ticks, 1)
        return Amount(count, per_tick, per_tick * 1000 / expected.tick_ms, steady, low, high)

    def _steady_state(self, before: Amount, transitions: range | list[int]) -> float | None:
        """Events per tick in steady state, or None if unknown, as a sample of a finite run does not show it."""
        if not before.long_run or not (self._may_reject.any() or self._taken.varying):
            return before.long_run
        if not self._moves_unaffected:
            return None
        rates = [self._expected.transitions[self._ways[it]].events.long_run or 0.0 for it in transitions]
        return float(np.dot(rates, self._estimate.happening[list(transitions)]))

    def transition(self, number: int, it: ExpectedTransition) -> ExpectedTransition:
        """A transition with its number of events and rejections."""
        attempts, rejected = int(self._taken.attempts[:, number].sum()), None
        if attempts or not self._may_reject[number]:
            rejected = 1 - float(self._estimate.happening[number])
        return replace(it, events=self.amount(it.events, [number]), rejected=rejected, attempts=attempts)

    def stream(self, it: ExpectedStream) -> ExpectedStream:
        """A stream with its number of records."""
        ways = self._population.transitions
        feeding = [number for number, way in enumerate(ways) if it.name in way.emit]
        recorded = {ways[number].trigger for number in feeding if self._columns.is_fed(it.name, number)}
        fed_by = tuple(trigger for trigger in it.fed_by if trigger in recorded)
        return replace(it, fed_by=fed_by, records=self.amount(it.records, self._columns.of(it.name, feeding)))

    def states(self) -> tuple[ExpectedState, ...]:
        """The states, unchanged if nothing may be rejected."""
        if not self._may_reject.any():
            return self._expected.states
        return tuple(self._state(number, it) for number, it in enumerate(self._expected.states))

    def _state(self, number: int, it: ExpectedState) -> ExpectedState:
        population, taken, tick_ms = self._population, self._taken, self._expected.tick_ms
        leaving = [way for way, found in enumerate(population.transitions) if found.from_state == it.name]
        dwell = self._ticks_until(leaving, number, it.dwell)
        if self._moves_unaffected:
            return replace(it, dwell=dwell, dwell_ms=dwell * tick_ms)
        elsewhere = [way for way in leaving if population.transitions[way].to_state != it.name]
        coming = [way for way, to in enumerate(population.transitions) if to.to_state == it.name != to.from_state]
        stay = self._ticks_until(elsewhere, number, it.stay)
        share = float(taken.spent[:, number].sum() / max(taken.spent.sum(), 1))
        visits = it.visits
        if visits is not None:
            starting = population.initial.get(it.name, 0.0) / sum(population.initial.values())
            visits = starting + self._estimate.interval(coming, self._expected.subjects)[0] / self._expected.subjects
        stay_ms, dwell_ms = stay * tick_ms, dwell * tick_ms
        return replace(it, dwell=dwell, dwell_ms=dwell_ms, stay=stay, stay_ms=stay_ms, share=share, visits=visits)

    def _ticks_until(self, ways: list[int], state: int, otherwise: float) -> float:
        """Ticks spent in a state per event of these transitions; if there was none, what the algebra says."""
        events, spent = self._taken.events[:, ways].sum(), self._taken.spent[:, state].sum()
        if events:
            return max(1.0, float(spent / events))
        # None in 20 times the mean time would have a probability of exp(-20) by chance: its action rejects it always.
        return inf if spent and otherwise < spent / 20 else otherwise


def attempts_per_tick(program: Program) -> float:
    """Mean attempts per tick of all subjects, over the run; rejected ones count, since they take time too.

    Calculated by algebra if nothing may be rejected and there are few states, else from a small sample. Infinity if the
    sample meets an expression that cannot be calculated.

    Args:
        program: the model.
    """
    spec = program.spec
    # Eliminations take time that grows with the third power of the number of states.
    known = algebraic_forecast(spec) if len(spec.population.states) <= STATES and not spec.population.is_timed else None
    if known is not None and not any(rejecting(program)):
        return known.events.per_tick
    finite = with_clock(program, _finite(spec.clock, known))
    try:
        taken = sample(finite, SMALL)
    except CalculationError:  # the run will report it
        return inf
    return _attempts(taken) * expected_subjects(finite)


def spawned_attempts_per_tick(program: Program) -> dict[str, float]:
    """By population whose subjects are spawned, the mean attempts per tick of all of them, from a small sample.

    Infinity if the sample meets an expression that cannot be calculated. Where few roots spawn most of the subjects,
    such a sample may have none of these roots, and then the attempts are underestimated.

    Args:
        program: a model of several populations.
    """
    found: dict[str, float] = {}
    for numbers in families(program.spec.populations):
        root, *others = [_within(program.parts[number]) for number in numbers]
        if others:
            try:
                found |= _descendants_attempts(program, [root, *others])
            except CalculationError:  # the run will report it
                found |= dict.fromkeys((it.spec.population.name for it in others), inf)
    return found


def _descendants_attempts(whole: Program, family: list[Program]) -> dict[str, float]:
    """The attempts per tick of the descendants of all roots, or of a run so short that some roots can be walked."""
    root, clock = family[0], family[0].spec.clock
    roots = max(1, root.spec.population.at_start + round(ExpectedArrivals(root).count))
    taken = sample_family(whole, family, roots, SMALL)
    if all(it.complete for it in taken.values()) or clock.ticks <= SHORTENED:
        return {name: _attempts(it) * roots for name, it in taken.items()}
    return _descendants_attempts(whole, [with_clock(it, _shortened(it.spec.clock, SHORTENED)) for it in family])


def _shortened(clock: Clock, part: int) -> Clock:
    return replace(clock, ticks=max(1, clock.ticks // part))


def _within(program: Program) -> Program:
    """The program with its warm-up, and with an end if the run has none."""
    return with_clock(program, _finite(program.spec.clock, None)).with_warm_up()


def _attempts(taken: Sample) -> float:
    """Mean attempts per tick and subject of a sample."""
    return float(taken.attempts.sum()) / max(taken.subjects, 1) / max(taken.ticks, 1)


def _finite(clock: Clock, expected: Forecast | None) -> Clock:
    """The clock of a sample, with an end if the run has none."""
    if clock.ticks < ENDLESS:
        return clock
    if clock.tick_ms == 1:
        return replace(clock, ticks=clock.warm_up_ticks + WEEK)
    each = 0.0 if expected is None else expected.events.per_tick / expected.subjects
    # Beyond the year 9999 the sample would fail, although the run itself may never get there.
    room = (LAST_MOMENT - clock.start) // clock.tick_ms
    ticks = max(1, min(LONGEST, room, int(ATTEMPTS / each) if each else LONGEST))
    return replace(clock, ticks=clock.warm_up_ticks + ticks)
