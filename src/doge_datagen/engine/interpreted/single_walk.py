"""Walks single subjects from the first tick to the last, exactly as the engines do, and keeps only counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from typing import Any

import numpy as np

from doge_datagen.engine.arriving.arrivals import ExpectedArrivals
from doge_datagen.engine.arriving.arrived_so_far import ExpectedLists
from doge_datagen.engine.codegen import (
    REJECTED,
    dtype_of,
    initial_texts,
    starts,
)
from doge_datagen.engine.initial_states import machine_of, stream_label
from doge_datagen.engine.interpreted.draw_buffer import Integers, draw_bits, exponential, fraction
from doge_datagen.engine.interpreted.model_code import Code, Life, NewSubjects, TimedCode
from doge_datagen.engine.interpreted.timed_walk import Subject, TimedWalk
from doge_datagen.engine.interpreted.walk_transitions import WalkedRecord, WalkedWay, cost_of, walked_ways
from doge_datagen.engine.recording.emission import place_of, varying
from doge_datagen.engine.recording.record_batches import StreamEvents
from doge_datagen.engine.recording.record_columns import computed
from doge_datagen.engine.waiting.tick_waits import next_tick, next_way
from doge_datagen.engine.waiting.transition_plan import plan, plan_arrays
from doge_datagen.language.event_lines import LINE_COUNT, LINE_NUMBER
from doge_datagen.program.program import Program, purpose
from doge_datagen.program.time.timing import OUTSIDE, Timing

FIRST, MOST = 32, 512
"""How many draws of a subject's walk are made together: at first, and at most later on."""
OF_A_SUBJECT = 60.0
"""The cost of starting a subject, relative to a bare attempt."""
OF_A_MOMENT = 5.0
"""The cost of calculating when a subject does something next, in the same units."""
QUARTER = 900_000
"""A quarter of an hour, the finest by which local times differ from UTC, in milliseconds."""
Draws = Iterator[tuple[float, float]]
Enter = Callable[[TimedWalk], tuple[Subject, int]]
"""Adds a subject to a walk; returns it and the tick from which it is there."""


@dataclass(frozen=True, slots=True)
class Walked:
    """What one subject did.

    Attributes:
        ticks: how many ticks it was walked, without those of a warm-up, of which nothing is counted but the cost.
        cost: the approximate cost, relative to an attempt that computes nothing.
        attempts: by transition, how often it was attempted.
        events: by transition, how often it happened.
        spent: by state, how many ticks the subject was in it.
        records: how many records there were, where an event does not always make one: see
            :func:`~doge_datagen.engine.recording.emission.varying`.
    """

    ticks: int
    cost: float
    attempts: list[int]
    events: list[int]
    spent: list[int]
    records: list[int]


class SingleWalk:
    """Walks subjects of a program one by one.

    Args:
        program: the model; its run must have an end.
        seed: 64 bits.

    Attributes:
        happened: for a model with rhythms, by way and quarter of an hour since the start of the run, how many events
            there have been of all subjects; behind the ways, records, in the order of ``varying``.
    """

    def __init__(self, program: Program, seed: int = 0) -> None:
        spec = program.spec
        machine, numbers = machine_of(spec.population, () if program.timing else spec.population.transitions)
        self._plan = plan_arrays(plan(machine), numbers).lists()
        self._timing = program.timing
        self._spec, self._seed = spec, seed
        self._code = Code(program, seed, ExpectedLists(program))
        self._timed_code = None if program.timing is None else TimedCode(program, self._code)
        self._program, self._texts = program, initial_texts(program)
        self._new_subjects = NewSubjects(program, seed)
        self._later = ExpectedArrivals(program)
        self.happened: Counter[tuple[int, int]] = Counter()
        self._purpose = purpose(spec.population, "walk")
        self._ways = walked_ways(program)
        self._varying = len(varying(program))
        self._labels = {name: stream_label(program, name) for name in program.shapes}
        self._born = frozenset(it.stream for it in program.births)
        self._spawning: dict[str, list[tuple[Any, ...]]] = {}
        begin = (*starts(program).values(), *self._texts.values())
        self._cost_of_subject = OF_A_SUBJECT + sum(map(cost_of, begin))

    def reseeded(self, seed: int) -> None:
        """Use another seed from the next subject on."""
        self._seed = seed
        self._code = self._code.seeded(seed)
        if self._timed_code is not None:
            self._timed_code = self._timed_code.seeded(self._code)
        self._new_subjects = NewSubjects(self._program, seed)

    def draws(self, subjects: Integers) -> Iterator[list[tuple[float, float]]]:
        """For each of these subjects, the first draws of its walk."""
        steps = np.tile(np.arange(FIRST), (len(subjects), 1))
        drawn = self._drawn(np.repeat(subjects, FIRST).reshape(-1, FIRST), steps)
        yield from (list(zip(*rows, strict=True)) for rows in zip(*(it.tolist() for it in drawn), strict=True))

    def walked(self, subject: int, first: list[tuple[float, float]], at_most: float) -> Walked:
        """Walk a subject to the last tick, or until that becomes too expensive.

        Args:
            subject: its index.
            first: its first draws.
            at_most: the cost after which the walk ends early.

        Raises:
            CalculationError: something cannot be calculated.
        """
        if self._timing is not None and self._timed_code is not None:
            enter = partial(self._entering, subject)
            return self._walked_by_moments(self._timing, self._timed_code, enter, at_most)
        spec, ways, act = self._spec, self._ways, self._act
        scale, sure, first_entry, half, limits, numbers = self._plan
        attempts, events, spent = [0] * len(ways), [0] * len(ways), [0] * len(spec.population.states)
        life, state = self._begun(subject), self._first_state(subject)
        ticks, tick, ahead, cost = spec.clock.ticks, 0, spec.clock.ahead, self._cost_of_subject
        draws, since, recorded = self._all_draws(subject, first), ahead, [0] * self._varying
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
            attempts[number] += tick >= ahead
            cost += way.cost
            tick += 1
            if way.is_plain or act(life, way, tick - 1):
                events[number] += tick > ahead
                cost += way.cost_of_event
                if way.records:
                    self._record(life, way, tick - 1, recorded, number, shown=ahead)
                if way.target != state:
                    spent[state] += max(0, tick - since)
                    state, since = way.target, max(tick, ahead)
        else:
            ticks = max(min(tick, ticks), ahead)
        return Walked(ticks - ahead, cost, attempts, events, _added(spent, state, ticks - since), recorded)

    def walked_from_birth(self, given: Mapping[str, Any], moment: int, at_most: float) -> Walked:
        """Walk a subject that has been spawned.

        Args:
            given: the attributes that it has from the beginning.
            moment: when it begins.
            at_most: the cost after which the walk ends early.

        Raises:
            CalculationError: something cannot be calculated.
        """
        assert self._timing is not None  # noqa: S101 - whoever is spawned is timed; for the type checker
        assert self._timed_code is not None  # noqa: S101 - as above

        def enter(walk: TimedWalk) -> tuple[Subject, int]:
            return walk.arrive(self._code.born(given), moment), moment

        return self._walked_by_moments(self._timing, self._timed_code, enter, at_most)

    def spawning(self) -> dict[str, StreamEvents]:
        """The events that have spawned since the last call, by the name of what they are recorded for."""
        found = {}
        for stream, rows in self._spawning.items():
            times, subjects, ways, *columns = zip(*sorted(rows, key=itemgetter(0)), strict=True)
            typed = computed(self._program.shapes[stream].columns)
            arrays = [np.array(it, dtype_of(of)) for it, of in zip(columns, typed, strict=True)]
            found[stream] = StreamEvents(np.array(times), np.array(subjects), np.array(ways), arrays)
        self._spawning = {}
        return found

    def _walked_by_moments(self, timing: Timing, code: TimedCode, enter: Enter, at_most: float) -> Walked:
        """The same for a model in which things happen at any moment."""
        clock, spent = self._spec.clock, [0] * len(self._spec.population.states)
        attempts, events, cost = [0] * len(timing.ways), [0] * len(timing.ways), self._cost_of_subject
        recorded = [0] * self._varying
        ahead, shown, dated = clock.ahead, clock.ahead + self._shows, bool(self._spec.rhythms)

        def attempt(_: int, number: int, life: Life, tick: int) -> bool:
            nonlocal cost
            way = self._ways[number]
            attempts[number] += tick >= shown
            cost += way.cost
            if not way.is_plain and not self._act(life, way, tick):
                return False
            events[number] += tick >= shown
            if dated and tick >= shown:
                self.happened[number, (tick - ahead) // QUARTER] += 1
            cost += way.cost_of_event
            self._record(life, way, tick, recorded, number, shown=shown)
            return True

        walk = TimedWalk(timing, clock, code, attempt, self._begin)
        here, since = enter(walk)
        state, ticks = here.state, clock.ticks
        for done in walk.advance(clock.ticks):
            cost += OF_A_MOMENT
            if since <= shown < done:
                self._show(here.life, state, attempts, events, recorded)
            if state != OUTSIDE:
                spent[state] += max(0, done - max(since, ahead))
            since, state = done, here.state
            if cost >= at_most:
                return Walked(max(0, done - ahead), cost, attempts, events, spent, recorded)
        stays = shown <= ticks and bool(walk)
        if since <= shown and (stays or self._program.is_referenced):
            self._show(here.life, state, attempts, events, recorded)
        if since <= shown and self._shows and not stays:  # it has left during the warm-up
            return Walked(ticks - ahead, cost, attempts, events, spent, recorded)
        # From its last attempt to the end it stays in its state.
        rest = [0] * len(spent) if state == OUTSIDE else _added(spent, state, max(0, ticks - max(since, ahead)))
        return Walked(ticks - ahead, cost, attempts, events, rest, recorded)

    @property
    def _shows(self) -> bool:
        """Whether those who are there at the end of a warm-up are emitted then."""
        return self._spec.clock.ahead > 0 and self._spec.population.arrive is not None

    def _show(self, life: Life, state: int, attempts: list[int], events: list[int], recorded: list[int]) -> None:
        """Count that a subject is emitted at the end of a warm-up."""
        timing, ahead = self._timing, self._spec.clock.ahead
        if self._shows and state != OUTSIDE and timing is not None and timing.arrivals is not None:
            way = timing.first_arrival + timing.arrivals.states.index(state)
            attempts[way] += 1
            events[way] += 1
            self.happened[way, 0] += 1
            self._record(life, self._ways[way], ahead, recorded, None, shown=ahead)

    def _entering(self, subject: int, walk: TimedWalk) -> tuple[Subject, int]:
        """The subject on its way, and the tick from which it is there."""
        population = self._spec.population
        if population.arrive is None:
            return walk.start(self._begun(subject), self._first_state(subject)), 0
        later = subject - population.at_start
        # Subjects stand for all who arrive: they are spread over the run by shares of the expected number, not drawn.
        moment = 0 if later < 0 else self._later.moment((later + 0.5) / max(1.0, self._later.count))
        return walk.arrive(self._code.life(subject), moment), moment

    def _begin(self, life: Life, tick: int) -> int:
        self._new_subjects.values(self._code, life, tick)
        return self._new_subjects.place(life["subject"], self._code.key(life))

    def _begun(self, subject: int) -> Life:
        life = self._code.life(subject)
        self._new_subjects.values(self._code, life, 0)
        for name, function in self._texts.items():
            self._code.call(function, life, 0, f"subjects.attributes.{name}")
        return life

    def _first_state(self, subject: int) -> int:
        return self._new_subjects.state(subject)

    def _all_draws(self, subject: int, first: list[tuple[float, float]]) -> Draws:
        yield from first
        step, width = FIRST, 2 * FIRST
        while True:
            steps = np.arange(step, step + width)
            drawn = self._drawn(np.full(width, subject), steps)
            yield from zip(*(it.tolist() for it in drawn), strict=True)
            # A subject with many attempts will probably have more.
            step, width = step + width, min(2 * width, MOST)

    def _drawn(self, subjects: Integers, steps: Integers) -> Iterator[Any]:
        rests, choices = draw_bits(self._seed, subjects, steps, self._purpose)
        yield exponential(rests)
        yield fraction(choices)

    def _act(self, life: Life, way: WalkedWay, tick: int) -> bool:
        if way.lines is not None:
            fault, part = self._code.draw_lines(way.lines, life, tick, way.ends)
            if fault:
                where = 2 * len(self._program.shapes) + part
                place, _ = place_of(self._program, way.number, way.place, where)
                raise self._code.error(place, fault, life, tick)
            if part == REJECTED:
                return False
        if way.act is None:
            return True
        happens, *values = self._code.call(way.act, life, tick, way.place, None, **way.ends)
        if happens:
            life.update(zip(way.writes, values, strict=True))
        return bool(happens)

    def _record(
        self, life: Life, way: WalkedWay, tick: int, recorded: list[int], number: int | None, *, shown: int
    ) -> None:
        """Compute the columns of an event's records, because that may raise; count those from ``shown`` on.

        Those of what an event spawns are kept, with the number of its way; None if it has not just happened.
        """
        for it in way.records:
            lines = range(1, life[LINE_COUNT] + 1) if it.by_line else (0,)  # 0 stands for the whole event
            made = sum(self._makes(it, life, way, tick, line, number) for line in lines)
            if it.counted is not None and tick >= shown:
                recorded[it.counted] += made
                if self._spec.rhythms:
                    self.happened[len(self._ways) + it.counted, (tick - self._spec.clock.ahead) // QUARTER] += made

    def _makes(self, it: WalkedRecord, life: Life, way: WalkedWay, tick: int, line: int, number: int | None) -> bool:
        """Whether an event or a line makes a record; what it spawns is kept, as :meth:`_record` says."""
        given, emits = {**way.ends, LINE_NUMBER: line}, f"{way.place}.emit.{it.stream}"
        if it.when is not None and not self._code.call(it.when, life, tick, emits, None, **given):
            return False
        if it.function is not None:
            values = self._code.call(it.function, life, tick, self._labels[it.stream], way.place, **given)
            if it.stream in self._born and number is not None:
                row = (self._spec.clock.timestamp(tick), life["subject"], number, *values)
                self._spawning.setdefault(it.stream, []).append(row)
        return True


def _added(spent: list[int], state: int, ticks: int) -> list[int]:
    spent[state] += ticks
    return spent
