"""Forecast a model in which things happen at any moment, from a sample of its subjects over all of the time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from math import inf
from typing import Any

import numpy as np
import numpy.typing as npt

from doge_datagen.forecast.action_analysis import names_never_read, rejected_triggers
from doge_datagen.forecast.estimate import Estimate, estimate_by_counting
from doge_datagen.forecast.markov_chain import closed_classes, led_to
from doge_datagen.forecast.sample import RecordColumns, Sample, estimated_streams, with_records
from doge_datagen.forecast.values import (
    EVERYTHING,
    HOUR,
    Amount,
    ExpectedState,
    ExpectedStream,
    ExpectedTransition,
    Forecast,
    Sampled,
)
from doge_datagen.forecast.weekly_charts import expected_rhythms, expected_weeks
from doge_datagen.model import ENDLESS, Population
from doge_datagen.program.program import Program
from doge_datagen.program.time.timing import OUTSIDE, PROBABILITY, RATE, WEIGHT

Bools = npt.NDArray[np.bool_]


def sampled_forecast(
    program: Program, taken: Sample, arriving: float, before: float = 0.0, root: Population | None = None
) -> Forecast:
    """Forecast a run of a timed program.

    Args:
        program: the model; a run without end is forecast per hour.
        taken: the sample.
        arriving: how many subjects are expected to arrive, besides those that are there initially; in a run without
            end, over the ticks of the sample.
        before: how many are expected to arrive during a warm-up.
        root: the population of its roots if the program is of a population that is spawned: then these numbers are of
            them, and so are the rows of the sample.
    """
    return _Sampled(program, taken, arriving, before, root).forecast()


class _Sampled:
    """The parts of a forecast that come from a sample."""

    def __init__(
        self, program: Program, taken: Sample, arriving: float, before: float, root: Population | None
    ) -> None:
        spec = program.spec
        self._roots = "" if root is None else root.name
        there = (root or spec.population).at_start
        self._subjects, self._arriving_now = there + before + arriving, arriving
        self._program, self._spec, self._taken = program, spec, taken
        self._ways, self._columns = program.ways, RecordColumns(program)
        self._ticks = spec.clock.ticks if spec.clock.ticks < ENDLESS else None
        # Of a run without end, figures are per hour.
        part = taken.ticks / (self._ticks or HOUR * 1000)
        counted = estimate_by_counting(with_records(taken), part, np.ones(1, dtype=np.bool_))
        self._estimate, self._shown = self._of_arrivals(counted, before + arriving)
        if program.depth and self._ticks is not None:
            self._shown /= part or 1.0  # the sample may be shorter than the run, and has those born during it
        moves = np.zeros((len(spec.population.states), len(spec.population.states)))
        self._possible = {number for number, it in enumerate(self._ways) if _can_happen(program, number)}
        for way in (self._ways[it] for it in sorted(self._possible) if self._ways[it].source != OUTSIDE):
            moves[way.source, way.source if way.target is None else way.target] = 1.0
        self._reach = led_to(moves)
        starts = [spec.population.states.index(state) for state in spec.population.initial]
        self._reached: Bools = np.asarray(self._reach[starts].any(axis=0))  # each state reaches itself

    def _of_arrivals(self, counted: Estimate, arriving: float) -> tuple[Estimate, float]:
        """The estimate with the variance of how many arrive, and how many subjects there are, now or later.

        In a run without end, the first arrivals belong to no hour.
        """
        coming = np.array([it.source == OUTSIDE for it in self._ways], dtype=np.bool_)
        # By the events that bring subjects in, since how many are spawned is known only from the sample.
        shown = max(self._subjects * float(self._taken.events[:, coming].sum()) / self._taken.subjects, 1.0)
        endless = self._ticks is None and not self._program.depth
        # Those who are there from the start arrive once, at its very beginning, which no later hour repeats.
        share = self._arriving_now / shown if endless else 1.0
        part = np.where([*coming, *(coming[way] for way, _ in self._taken.varying)], share, 1.0)
        each, weight, off = counted.each * part, counted.weight * part, counted.off * part
        found = replace(counted, each=each, weight=weight, off=off, arriving=arriving, of_newcomer=counted.each)
        return found, shown if coming.any() else self._subjects

    def forecast(self) -> Forecast:
        """The whole forecast."""
        spec = self._spec
        streams = tuple(self._stream(name) for name in spec.streams)
        return Forecast(
            model=spec.name,
            subjects=max(1, round(self._shown)),
            subject=spec.population.name,
            ticks=self._ticks,
            tick_ms=spec.clock.tick_ms,
            states=tuple(self._state(number) for number in range(len(spec.population.states))),
            transitions=tuple(self._transition(number) for number in range(len(self._ways))),
            streams=streams,
            events=self._amount(range(len(self._ways))),
            traps=self._traps(),
            may_be_rejected=rejected_triggers(self._program),
            never_read=names_never_read(spec.population),
            meant_as_final=tuple(spec.population.final),
            sampled=Sampled(self._taken.subjects, self._taken.ticks, self._taken.complete, EVERYTHING, self._roots),
            estimated=estimated_streams(self._program),
            rhythms=expected_rhythms(spec),
            weeks=expected_weeks(self._program, self._taken.ticks, self._taken.happened, streams),
            **self._arriving(),
        )

    def _arriving(self) -> dict[str, Any]:
        """How many arrive, where any do."""
        if self._spec.population.arrive is None:
            return {}
        hours, arriving = self._taken.ticks / HOUR / 1000, self._arriving_now
        if self._program.depth:
            return {"spawned": self._shown, "spawned_per_hour": self._shown / hours if hours else 0.0}
        return {"arriving": arriving, "arriving_per_hour": arriving / hours if hours else 0.0}

    def _amount(self, ways: Sequence[int]) -> Amount:
        count, low, high = self._estimate.interval(list(ways), self._subjects)
        if self._ticks is None:
            return Amount(None, count / HOUR / 1000, count / HOUR, None, low, high)
        per_tick = count / max(self._ticks, 1)
        return Amount(count, per_tick, per_tick * 1000, None, low, high)

    def _transition(self, number: int) -> ExpectedTransition:
        program = self._program
        transition = program.transitions[self._ways[number].transition]
        attempts = int(self._taken.attempts[:, number].sum())
        rejected = 1 - float(self._estimate.happening[number]) if attempts else None
        return ExpectedTransition(
            trigger=transition.trigger,
            from_state=program.ends["from_state"][number],
            to_state=program.ends["to_state"][number],
            probability=transition.percent,
            emit=tuple(transition.emit),
            events=self._amount([number]),
            rejected=rejected,
            attempts=attempts,
            cause=transition.cause_text,
            in_matrix=transition.in_matrix,
        )

    def _stream(self, name: str) -> ExpectedStream:
        feeding = [
            number
            for number, way in enumerate(self._ways)
            if name in self._program.transitions[way.transition].emit
            and number in self._possible
            and (way.source == OUTSIDE or self._reached[way.source])
            and self._columns.is_fed(name, number)
        ]
        triggers = dict.fromkeys(self._program.ends["trigger"][number] for number in feeding)
        return ExpectedStream(name, tuple(triggers), self._amount(self._columns.of(name, feeding)))

    def _state(self, number: int) -> ExpectedState:
        spec, taken = self._spec, self._taken
        leaving = [way for way, it in enumerate(self._ways) if it.source == number and way in self._possible]
        elsewhere = [way for way in leaving if self._ways[way].target not in (None, number)]
        coming = [way for way, it in enumerate(self._ways) if it.target == number != it.source]
        spent = float(taken.spent[:, number].sum())
        dwell, stay = (self._time_per_event(spent, ways) for ways in (leaving, elsewhere))
        visits = None
        if self._ticks is not None:
            people = spec.population
            starting = people.initial.get(people.states[number], 0.0) / sum(people.initial.values())
            visits = self._estimate.interval(coming, self._subjects)[0] / max(self._shown, 1.0)
            visits += starting if people.arrive is None else 0.0
        return ExpectedState(
            name=spec.population.states[number],
            reachable=bool(self._reached[number]),
            final=not leaving,
            dwell=dwell,
            dwell_ms=dwell,
            stay=stay,
            stay_ms=stay,
            share=spent / max(float(taken.spent.sum()), 1.0),
            visits=visits,
        )

    def _time_per_event(self, spent: float, ways: Sequence[int]) -> float:
        events = self._taken.events[:, list(ways)].sum() if ways else 0
        return max(1.0, spent / float(events)) if events else inf

    def _traps(self) -> tuple[tuple[str, ...], ...]:
        left = {self._ways[way].source for way in self._possible}
        classes = [it for it in closed_classes(self._reach) if self._reached[it[0]] and it[0] in left]
        traps = [it for it in classes if len(it) < self._reached.sum()]
        return tuple(tuple(self._spec.population.states[state] for state in it) for it in traps)


def _can_happen(program: Program, way: int) -> bool:
    """Whether a way can be taken at all: not with a rate, weight or share of 0, or with a condition that is false."""
    timing = program.timing
    if timing is None or way >= timing.first_arrival:
        return True
    number = bisect_right(timing.first_ways, way) - 1
    taken = timing.exits[number]
    amounts = [taken.amount] if taken.kind in (RATE, WEIGHT, PROBABILITY) else []
    amounts += taken.shares[way - timing.first_ways[number] :][:1]
    never = taken.when is not None and taken.when.typed.code == "False"
    return not never and all(it.typed.constant != 0 for it in amounts)
