"""Computes ahead what many subjects will attempt, and corrects it when a callback blocks one of them.

What happens to a subject follows from seed, subject and step alone, unless a callback returns False. So the attempts of
all subjects in a window are computed at once, in columns, as if none were blocked. If a callback does block a subject,
the rest of its window is computed again, one attempt after the other.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from doge_datagen.engine.interpreted.draw_buffer import WIDEST, DrawBuffer, Floats, Integers
from doge_datagen.engine.waiting.tick_waits import LONGEST_WAIT, next_tick, next_way, whole
from doge_datagen.engine.waiting.transition_plan import PlanArrays, TransitionPlan, plan_arrays
from doge_datagen.numeric.functions import calling


def whole_of_column(waits: Floats) -> Integers:
    """The equivalent of :func:`~doge_datagen.engine.waiting.tick_waits.whole` for a column."""
    return np.fmin(waits, LONGEST_WAIT).astype(np.int64)  # fmin prefers a number to nan


next_ticks, next_ways = (calling(law, {id(whole): whole_of_column}) for law in (next_tick, next_way))
"""The same sources as in :mod:`doge_datagen.engine.waiting.tick_waits`, for columns."""


class VectorSleep:
    """Finds for many subjects at once when they wake and what they attempt then.

    Args:
        plan: how each state is left.
        reserve: the draws.
    """

    def __init__(self, plan: PlanArrays, reserve: DrawBuffer) -> None:
        self._plan = plan
        self._reserve = reserve
        self._half = int(plan.half.max(initial=0))  # steps that a state does not need change nothing: see PlanArrays

    def sleep(self, subjects: Integers, states: Integers, ticks: Integers) -> tuple[Integers, Integers]:
        """When subjects wake and which way they attempt then.

        Args:
            subjects: their indexes.
            states: the state of each.
            ticks: the earliest tick at which each may wake.
        """
        plan = self._plan
        wakes, ways = ticks.copy(), plan.sure[states]
        drawing = np.flatnonzero(ways < 0)
        if drawing.size:
            exponential, choice = self._reserve.take(subjects[drawing])
            states = states[drawing]
            with np.errstate(invalid="ignore"):  # where the exponential is 0 in a state that is never left
                wakes[drawing] = next_ticks(ticks[drawing], exponential, plan.scale[states])
            ways[drawing] = next_ways(choice, plan.first[states], self._half, plan.limits, plan.ways)
        return wakes, ways


@dataclass(frozen=True, slots=True)
class LookaheadSizes:
    """How far to look ahead; what happens does not depend on it.

    Attributes:
        few: subjects up to which one attempt after the other is faster than columns.
        attempts: how many a window should hold: enough for columns to pay off, few enough to need little memory.
        most: attempts after which a window ends early, unless it is a single tick or has one attempt per subject.
        draws: how many are made ahead for each subject at most.
    """

    few: int = 16
    attempts: int = 2**12
    most: int = 2**16
    draws: int = WIDEST


SIZES = LookaheadSizes()


class LookaheadWindow:
    """The attempts of some consecutive ticks, in order of tick and subject; ``again`` adds to them during the walk.

    Attributes:
        start: the first tick.
        end: the tick after the last.
        bits: how many low bits of a position are the subject: a position is ``(tick - start) << bits | subject``.
        positions: tick and subject of each attempt, ascending.
        subjects: the subject of each attempt.
        numbers: what is attempted, and how it became known, with w the number of ways: a number below w is a way that
            was computed ahead, as was the attempt after it; from w to 2w - 1, it is the last attempt that was computed
            ahead for the subject; from 2w on, it was added by ``again``. The way is the number modulo w.
        anew: the subjects that were blocked; what was computed ahead for them is void.
    """

    def __init__(self, start: int, end: int, bits: int, columns: Sequence[Integers]) -> None:
        ticks, subjects, numbers, steps = columns
        # Tick and subject in one integer: the order of one sort is that of the run, and a search needs one comparison.
        positions = (ticks - start) << bits | subjects
        order = positions.argsort()
        self.start, self.end, self.bits = start, end, bits
        self.positions: list[int] = positions[order].tolist()
        self.subjects: list[int] = subjects[order].tolist()
        self.numbers: list[int] = numbers[order].tolist()
        self.anew: set[int] = set()
        self._foreseen = positions[order]
        self._steps = steps[order]

    @property
    def attempts(self) -> tuple[list[int], list[int], list[int]]:
        """The lists of positions, subjects and numbers."""
        return self.positions, self.subjects, self.numbers

    def step_after(self, position: int) -> int:
        """The number of the step after the attempt that was computed ahead at a position."""
        return int(self._steps[self._foreseen.searchsorted(position)])

    def add(self, tick: int, subject: int, number: int) -> None:
        """Add an attempt, later than the one that is being walked."""
        position = (tick - self.start) << self.bits | subject
        at = bisect_left(self.positions, position)
        self.positions.insert(at, position)
        self.subjects.insert(at, subject)
        self.numbers.insert(at, number)


class Lookahead:
    """Computes window after window, and corrects them when a callback blocks a subject.

    Args:
        plan: how each state is left.
        states: the initial state of each subject.
        reserve: the draws.
        ticks: the number of ticks in the run.
        sizes: how far to look ahead.
    """

    def __init__(
        self,
        plan: TransitionPlan,
        states: Sequence[int],
        reserve: DrawBuffer,
        ticks: int,
        sizes: LookaheadSizes = SIZES,
    ) -> None:
        self._few, self._attempts, self._most = sizes.few, sizes.attempts, sizes.most
        self._ways = len(plan.ways)
        self._reserve = reserve
        self._ticks = ticks
        self._bits = max(1, len(states).bit_length())
        self._length = 1
        columns = plan_arrays(plan, range(self._ways))
        self._target = columns.target
        self._columns = VectorSleep(columns, reserve)
        self._lists = columns.lists()
        everybody, nothing = np.arange(len(states)), np.zeros(len(states), dtype=np.int64)
        self._wake, self._way = self._columns.sleep(everybody, np.array(states, dtype=np.int64), nothing)

    def window(self, limit: int) -> LookaheadWindow | None:
        """The next window, from the first tick in which some subject wakes; None if none does before the limit."""
        start = int(self._wake.min(initial=self._ticks))
        limit = min(limit, self._ticks)
        if start >= limit:
            return None
        end = min(start + self._length, limit)
        rows = np.flatnonzero(self._wake < end)
        foreseen, attempts = [], 0
        # Round by round, each with those who wake again within the window. The last few are not worth columns: their
        # further attempts are found one by one during the walk.
        while rows.size > self._few and attempts < self._most:
            foreseen.append(self._pending(rows, 0))
            attempts += rows.size
            ticks, ways = self._wake[rows], self._way[rows]
            self._wake[rows], self._way[rows] = self._columns.sleep(rows, self._target[ways], ticks + 1)
            rows = rows[self._wake[rows] < end]
        foreseen.append(self._pending(rows, self._ways))
        window = LookaheadWindow(
            start, end, self._bits, [np.concatenate(column) for column in zip(*foreseen, strict=True)]
        )
        if rows.size > self._few:
            self.cut(window, int(self._wake[rows].min()))  # all attempts before that tick are known
        return window

    def cut(self, window: LookaheadWindow, end: int) -> None:
        """End a window early; the attempts from ``end`` on move to later windows.

        For each subject, its first attempt after the new end becomes the pending one again. If that was computed ahead,
        the draws after it are returned to the reserve.
        """
        at = bisect_left(window.positions, (end - window.start) << window.bits)
        restored: set[int] = set()
        for position, subject, number in zip(*(it[at:] for it in window.attempts), strict=True):
            # Of a subject that was blocked, what was computed ahead is void; what was added since then counts.
            foreseen = number < 2 * self._ways
            if subject in restored or (foreseen and subject in window.anew):
                continue
            restored.add(subject)
            self._wake[subject] = window.start + (position >> window.bits)
            self._way[subject] = number % self._ways
            if foreseen:
                self._reserve.rewind(subject, window.step_after(position))
        for column in window.attempts:
            del column[at:]
        window.end = end

    def _pending(self, rows: Integers, kind: int) -> tuple[Integers, Integers, Integers, Integers]:
        return self._wake[rows], rows, self._way[rows] + kind, self._reserve.steps(rows)

    def pending(self) -> tuple[Integers, Integers, Integers]:
        """For each subject, when it wakes, the way that it will attempt, and the number of its next step."""
        return self._wake.copy(), self._way.copy(), self._reserve.steps(np.arange(self._wake.size))

    def continue_from(self, wakes: Integers, ways: Integers, steps: Integers) -> None:
        """Discard what was computed ahead, and continue from what :meth:`pending` returned."""
        self._wake, self._way = wakes, ways
        self._reserve.go_to(steps)

    def next_attempt(self, window: LookaheadWindow, subject: int, state: int, tick: int) -> None:
        """Compute the next attempt of one subject, at ``tick`` or later, in the window or after it.

        This is :meth:`VectorSleep.sleep` for one subject, because it is called for every blocked attempt.
        """
        reserve, (scale, sure, first, half, limits, ways) = self._reserve, self._lists
        wake, way = tick, sure[state]
        if way < 0:
            if reserve.cursor[subject] % reserve.width == 0:
                reserve.refill([subject])
            here = reserve.cursor[subject]
            reserve.cursor[subject] = here + 1
            wake = next_tick(tick, reserve.exponential[here], scale[state])
            way = next_way(reserve.choice[here], first[state], half[state], limits, ways)
        if wake < window.end:
            window.add(wake, subject, way + 2 * self._ways)
            # The walk is iterating over these lists. It is at an attempt before this tick, so what is cut off, or was
            # added above, is behind its position.
            if len(window.positions) > self._most and tick < window.end:
                self.cut(window, tick)
        else:
            self._wake[subject], self._way[subject] = wake, way

    def learn(self, window: LookaheadWindow, void: int) -> None:
        """Adapt the length of the next window, so that it holds about ``sizes.attempts``, few of which become void."""
        attempts = len(window.positions)
        # Frequent blocking makes columns a waste, so windows shrink until little is computed ahead.
        if void * 4 > attempts:
            self._length = max(1, self._length // 2)
        else:
            fitting = (window.end - window.start) * self._attempts // max(attempts, 1)
            self._length = max(1, self._length // 2, min(self._length * 2, fitting))
