"""What a run can be expected to do: exact by algebra as far as that goes, by a sample where actions may reject."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import numpy as np

from doge_datagen.errors import CalculationError
from doge_datagen.forecast.algebra import algebraic_forecast
from doge_datagen.forecast.estimate import Estimate, estimate_by_counting, estimate_by_ratio
from doge_datagen.forecast.lints import may_be_blocked
from doge_datagen.forecast.sample import Sample, sample
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
from doge_datagen.model import ENDLESS, Spec
from doge_datagen.program.translation import program_of

ATTEMPTS = 500
"""Of each subject of a sample, about, where the run has no end."""
LONGEST = 2**20  # ticks of a sample, where the run has no end
SMALL = 20_000.0
"""What a sample may cost that is taken before each run, which takes plain Python about 20 ms."""
STATES = 100  # up to which the algebra of the chain takes no time worth mentioning


def forecast(spec: Spec, *, intervals: bool = True) -> Forecast:
    """What a run can be expected to do.

    Where no action may reject, figures are exact means, and a sample gives only their intervals. Where actions reject
    only transitions that lead back to their own state, nobody is anywhere else for that: the number of attempts is
    exact, and the sample says how many of them happen. Elsewhere all figures come from the sample.

    Args:
        spec: a model that is right.
        intervals: whether they are wanted; without them there is a sample only where actions may reject.

    Raises:
        CalculationError: something cannot be calculated.
    """
    expected = algebraic_forecast(spec)
    if not intervals and not expected.may_be_blocked:
        return expected
    program = program_of(spec)
    if expected.ticks is None:
        ticks = _ticks_of_sample(expected)
        program = replace(program, spec=replace(spec, clock=replace(spec.clock, ticks=ticks)))
    return with_sample(expected, spec, sample(program))


def with_sample(expected: Forecast, spec: Spec, taken: Sample) -> Forecast:
    """What can be expected by algebra, put right by a sample of the same run.

    Args:
        expected: as if no action rejected anything.
        spec: the model.
        taken: the sample.
    """
    made = _Corrected(expected, spec, taken)
    return replace(
        expected,
        states=made.states(),
        transitions=tuple(made.transition(number, it) for number, it in enumerate(expected.transitions)),
        streams=tuple(made.stream(it) for it in expected.streams),
        events=made.amount(expected.events, range(len(expected.transitions))),
        sampled=Sampled(taken.subjects, taken.ticks, taken.complete, made.gives),
    )


class _Corrected:
    """The parts of what is expected, corrected by a sample."""

    def __init__(self, expected: Forecast, spec: Spec, taken: Sample) -> None:
        self._expected, self._spec, self._taken = expected, spec, taken
        rejecting = [may_be_blocked(it) for it in spec.transitions]
        self._may_reject = np.array(rejecting, dtype=np.bool_)
        pairs = zip(rejecting, spec.transitions, strict=True)
        self._moves_as_said = not any(may and it.from_state != it.to_state for may, it in pairs)
        self._estimate = self._estimated()
        self.gives = INTERVALS if not any(rejecting) else REJECTED if self._moves_as_said else EVERYTHING

    def _estimated(self) -> Estimate:
        expected, taken = self._expected, self._taken
        ticks = expected.ticks if expected.ticks is not None else HOUR * 1000 / expected.tick_ms
        part = taken.ticks / ticks if ticks else 0.0
        each = np.array([it.events.told for it in expected.transitions], dtype=np.float64) / expected.subjects
        if self._moves_as_said:
            return estimate_by_ratio(taken, part, each, self._may_reject)
        return estimate_by_counting(taken, part, each > 0)

    def amount(self, before: Amount, transitions: range | list[int]) -> Amount:
        """How many events these transitions have."""
        expected = self._expected
        count, low, high = self._estimate.interval(list(transitions), expected.subjects)
        lasting = self._lasting(before, transitions)
        if expected.ticks is None:
            per_second = count / HOUR
            return Amount(None, per_second * expected.tick_ms / 1000, per_second, lasting, low, high)
        per_tick = count / max(expected.ticks, 1)
        return Amount(count, per_tick, per_tick * 1000 / expected.tick_ms, lasting, low, high)

    def _lasting(self, before: Amount, transitions: range | list[int]) -> float | None:
        """In the steady state, where that is known: a sample of a run with an end has no such state."""
        if not before.long_run or not self._may_reject.any():
            return before.long_run
        if not self._moves_as_said:
            return None
        rates = [self._expected.transitions[it].events.long_run or 0.0 for it in transitions]
        return float(np.dot(rates, self._estimate.happening[list(transitions)]))

    def transition(self, number: int, it: ExpectedTransition) -> ExpectedTransition:
        """A transition with what happens of it."""
        tried, rejected = int(self._taken.attempts[:, number].sum()), None
        if tried or not self._may_reject[number]:
            rejected = 1 - float(self._estimate.happening[number])
        return replace(it, events=self.amount(it.events, [number]), rejected=rejected, tried=tried)

    def stream(self, it: ExpectedStream) -> ExpectedStream:
        """A stream with what it gets."""
        feeding = [number for number, way in enumerate(self._spec.transitions) if it.name in way.emit]
        return replace(it, records=self.amount(it.records, feeding))

    def states(self) -> tuple[ExpectedState, ...]:
        """The states; as they were where rejecting leaves everybody where the algebra says."""
        if not self._may_reject.any():
            return self._expected.states
        return tuple(self._state(number, it) for number, it in enumerate(self._expected.states))

    def _state(self, number: int, it: ExpectedState) -> ExpectedState:
        spec, taken, tick_ms = self._spec, self._taken, self._expected.tick_ms
        leaving = [way for way, found in enumerate(spec.transitions) if found.from_state == it.name]
        dwell = self._ticks_until(leaving, number, it.dwell)
        if self._moves_as_said:
            return replace(it, dwell=dwell, dwell_ms=dwell * tick_ms)
        elsewhere = [way for way in leaving if spec.transitions[way].to_state != it.name]
        coming = [way for way, to in enumerate(spec.transitions) if to.to_state == it.name != to.from_state]
        stay = self._ticks_until(elsewhere, number, it.stay)
        share = float(taken.spent[:, number].sum() / max(taken.spent.sum(), 1))
        visits = it.visits
        if visits is not None:
            starting = spec.initial.get(it.name, 0.0) / sum(spec.initial.values())
            visits = starting + self._estimate.interval(coming, self._expected.subjects)[0] / self._expected.subjects
        stay_ms, dwell_ms = stay * tick_ms, dwell * tick_ms
        return replace(it, dwell=dwell, dwell_ms=dwell_ms, stay=stay, stay_ms=stay_ms, share=share, visits=visits)

    def _ticks_until(self, ways: list[int], state: int, otherwise: float) -> float:
        """Ticks spent in a state for each event of these transitions; what was not seen is as the algebra says."""
        events, spent = self._taken.events[:, ways].sum(), self._taken.spent[:, state].sum()
        if events:
            return max(1.0, float(spent / events))
        return inf if spent and otherwise < spent / 20 else otherwise


def attempts_per_tick(spec: Spec) -> float:
    """Attempts of all subjects in a tick, in the mean over the run: whatever comes of them, they take time.

    By algebra where nothing may be rejected and there are not very many states, else by a small sample; without it,
    where something cannot be calculated, infinity.

    Args:
        spec: a model that is right.
    """
    known = algebraic_forecast(spec) if len(spec.states) <= STATES else None
    if known is not None and not known.may_be_blocked:
        return known.events.per_tick
    ticks = spec.clock.ticks if spec.clock.ticks < ENDLESS else _ticks_of_sample(known)
    program = program_of(replace(spec, clock=replace(spec.clock, ticks=ticks)))
    try:
        taken = sample(program, SMALL)
    except CalculationError:  # which the run will come upon too
        return inf
    return float(taken.attempts.sum()) / taken.subjects / max(taken.ticks, 1) * spec.subjects.count


def _ticks_of_sample(expected: Forecast | None) -> int:
    each = 0.0 if expected is None else expected.events.per_tick / expected.subjects
    return max(1, min(LONGEST, int(ATTEMPTS / each) if each else LONGEST))
