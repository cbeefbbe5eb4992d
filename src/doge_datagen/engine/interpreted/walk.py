"""Python subjects and callbacks, walked in strict order of time; the cost follows events, not subjects x ticks."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from doge_datagen.engine.interpreted.draw_buffer import WALK, DrawBuffer, Integers
from doge_datagen.engine.interpreted.lookahead import Lookahead, LookaheadWindow
from doge_datagen.engine.transition_plan import NEVER, plan
from doge_datagen.errors import CalculationError
from doge_datagen.model import Clock, Machine, Transition
from doge_datagen.model.display_names import named


class Subjects(NamedTuple):
    """The subjects of a run and where each of them is.

    Attributes:
        subjects: as the factory made them, in order of creation.
        states: for each the index of its state in the machine's states; changes as the run goes on.
    """

    subjects: Sequence[Any]
    states: list[int]


class Piece(NamedTuple):
    """Some ticks of a walk.

    Attributes:
        ticks: those at which some subject wakes; each is walked when the next one is asked for.
        window: what is tried in them; how far it goes is known when all of them are walked.
    """

    ticks: Iterator[int]
    window: LookaheadWindow


class Walk:
    """One run of a machine over a population.

    Args:
        machine: what subjects can do.
        population: who they are; their states change as the walk goes on.
        clock: the ticks.
        seed: 64 bits that decide every choice.
        purpose: keeps the draws of this walk apart from those of others.

    Attributes:
        attempts: how many transitions were tried, whether they happened or not; brought up to date window by window.
    """

    def __init__(self, machine: Machine, population: Subjects, clock: Clock, seed: int, purpose: int = WALK) -> None:
        self.machine = machine
        self.clock = clock
        self.seed = seed
        self._population = population
        ready = plan(machine)
        self._ways = ready.ways
        waits = any(0 < state.scale < NEVER for state in ready.leaving)
        self._reserve = DrawBuffer(seed, len(population.states), waits=waits, purpose=purpose)
        self._foresight = Lookahead(ready, population.states, self._reserve, clock.ticks)
        self._counts = [0] * (3 * len(ready.ways))
        self._warned: set[int] = set()
        self.attempts = 0

    @property
    def counts(self) -> list[int]:
        """How often each transition has happened so far, in the order of ``machine.transitions()``."""
        ways = len(self._ways)
        return [sum(self._counts[way::ways]) for way in range(ways)]

    def __iter__(self) -> Iterator[int]:
        """Give each tick at which some subject wakes, then walk it: in order of subject, one transition at the most."""
        return self.until(self.clock.ticks)

    def until(self, end: int) -> Iterator[int]:
        """The same, of the ticks before ``end``; called again with a later one it goes on."""
        for piece in self.pieces(end):
            yield from piece.ticks

    def pieces(self, end: int) -> Iterator[Piece]:
        """The same in pieces, after each of which it can be asked for what is pending."""
        while (window := self._foresight.window(end)) is not None:
            yield Piece(self._walk(window), window)

    def pending(self) -> tuple[Integers, Integers, Integers]:
        """For each subject when it wakes, the number of the way that it will try, and of its next step.

        Known where a piece has come to its end; the way means something where the subject wakes before the last tick.
        """
        return self._foresight.pending()

    def go_on(self, wakes: Integers, ways: Integers, steps: Integers) -> None:
        """Go on from what :meth:`pending` gave."""
        left = [self.machine.states.index(way.transition.from_state) for way in self._ways]
        self._population.states[:] = [left[way] for way in ways.tolist()]
        self._foresight.go_on(wakes, ways, steps)

    def _walk(self, window: LookaheadWindow) -> Iterator[int]:
        """One window: what is tried happens, unless a callback blocks it; then what follows is thought anew."""
        (subjects, states), counts, ways, anew = self._population, self._counts, self._ways * 3, window.anew
        last, fresh, void, tick_is_over, tick, timestamp = len(self._ways), 2 * len(self._ways), 0, 0, 0, 0
        for place, index, number in zip(window.places, window.subjects, window.numbers, strict=True):
            if anew and number < fresh and index in anew:
                void += 1
                continue
            if place >= tick_is_over:
                tick = window.start + (place >> window.bits)
                yield tick
                timestamp = self.clock.timestamp(tick)
                tick_is_over = (place >> window.bits) + 1 << window.bits
            transition, action, target, listeners = ways[number]
            subject = subjects[index]
            try:
                if action is None or (verdict := action(subject, transition)):
                    states[index] = target
                    counts[number] += 1
                    for listener in listeners:
                        listener(timestamp, subject, transition)
                    if number < last:
                        continue
                else:
                    self._block(window, place, number, verdict)
            except CalculationError:
                raise  # of a model, and it says where
            except Exception as error:
                error.add_note(f"while subject {named(subject, index)} tried {transition!r} at timestamp {timestamp}")
                raise
            self._foresight.again(window, index, states[index], tick + 1)
        self.attempts += len(window.places) - void
        self._foresight.learn(window, void)

    def _block(self, window: LookaheadWindow, place: int, number: int, verdict: bool | None) -> None:  # noqa: FBT001 - as returned
        """Forget what was foreseen after a try that a callback has blocked, by returning ``verdict``."""
        if number < len(self._ways):
            subject = place & ((1 << window.bits) - 1)
            window.anew.add(subject)
            self._reserve.rewind(subject, window.step_after(place))
        way = number % len(self._ways)
        if verdict is None and way not in self._warned:
            self._warned.add(way)
            _warn_of_none(self._ways[way].transition)


def _warn_of_none(transition: Transition) -> None:
    problem = "action_callback returned None, which blocks as False does; return True to let it happen"
    code = getattr(transition.action_callback, "__code__", None)
    place = (code.co_filename, code.co_firstlineno) if code else ("<action_callback>", 1)
    warnings.warn_explicit(f"transitions.{transition.trigger}: {problem}", UserWarning, *place)
