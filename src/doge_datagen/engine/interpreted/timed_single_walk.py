"""Walks one subject from its begin to the last tick, in a model in which things happen at any moment."""

from __future__ import annotations

from collections.abc import Callable

from doge_datagen.engine.interpreted.counted_events import CountedEvents, Walked
from doge_datagen.engine.interpreted.model_code import Attributes, TimedCode
from doge_datagen.engine.interpreted.timed_walk import Begin, TimedSubject, TimedWalk
from doge_datagen.engine.interpreted.walk_transitions import WalkedWay
from doge_datagen.program.program import Program
from doge_datagen.program.time.timing import OUTSIDE, Timing

OF_A_MOMENT = 5.0
"""The cost of calculating when a subject does something next, relative to a bare attempt."""
Enter = Callable[[TimedWalk], tuple[TimedSubject, int]]
"""Adds a subject to a walk; returns it and the tick from which it is there."""


class TimedSingleWalk:
    """The walk of one subject.

    Args:
        program: the model.
        timing: when and what its subjects attempt.
        ways: its transitions.
        events: what their events do.
        cost: that of starting the subject.
    """

    def __init__(
        self, program: Program, timing: Timing, ways: list[WalkedWay], events: CountedEvents, cost: float
    ) -> None:
        population, clock = program.spec.population, program.spec.clock
        self._program, self._timing, self._clock = program, timing, clock
        self._ways, self._counted, self._cost = ways, events, cost
        self._attempts, self._events = [0] * len(ways), [0] * len(ways)
        self._spent, self._recorded = [0] * len(population.states), events.no_records()
        # Those who are there at the end of a warm-up are emitted then.
        self._shows = clock.warm_up_ticks > 0 and population.arrive is not None
        self._shown = clock.warm_up_ticks + self._shows

    def walked(self, code: TimedCode, begin: Begin, enter: Enter, at_most: float) -> Walked:
        """Walk the subject to the last tick, or until that becomes too expensive.

        Args:
            code: the functions of the timing.
            begin: begins a subject that arrives.
            enter: adds the subject to the walk.
            at_most: the cost after which the walk ends early.

        Raises:
            CalculationError: something cannot be calculated.
        """
        ticks, warm_up_ticks, shown = self._clock.ticks, self._clock.warm_up_ticks, self._shown
        walk = TimedWalk(self._timing, self._clock, code, self._attempt, begin)
        here, since = enter(walk)
        state = here.state
        for done in walk.advance(ticks):
            self._cost += OF_A_MOMENT
            if since <= shown < done:
                self._show(here.attributes, state)
            if state != OUTSIDE:
                self._spent[state] += max(0, done - max(since, warm_up_ticks))
            since, state = done, here.state
            if self._cost >= at_most:
                return self._result(max(0, done - warm_up_ticks))
        stays = shown <= ticks and bool(walk)
        if since <= shown and (stays or self._program.is_referenced):
            self._show(here.attributes, state)
        if since <= shown and self._shows and not stays:  # it has left during the warm-up
            return self._result(ticks - warm_up_ticks)
        if state == OUTSIDE:
            self._spent = [0] * len(self._spent)
        else:  # from its last attempt to the end it stays in its state
            self._spent[state] += max(0, ticks - max(since, warm_up_ticks))
        return self._result(ticks - warm_up_ticks)

    def _result(self, ticks: int) -> Walked:
        return Walked(ticks, self._cost, self._attempts, self._events, self._spent, self._recorded)

    def _attempt(self, _: int, number: int, attributes: Attributes, tick: int) -> bool:
        way, is_shown = self._ways[number], tick >= self._shown
        self._attempts[number] += is_shown
        self._cost += way.cost
        if not way.is_plain and not self._counted.happens(attributes, way, tick):
            return False
        if is_shown:
            self._events[number] += 1
            self._counted.count(number, tick)
        self._cost += way.cost_of_event
        self._counted.record(attributes, way, tick, self._recorded, number, shown=self._shown)
        return True

    def _show(self, attributes: Attributes, state: int) -> None:
        """Count that a subject is emitted at the end of a warm-up."""
        arrivals, ahead = self._timing.arrivals, self._clock.warm_up_ticks
        if self._shows and state != OUTSIDE and arrivals is not None:
            way = self._timing.first_arrival + arrivals.states.index(state)
            self._attempts[way] += 1
            self._events[way] += 1
            self._counted.happened[way, 0] += 1
            self._counted.record(attributes, self._ways[way], ahead, self._recorded, None, shown=ahead)
