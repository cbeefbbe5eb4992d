"""Walks single subjects from the first tick to the last, exactly as the engines do, and keeps only counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from doge_datagen.engine.arriving.arrivals import ExpectedArrivals
from doge_datagen.engine.arriving.arrived_so_far import ExpectedLists
from doge_datagen.engine.codegen import initial_texts, starts
from doge_datagen.engine.initial_states import machine_of
from doge_datagen.engine.interpreted.counted_events import CountedEvents, Walked
from doge_datagen.engine.interpreted.draw_buffer import Draw, Integers, WalkDraws
from doge_datagen.engine.interpreted.model_code import Attributes, Code, TimedCode
from doge_datagen.engine.interpreted.new_subjects import NewSubjects
from doge_datagen.engine.interpreted.timed_single_walk import Enter, TimedSingleWalk
from doge_datagen.engine.interpreted.timed_walk import TimedSubject, TimedWalk
from doge_datagen.engine.interpreted.walk_transitions import cost_of, walked_ways
from doge_datagen.engine.recording.record_batches import StreamEvents
from doge_datagen.engine.waiting.tick_waits import next_tick, next_way
from doge_datagen.engine.waiting.transition_plan import plan, plan_arrays
from doge_datagen.program.program import Program, purpose

OF_A_SUBJECT = 60.0
"""The cost of starting a subject, relative to a bare attempt."""


class SingleWalk:
    """Walks subjects of a program one by one.

    Args:
        program: the model; its run must have an end.
        seed: 64 bits.
    """

    def __init__(self, program: Program, seed: int = 0) -> None:
        spec = program.spec
        machine, numbers = machine_of(spec.population, () if program.timing else spec.population.transitions)
        self._plan = plan_arrays(plan(machine), numbers).lists()
        self._program, self._spec, self._texts = program, spec, initial_texts(program)
        self._code = Code(program, seed, ExpectedLists(program))
        self._timed_code = None if program.timing is None else TimedCode(program, self._code)
        self._events = CountedEvents(program, self._code)
        self._new_subjects = NewSubjects(program, self._code)
        self._arrivals = ExpectedArrivals(program)
        self._purpose = purpose(spec.population, "walk")
        self._draws = WalkDraws(seed, self._purpose)
        self._ways = walked_ways(program)
        begin = (*starts(program).values(), *self._texts.values())
        self._cost_of_subject = OF_A_SUBJECT + sum(map(cost_of, begin))

    @property
    def happened(self) -> Counter[tuple[int, int]]:
        """The events of all subjects by way and quarter of an hour, as in :class:`CountedEvents`."""
        return self._events.happened

    def reseeded(self, seed: int) -> None:
        """Use another seed from the next subject on."""
        self._code = self._events.code = self._code.seeded(seed)
        if self._timed_code is not None:
            self._timed_code = self._timed_code.seeded(self._code)
        self._draws = WalkDraws(seed, self._purpose)
        self._new_subjects = NewSubjects(self._program, self._code)

    def draws(self, subjects: Integers) -> Iterator[list[Draw]]:
        """For each of these subjects, the first draws of its walk."""
        return self._draws.first(subjects)

    def walked(self, subject: int, first: list[Draw], at_most: float) -> Walked:
        """Walk a subject to the last tick, or until that becomes too expensive.

        Args:
            subject: its index.
            first: its first draws.
            at_most: the cost after which the walk ends early.

        Raises:
            CalculationError: something cannot be calculated.
        """
        if self._program.timing is not None:
            return self._walked_by_moments(partial(self._entering, subject), at_most)
        return self._walked_by_ticks(subject, first, at_most)

    def walked_from_birth(self, given: Mapping[str, Any], moment: int, at_most: float) -> Walked:
        """Walk a subject that has been spawned.

        Args:
            given: the attributes that it has from the beginning.
            moment: when it begins.
            at_most: the cost after which the walk ends early.

        Raises:
            CalculationError: something cannot be calculated.
        """

        def enter(walk: TimedWalk) -> tuple[TimedSubject, int]:
            return walk.arrive(self._code.born(given), moment), moment

        return self._walked_by_moments(enter, at_most)

    def spawning(self) -> dict[str, StreamEvents]:
        """The events that have spawned since the last call, by the name of what they are recorded for."""
        return self._events.spawning()

    def _walked_by_ticks(self, subject: int, first: list[Draw], at_most: float) -> Walked:
        """Walk a subject of a model whose transitions have constant probabilities per tick."""
        spec, ways, happens, record = self._spec, self._ways, self._events.happens, self._events.record
        scale, sure, first_entry, half, limits, numbers = self._plan
        attempts, events, spent = [0] * len(ways), [0] * len(ways), [0] * len(spec.population.states)
        attributes = self._there(subject)
        state = self._new_subjects.state(attributes)
        ticks, tick, warm_up_ticks, cost = spec.clock.ticks, 0, spec.clock.warm_up_ticks, self._cost_of_subject
        draws, since, recorded = self._draws.of_subject(subject, first), warm_up_ticks, self._events.no_records()
        # Limited by cost instead of time, so that a forecast does not depend on the speed of the machine.
        while cost < at_most:
            number = sure[state]
            if number < 0:
                rest, choice = next(draws)
                tick = next_tick(tick, rest, scale[state])
                number = next_way(choice, first_entry[state], half[state], limits, numbers)
            if tick >= ticks:
                break
            way = ways[number]
            attempts[number] += tick >= warm_up_ticks
            cost += way.cost
            tick += 1
            if way.is_plain or happens(attributes, way, tick - 1):
                events[number] += tick > warm_up_ticks
                cost += way.cost_of_event
                if way.records:
                    record(attributes, way, tick - 1, recorded, number, shown=warm_up_ticks)
                if way.target != state:
                    spent[state] += max(0, tick - since)
                    state, since = way.target, max(tick, warm_up_ticks)
        else:
            ticks = max(min(tick, ticks), warm_up_ticks)
        spent[state] += ticks - since
        return Walked(ticks - warm_up_ticks, cost, attempts, events, spent, recorded)

    def _walked_by_moments(self, enter: Enter, at_most: float) -> Walked:
        """Walk a subject of a model in which things happen at any moment."""
        timing, code = self._program.timing, self._timed_code
        assert timing is not None  # noqa: S101 - the caller has checked it; whoever is spawned is timed
        assert code is not None  # noqa: S101 - as above
        walk = TimedSingleWalk(self._program, timing, self._ways, self._events, self._cost_of_subject)
        return walk.walked(code, self._new_subjects.begin, enter, at_most)

    def _entering(self, subject: int, walk: TimedWalk) -> tuple[TimedSubject, int]:
        """The subject on its way, and the tick from which it is there."""
        population = self._spec.population
        if population.arrive is None:
            attributes = self._there(subject)
            return walk.start(attributes, self._new_subjects.state(attributes)), 0
        later = subject - population.at_start
        # Subjects stand for all who arrive: they are spread over the run by shares of the expected number, not drawn.
        moment = 0 if later < 0 else self._arrivals.moment((later + 0.5) / max(1.0, self._arrivals.count))
        return walk.arrive(self._code.subject(subject), moment), moment

    def _there(self, subject: int) -> Attributes:
        """A subject that is there from the start; its strings are composed only because that may raise."""
        attributes = self._new_subjects.present_from_start(subject)
        for name, function in self._texts.items():
            self._code.call(function, attributes, 0, f"subjects.attributes.{name}")
        return attributes
