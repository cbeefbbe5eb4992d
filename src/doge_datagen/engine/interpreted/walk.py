"""Walks Python subjects through a state machine in order of time; the cost follows events, not subjects x ticks."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from doge_datagen.engine.interpreted.draw_buffer import WALK, DrawBuffer, Integers
from doge_datagen.engine.interpreted.lookahead import SIZES, Lookahead, LookaheadSizes, LookaheadWindow
from doge_datagen.engine.waiting.transition_plan import NEVER_LEFT, plan
from doge_datagen.errors import CalculationError
from doge_datagen.model import Clock, Machine, Transition
from doge_datagen.safe_text import named


class Subjects(NamedTuple):
    """The subjects of a run and their current states.

    Attributes:
        subjects: the subjects, in order of creation.
        states: for each, the index of its state in the machine's states; changes during the run.
    """

    subjects: Sequence[Any]
    states: list[int]


class Piece(NamedTuple):
    """Some consecutive ticks of a walk.

    Attributes:
        ticks: the ticks at which some subject wakes; each is walked when the next one is requested.
        window: the attempts in them; its end is final when all ticks have been walked.
    """

    ticks: Iterator[int]
    window: LookaheadWindow


class Walk:
    """One run of a machine over a population.

    Args:
        machine: the state machine.
        population: the subjects; their states change during the walk.
        clock: the ticks.
        seed: 64 bits that decide every choice.
        purpose: separates the draws of this walk from those of others.
        indexes: the indexes by which subjects draw; 0, 1, 2 and so on by default.
        lookahead: how far to look ahead.

    Attributes:
        attempts: how many transitions were attempted, whether they happened or not; updated window by window.
    """

    def __init__(
        self,
        machine: Machine,
        population: Subjects,
        clock: Clock,
        seed: int,
        purpose: int = WALK,
        indexes: range | None = None,
        lookahead: LookaheadSizes = SIZES,
    ) -> None:
        self.machine = machine
        self.clock = clock
        self.seed = seed
        self._population = population
        ready = plan(machine)
        self._ways = ready.ways
        # Where each state is left every tick or never, no exponential decides anything, so none has to be calculated.
        waits = any(0 < state.scale < NEVER_LEFT for state in ready.leaving)
        drawing = range(len(population.states)) if indexes is None else indexes
        self._reserve = DrawBuffer(seed, drawing, waits=waits, purpose=purpose, widest=lookahead.draws)
        self._lookahead = Lookahead(ready, population.states, self._reserve, clock.ticks, lookahead)
        self._counts = [0] * (3 * len(ready.ways))
        self._warned: set[int] = set()
        self.attempts = 0

    @property
    def counts(self) -> list[int]:
        """How often each transition has happened so far, in the order of ``machine.transitions()``."""
        ways = len(self._ways)
        return [sum(self._counts[way::ways]) for way in range(ways)]

    def __iter__(self) -> Iterator[int]:
        """Yield each tick at which some subject wakes, then walk it in order of subject, at most one event each."""
        return self.until(self.clock.ticks)

    def until(self, end: int) -> Iterator[int]:
        """The same for the ticks before ``end``; a later call with a later end continues there."""
        for piece in self.pieces(end):
            yield from piece.ticks

    def pieces(self, end: int) -> Iterator[Piece]:
        """The same in pieces; after each of them, :meth:`pending` is valid."""
        while (window := self._lookahead.window(end)) is not None:
            yield Piece(self._walk(window), window)

    def pending(self) -> tuple[Integers, Integers, Integers]:
        """For each subject, when it wakes, the number of the way that it will attempt, and that of its next step.

        Valid at the end of a piece. The way is meaningful only if the subject wakes before the last tick.
        """
        return self._lookahead.pending()

    def continue_from(self, wakes: Integers, ways: Integers, steps: Integers) -> None:
        """Continue from what :meth:`pending` returned."""
        left = [self.machine.states.index(way.transition.from_state) for way in self._ways]
        if left:  # otherwise everybody stays where it began
            self._population.states[:] = [left[way] for way in ways.tolist()]
        self._lookahead.continue_from(wakes, ways, steps)

    def _walk(self, window: LookaheadWindow) -> Iterator[int]:
        """Walk one window; if a callback blocks an attempt, the next ones of that subject are computed again."""
        # Bound to names of the function, and three times as many ways, so that any number of an attempt is an index:
        # this loop runs once for each event.
        (subjects, states), counts, ways, anew = self._population, self._counts, self._ways * 3, window.anew
        last, fresh, void, tick_is_over, tick, timestamp = len(self._ways), 2 * len(self._ways), 0, 0, 0, 0
        for position, index, number in zip(window.positions, window.subjects, window.numbers, strict=True):
            if anew and number < fresh and index in anew:
                void += 1
                continue
            # Yielded before the first attempt of a tick, so that whoever drives the walk knows the time in its
            # callbacks.
            if position >= tick_is_over:
                tick = window.start + (position >> window.bits)
                yield tick
                timestamp = self.clock.timestamp(tick)
                tick_is_over = (position >> window.bits) + 1 << window.bits
            transition, action, target, listeners = ways[number]
            subject = subjects[index]
            try:
                if action is None or (verdict := action(subject, transition)):
                    states[index] = target
                    counts[number] += 1
                    for listener in listeners:
                        listener(timestamp, subject, transition)
                    # What follows has been computed ahead.
                    if number < last:
                        continue
                else:
                    self._block(window, position, number, verdict)
            except CalculationError:
                raise  # from a model; it names the location already
            except Exception as error:
                error.add_note(f"while subject {named(subject, index)} tried {transition!r} at timestamp {timestamp}")
                raise
            self._lookahead.next_attempt(window, index, states[index], tick + 1)
        self.attempts += len(window.positions) - void
        self._lookahead.learn(window, void)

    def _block(self, window: LookaheadWindow, position: int, number: int, verdict: bool | None) -> None:  # noqa: FBT001 - as returned
        """Discard what was computed ahead for a subject that a callback has blocked by returning ``verdict``."""
        # Computed ahead under the assumption that it happens. The draws that this has used up are used again.
        if number < len(self._ways):
            subject = position & ((1 << window.bits) - 1)
            window.anew.add(subject)
            self._reserve.rewind(subject, window.step_after(position))
        way = number % len(self._ways)
        if verdict is None and way not in self._warned:
            self._warned.add(way)
            _warn_of_none(self._ways[way].transition)


def _warn_of_none(transition: Transition) -> None:
    problem = "action_callback returned None, which rejects the transition. Hint: return True to let it happen"
    code = getattr(transition.action_callback, "__code__", None)
    location = (code.co_filename, code.co_firstlineno) if code else ("<action_callback>", 1)
    warnings.warn_explicit(f"transitions.{transition.trigger}: {problem}", UserWarning, *location)
