"""Generates the source code of when a subject does something next, and what; both engines run the same functions.

- ``wait`` is called when a subject has entered a state, and after each of its events and rejected attempts. It returns
  the moment of the next attempt and its cause: the number of an exit, or behind all exits the number of a state whose
  dwell time ends.
- ``leave`` is called at that moment. It chooses the exit by weight where a dwell time has ended, and the way where an
  exit branches.

Moments are milliseconds since the start of the run. What a subject has to remember between two calls is in ``slots``
(the moments of its dwell time and timers) and ``alarms`` (1 for each transition at a moment that has been spent).
A fault ends either function early; the cause or exit it returns then is a negative number that names the location.

States that wait alike share their lines, and constant weights are tables: a model with hundreds of transitions compiles
as quickly as one with a few.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction

from doge_datagen.engine.codegen import ATTRIBUTE, Function, reads_of
from doge_datagen.engine.source_lines import either, halved, indented, when_one_of
from doge_datagen.engine.waiting import attempt_waits
from doge_datagen.engine.waiting.rates_in_pieces import at_an_edge, has_incidents, in_pieces
from doge_datagen.engine.waiting.tick_waits import NEVER
from doge_datagen.engine.waiting.wait_source import (
    BRANCHES,
    CHOICES,
    ENTERED,
    FARTHEST,
    REJECTED,
    WALK,
    WEIGHTS,
    constant_sums,
    earliest,
    kept_names,
    wait_for,
)
from doge_datagen.language.arithmetic import may_fault
from doge_datagen.language.scope import RECENCY, attribute_code
from doge_datagen.language.types import FLOAT, Typed
from doge_datagen.numeric.faults import BAD_PROBABILITY, BAD_RATE, BAD_WAIT, NO_WEIGHT, TOO_LIKELY
from doge_datagen.program.time.timing import AFTER, AT, EVERY, PROBABILITY, RATE, TIMERS, WEIGHT, Exit, Located, Timing

FIRST_LOCATION = -2
PURPOSE = re.compile(r"(key0, key1, subject, tick, )(\d+)")
"""The purpose of a draw in generated code."""

LOOK_UP = """\
exit, left = WEIGHTS_FROM[state], WEIGHT_COUNTS[state]
if left > 1:
    part = {draw} * WEIGHT_SUMS[exit + left - 1]
    while left > 1:
        half = left >> 1
        exit = exit + half * (part >= WEIGHT_SUMS[exit + half - 1])
        left = left - half
if exit >= 0:
    exit = WEIGHT_EXITS[exit]
"""
"""Chooses by constant weights: the first whose cumulative sum is above a uniform part of the whole, by bisection.
There are no branches on what is drawn, since one that the processor cannot predict costs as much as all steps."""


class TimingSource:
    """The functions of one model's timing.

    Attributes:
        wait: the function ``wait``.
        leave: the function ``leave``.
        kept: the names of its slots and alarms in the code.
        alarms: the names of its alarms.
        places: the locations of expressions that can fail, first those of the dwell times; see :meth:`place_of`.
        tables: by name, the constants that the functions look up.
    """

    def __init__(self, timing: Timing, assigned: Sequence[Sequence[str]]) -> None:
        """Generate the functions.

        Args:
            timing: what to generate.
            assigned: for each transition of the model the attributes, by their names in the code, that its action
                assigns.
        """
        self.places = ["" if it is None else it.place for it in timing.dwells]
        self.tables: dict[str, list[int] | list[float]] = {
            "FIRST_WAY": list(timing.first_ways),
            "WEIGHED": [int(it.kind == WEIGHT) for it in timing.exits],
        }
        self._ending = ""
        self._timing = timing
        self._assigned = assigned
        self.alarms = tuple(f"p_{number}" for number in range(len(timing.alarms)))
        self.kept = kept = kept_names(timing)
        self._ending = ", ".join((str(NEVER), "{}", *kept))
        waits = (
            *self._reset_alarms(),
            *self._by_state(self._wait),
            f"return ({', '.join(('best', 'cause', *kept))},)",
        )
        first = (f"best, cause = {NEVER}, -1",)
        self.wait = self._function("wait", ("state", "exit", "why", *kept), (*first, *waits))
        self._ending = "{}, -1"
        leaves = (*self._weights(), *self._guards(), *self._branches())
        self.leave = self._function("leave", ("state", "cause"), ("exit = cause", *leaves, "return exit, way"))

    def _function(self, name: str, own: Sequence[str], lines: Sequence[str]) -> Function:
        return Function(name, (*own, *reads_of(lines)), tuple(lines))

    def _by_state(self, lines_of: Callable[[int], Iterator[str]]) -> Iterator[str]:
        """The lines of each state. Those that differ in nothing but the purposes of their draws share them."""
        lines = ["\n".join(lines_of(state)) for state in range(len(self._timing.dwells))]
        alike: dict[str, list[int]] = {}
        for state, text in enumerate(lines):
            if text:
                alike.setdefault(PURPOSE.sub(r"\1?", text), []).append(state)
        self.tables["ALIKE"] = own = [-1] * len(lines)
        blocks = {}
        for number, states in enumerate(alike.values()):
            for state in states:
                own[state] = number
            blocks[number] = self._shared([lines[state] for state in states], states).splitlines()
        yield from either("ALIKE[state]", blocks)

    def _shared(self, texts: Sequence[str], states: Sequence[int]) -> str:
        """The lines of states that are alike; if there are several, the purposes of draws are looked up."""
        if len(texts) == 1:
            return texts[0]
        names = itertools.count(sum(it.startswith("PURPOSES") for it in self.tables))
        purposes = zip(*(PURPOSE.findall(text) for text in texts), strict=True)
        found = []
        for of_states in purposes:
            own = [0] * len(self._timing.dwells)
            for state, (_, purpose) in zip(states, of_states, strict=True):
                own[state] = int(purpose)
            found.append(f"PURPOSES_{next(names)}")
            self.tables[found[-1]] = own
        rest = iter(found)
        return PURPOSE.sub(lambda match: f"{match[1]}{next(rest)}[state]", texts[0])

    # -- wait ---------------------------------------------------------------------------------------------------------

    def _reset_alarms(self) -> Iterator[str]:
        """What has fired is spent; what depends on attributes that have just been assigned is armed."""
        timing = self._timing
        for alarm, transition in zip(self.alarms, timing.alarms, strict=True):
            mine = [number for number, it in enumerate(timing.exits) if it.transition == transition]
            amount = timing.exits[mine[0]].amount
            fired = "tick + 1" if has_incidents(amount.code) else "1"
            yield from when_one_of("exit", mine, [f"{alarm} = {fired}"])
            reads = set(ATTRIBUTE.findall(amount.code))
            arming = [number for number, it in enumerate(timing.exits) if reads & set(self._assigned[it.transition])]
            if arming:
                yield f"if why != {REJECTED}:"
                yield from indented(when_one_of("exit", arming, [f"{alarm} = 0"]))
            for word, condition in (("entered", f"why <= {ENTERED}"), ("previous", f"why != {REJECTED}")):
                if attribute_code(RECENCY[word]) in reads:
                    yield f"if {condition}:"
                    yield f"    {alarm} = 0"

    def _wait(self, state: int) -> Iterator[str]:
        timing = self._timing
        dwell = timing.dwells[state]
        if dwell is not None:  # drawn anew where it has ended in a transition that leaves the state as it is
            yield f"if why <= {ENTERED} or WEIGHED[exit] == 1:"
            yield from indented(self._duration("s_0", "tick", dwell))
        if any(timing.of(state, *TIMERS)):
            yield f"if why <= {ENTERED}:"
            yield from indented(self._start_timers(state))
            yield from self._go_on(state)
        for number, it in timing.of(state, AT):
            yield from self._at(number, it)
        for number, _ in (*timing.of(state, AFTER), *timing.of(state, EVERY)):
            yield from earliest(f"s_{timing.timers[number]}", number)
        if dwell is not None:
            yield from earliest("s_0", f"{len(timing.exits)} + state")
        yield from self._rates(state)
        yield from self._probabilities(state)

    def _start_timers(self, state: int) -> Iterator[str]:
        for number, it in self._timing.of(state, *TIMERS):
            yield from self._duration(f"s_{self._timing.timers[number]}", "tick", it.amount)

    def _go_on(self, state: int) -> Iterator[str]:
        """A timer that has fired is over, and what is periodic goes on."""
        timing = self._timing
        for number, _ in timing.of(state, AFTER):
            yield from when_one_of("exit", [number], [f"s_{timing.timers[number]} = {NEVER}"], "elif")
        for number, it in timing.of(state, EVERY):
            slot = f"s_{timing.timers[number]}"
            yield from when_one_of("exit", [number], list(self._duration(slot, slot, it.amount)), "elif")

    def _duration(self, slot: str, since: str, amount: Located) -> Iterator[str]:
        yield f"length = {amount.code}"
        yield from self._checked(amount, "length < 0", BAD_WAIT)
        if amount.rhythm is None:
            yield f"{slot} = {since} + length if length < {NEVER} - {since} else {NEVER}"
        else:
            yield f"moment = after(rhythm_{amount.rhythm}, {since} + (timestamp - tick), float(length))"
            yield f"{slot} = moment - (timestamp - tick) if moment < {NEVER} else {NEVER}"

    def _at(self, number: int, it: Exit) -> Iterator[str]:
        alarm = self.alarms[self._timing.alarms.index(it.transition)]
        if has_incidents(it.amount.code):
            yield from at_an_edge(it.amount.code, lambda: self._checked(it.amount), alarm, number)
            return
        yield f"if {alarm} == 0:"
        lines = [f"moment = {it.amount.code}", *self._checked(it.amount)]
        lines += [f"moment = moment - (timestamp - tick) if moment < {NEVER} else {NEVER}", *earliest("moment", number)]
        yield from indented(lines)

    def _rates(self, state: int) -> Iterator[str]:
        """Those that share a rhythm, or have none, compete by one draw; the groups race with each other."""
        exits = list(self._timing.of(state, RATE))
        for rhythm in dict.fromkeys(it.amount.rhythm for _, it in exits):
            yield from self._competing([(number, it) for number, it in exits if it.amount.rhythm == rhythm], rhythm)

    def _competing(self, exits: Sequence[tuple[int, Exit]], rhythm: int | None) -> Iterator[str]:
        """Wait for the first of several memoryless transitions: exponential with the sum of their rates."""
        numbers = [number for number, _ in exits]
        lines, sums = self._sums([(it.amount, it.when) for _, it in exits])
        codes = [each.code for _, it in exits for each in (it.amount, it.when) if each is not None]
        if any(map(has_incidents, codes)):
            draw = self._draw("expovariate", WALK, "1.0", rhythm=rhythm)
            yield from in_pieces(draw, codes, lines, sums[-1], rhythm, numbers[0])
        else:
            yield from lines
            yield from self._constant(sums[-1], numbers[0], rhythm)
        if len(exits) > 1:
            yield f"if cause == {numbers[0]}:"
            yield from indented(self._chosen(sums, numbers, CHOICES, "cause", rhythm))

    def _constant(self, total: str, number: int, rhythm: int | None) -> Iterator[str]:
        """Wait by a sum of rates that stays as it is while the subject waits, apart from a rhythm."""
        yield f"if {total} > 0.0:"
        yield f"    pause = {self._draw('expovariate', WALK, '1.0', rhythm=rhythm)} / {total}"
        if rhythm is None:
            yield from indented(wait_for("pause", number))
        else:
            yield f"    if pause < {FARTHEST!r}:"
            yield f"        moment = after(rhythm_{rhythm}, timestamp, pause)"
            yield f"        moment = moment - (timestamp - tick) if moment < {NEVER} else {NEVER}"
            yield from indented(indented(earliest("moment", number)))

    def _sums(self, weights: Sequence[tuple[Located, Located | None]]) -> tuple[list[str], list[str]]:
        """The lines that compute the cumulative sums of weights, and their codes; constants need no lines."""
        constant = constant_sums(weights)
        if constant:
            return [], [repr(it) for it in constant]
        lines: list[str] = []
        for place, (amount, when) in enumerate(weights):
            if when is None:
                lines.append(f"w_{place} = {amount.code}")
            else:
                lines += [*self._condition(when), f"w_{place} = {amount.code} if exists else 0.0"]
            lines += self._checked(amount, f"not 0.0 <= w_{place} < 1e300", BAD_RATE)
            lines.append(f"t_{place} = t_{place - 1} + w_{place}" if place else "t_0 = w_0")
        return lines, [f"t_{place}" for place in range(len(weights))]

    def _chosen(
        self, sums: Sequence[str], numbers: Sequence[int], draw: int | str, name: str, rhythm: int | None = None
    ) -> Iterator[str]:
        """Choose one of several by their cumulative weights, with a binary search that is written out."""
        yield f"part = {self._draw('random', draw, rhythm=rhythm)} * {sums[-1]}"
        yield from halved(sums, [f"{name} = {number}" for number in numbers])

    def _probabilities(self, state: int) -> Iterator[str]:
        """Wait for the first success of one attempt a tick: geometric, see ``transition_plan.StateExits``."""
        exits = list(self._timing.of(state, PROBABILITY))
        if any(it.amount.typed.constant is None for _, it in exits):
            yield from self._calculated_probabilities(state, exits)
            return
        chances = [Fraction(it.amount.typed.constant or 0) for _, it in exits]
        if any(chances):
            yield from self._attempts(*attempt_waits.constant_attempts(chances), [number for number, _ in exits])

    def _calculated_probabilities(self, state: int, exits: Sequence[tuple[int, Exit]]) -> Iterator[str]:
        """The same for those that depend on attributes or incidents; nothing is attempted while all of them are 0."""
        total, lines = f"t_{len(exits) - 1}", list[str]()
        for place, (_, it) in enumerate(exits):
            lines.append(f"w_{place} = {it.amount.code}")
            lines += self._checked(it.amount, f"not 0.0 <= w_{place} <= 100.0", BAD_PROBABILITY)
            lines.append(f"t_{place} = t_{place - 1} + w_{place}" if place else "t_0 = w_0")
        everything = Located(f"states.{self._timing.states[state]}", Typed(total, FLOAT))
        lines += self._checked(everything, f"not {total} <= {attempt_waits.ALL_PERCENT!r}", TOO_LIKELY)
        sums, numbers = [f"t_{place}" for place in range(len(exits))], [number for number, _ in exits]
        codes = [it.amount.code for _, it in exits]
        if not any(map(has_incidents, codes)):
            yield from (*lines, f"if {total} > 0.0:")
            yield from indented(self._attempts(f"scale_of_chance({total} * 0.01)", sums, numbers))
            return
        draw = self._draw("expovariate", attempt_waits.WALK_OF_ATTEMPTS, "1.0")
        yield from attempt_waits.attempts_in_pieces(draw, codes, lines, total, self._timing.tick, numbers[0])
        if len(numbers) > 1:
            yield f"if cause == {numbers[0]}:"
            yield from indented(self._chosen(sums, numbers, attempt_waits.CHOICES_OF_ATTEMPTS, "cause"))

    def _attempts(self, scale: str, sums: Sequence[str], numbers: Sequence[int]) -> Iterator[str]:
        """The first success of one attempt a tick, and which of the exits it is."""
        draw = self._draw("expovariate", attempt_waits.WALK_OF_ATTEMPTS, "1.0")
        yield from attempt_waits.attempts(draw, scale, self._timing.tick, numbers[0])
        if len(numbers) > 1:
            yield from self._chosen(sums, numbers, attempt_waits.CHOICES_OF_ATTEMPTS, "cause")

    # -- leave --------------------------------------------------------------------------------------------------------

    def _weights(self) -> Iterator[str]:
        """Choose the exit where a dwell time has ended: constant weights are looked up, others are calculated."""
        calculated = list(self._calculated_weights())
        if any(it is not None for it in self._timing.dwells):
            yield f"if cause >= {len(self._timing.exits)}:"
            yield from indented((*LOOK_UP.format(draw=self._draw("random", WEIGHTS)).splitlines(), *calculated))

    def _calculated_weights(self) -> Iterator[str]:
        """The choice by state where weights are not constant; fills the tables of those that are."""
        states = range(len(self._timing.dwells))
        firsts, counts, sums, chosen = [-1 for _ in states], [0 for _ in states], list[float](), list[int]()
        for state in states:
            exits = list(self._timing.of(state, WEIGHT))
            weights, numbers = [(it.amount, it.when) for _, it in exits], [number for number, _ in exits]
            if constant := constant_sums(weights):
                firsts[state], counts[state] = len(sums), len(constant)
                sums += constant
                chosen += numbers
            elif exits:
                yield f"elif state == {state}:"
                yield from indented(self._drawn(weights, WEIGHTS, numbers, "exit"))
        self.tables |= {"WEIGHTS_FROM": firsts, "WEIGHT_COUNTS": counts, "WEIGHT_SUMS": sums, "WEIGHT_EXITS": chosen}

    def _drawn(
        self, weights: Sequence[tuple[Located, Located | None]], draw: int, numbers: Sequence[int], name: str
    ) -> Iterator[str]:
        """Choose one of several by weights of which at least one must be above 0."""
        lines, sums = self._sums(weights)
        yield from lines
        if lines:
            yield from self._checked(weights[0][0], f"not {sums[-1]} > 0.0", NO_WEIGHT)
        if len(numbers) == 1:
            yield f"{name} = {numbers[0]}"
        else:
            yield from self._chosen(sums, numbers, draw, name)

    def _guards(self) -> Iterator[str]:
        """An attempt of a timer whose condition does not hold is rejected."""
        for number, it in enumerate(self._timing.exits):
            if it.when is not None and it.kind in (*TIMERS, AT):
                guard = [*self._condition(it.when), "if not exists:", "    return exit, -1"]
                yield from when_one_of("exit", [number], guard)

    def _branches(self) -> Iterator[str]:
        timing = self._timing
        yield "way = FIRST_WAY[exit]"
        for number, it in enumerate(timing.exits):
            if len(it.targets) > 1:
                first = timing.first_ways[number]
                weights = [(share, None) for share in it.shares]
                chosen = self._drawn(weights, BRANCHES, range(first, first + len(it.targets)), "way")
                yield from when_one_of("exit", [number], list(chosen))

    # -- both ---------------------------------------------------------------------------------------------------------

    def _condition(self, when: Located) -> Iterator[str]:
        yield f"exists = {when.code}"
        yield from self._checked(when)

    def _checked(self, amount: Located, problem: str = "", code: int = 0) -> Iterator[str]:
        """End early if an expression could not be calculated, or its value is not allowed."""
        if amount.typed.constant is not None and code != NO_WEIGHT:
            return  # checked before the run
        if problem:
            yield f"if {problem}:"
            yield f"    fail(fault, {code})"
        elif not may_fault(amount.code):
            return
        yield "if fault[0] != 0:"
        yield f"    return {self._ending.format(self._location(amount))}"

    def _location(self, amount: Located) -> str:
        """The code of the negative number that names a location; for all dwell times it is the same."""
        if any(amount is it for it in self._timing.dwells):
            return f"{FIRST_LOCATION} - state"
        return str(self.location_of(amount.place))

    def location_of(self, place: str) -> int:
        """The negative number that names a location in the model; see :meth:`place_of`."""
        if place not in self.places:
            self.places.append(place)
        return FIRST_LOCATION - self.places.index(place)

    def place_of(self, location: int) -> str:
        """The location in the model that a negative cause or exit names."""
        return self.places[FIRST_LOCATION - location]

    def _draw(self, name: str, number: int | str, *parameters: str, rhythm: int | None = None) -> str:
        given = "".join(f", {it}" for it in parameters)
        purpose = self._timing.purpose if rhythm is None else self._timing.rhythm_purposes[rhythm]
        return f"{name}(fault, key0, key1, subject, tick, {purpose}, {number}{given})"
