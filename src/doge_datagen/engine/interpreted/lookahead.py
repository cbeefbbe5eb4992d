"""What subjects will try, foreseen for many at once: a subject's life is known until a callback blocks it.

What happens to a subject follows from seed, subject and step alone, unless a callback returns False. So the tries of
all subjects are laid out for a window of ticks, in columns, as if nobody were blocked; and whoever is blocked has the
rest of its window thought anew, one try after the other.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

import numpy as np

from doge_datagen.engine.interpreted.draw_buffer import DrawBuffer, Integers
from doge_datagen.engine.interpreted.vector_sleep import VectorSleep
from doge_datagen.engine.transition_plan import TransitionPlan

FEW = 16  # subjects up to which one try after the other is faster than columns
TRIES = 2**12  # what a window should hold: enough for columns to pay, and little to keep
MOST = 2**16  # that it holds before it ends early, but for a single tick and for one try of each subject


class LookaheadWindow:
    """The tries of a run of ticks, in order of tick and subject; ``again`` adds to them while they are walked.

    Attributes:
        start: the first tick.
        end: the tick after the last.
        bits: how many bits of a place say the subject: a place is ``(tick - start) << bits | subject``.
        places: when and who, ascending.
        subjects: the subject of each place.
        numbers: the way tried at each place: below ``ways`` it was foreseen, and what comes after it too; from ``ways``
            on it was foreseen and nothing after it; from ``2 * ways`` on it was thought anew.
        anew: the subjects who were blocked: what was foreseen for them is void.
    """

    def __init__(self, start: int, end: int, bits: int, columns: Sequence[Integers]) -> None:
        ticks, subjects, numbers, steps = columns
        places = (ticks - start) << bits | subjects
        order = places.argsort()
        self.start, self.end, self.bits = start, end, bits
        self.places: list[int] = places[order].tolist()
        self.subjects: list[int] = subjects[order].tolist()
        self.numbers: list[int] = numbers[order].tolist()
        self.anew: set[int] = set()
        self._foreseen = places[order]
        self._steps = steps[order]

    @property
    def tries(self) -> tuple[list[int], list[int], list[int]]:
        """Places, subjects and numbers."""
        return self.places, self.subjects, self.numbers

    def step_after(self, place: int) -> int:
        """The number of the step that follows the try that was foreseen at a place."""
        return int(self._steps[self._foreseen.searchsorted(place)])

    def add(self, tick: int, subject: int, number: int) -> None:
        """One more try, later than what is walked now."""
        place = (tick - self.start) << self.bits | subject
        at = bisect_left(self.places, place)
        self.places.insert(at, place)
        self.subjects.insert(at, subject)
        self.numbers.insert(at, number)


class Lookahead:
    """Lays out window after window, and thinks anew what a callback has changed.

    Args:
        plan: how each state is left.
        states: the state of each subject at the beginning.
        reserve: the draws.
        ticks: how many there are.
    """

    def __init__(self, plan: TransitionPlan, states: Sequence[int], reserve: DrawBuffer, ticks: int) -> None:
        self._leaving = plan.leaving
        self._ways = len(plan.ways)
        self._reserve = reserve
        self._ticks = ticks
        self._bits = max(1, len(states).bit_length())
        self._length = 1
        self._columns = VectorSleep(plan, reserve, ticks)
        everybody, nothing = np.arange(len(states)), np.zeros(len(states), dtype=np.int64)
        self._wake, self._way = self._columns.sleep(everybody, np.array(states, dtype=np.int64), nothing)

    def window(self, limit: int) -> LookaheadWindow | None:
        """The next window, from the tick in which somebody wakes; None when nobody does before the limit."""
        start = int(self._wake.min(initial=self._ticks))
        limit = min(limit, self._ticks)
        if start >= limit:
            return None
        end = min(start + self._length, limit)
        rows = np.flatnonzero(self._wake < end)
        foreseen, tries = [], 0
        while rows.size > FEW and tries < MOST:
            foreseen.append(self._pending(rows, 0))
            tries += rows.size
            ticks, ways = self._wake[rows], self._way[rows]
            self._wake[rows], self._way[rows] = self._columns.sleep(rows, self._columns.target[ways], ticks + 1)
            rows = rows[self._wake[rows] < end]
        foreseen.append(self._pending(rows, self._ways))
        window = LookaheadWindow(
            start, end, self._bits, [np.concatenate(column) for column in zip(*foreseen, strict=True)]
        )
        if rows.size > FEW:
            self.cut(window, int(self._wake[rows].min()))  # up to there all tries are known
        return window

    def cut(self, window: LookaheadWindow, end: int) -> None:
        """End a window early: what it holds from a tick on that is still to come is tried in the windows to come."""
        at = bisect_left(window.places, (end - window.start) << window.bits)
        restored: set[int] = set()
        for place, subject, number in zip(*(it[at:] for it in window.tries), strict=True):
            foreseen = number < 2 * self._ways
            if subject in restored or (foreseen and subject in window.anew):
                continue
            restored.add(subject)
            self._wake[subject] = window.start + (place >> window.bits)
            self._way[subject] = number % self._ways
            if foreseen:
                self._reserve.rewind(subject, window.step_after(place))
        for column in window.tries:
            del column[at:]
        window.end = end

    def _pending(self, rows: Integers, kind: int) -> tuple[Integers, Integers, Integers, Integers]:
        return self._wake[rows], rows, self._way[rows] + kind, self._reserve.steps(rows)

    def pending(self) -> tuple[Integers, Integers, Integers]:
        """For each subject when it wakes, what it will try then, and the number of its next step."""
        return self._wake.copy(), self._way.copy(), self._reserve.steps(np.arange(self._wake.size))

    def go_on(self, wakes: Integers, ways: Integers, steps: Integers) -> None:
        """Forget what was foreseen, and go on from what :meth:`pending` gave."""
        self._wake, self._way = wakes, ways
        self._reserve.go_to(steps)

    def again(self, window: LookaheadWindow, subject: int, state: int, tick: int) -> None:
        """Lay one subject to sleep in its state: it wakes at ``tick`` or later, in the window or after it."""
        reserve, (scale, thresholds, ways, way) = self._reserve, self._leaving[state]
        dwell = 0.0
        if way < 0:
            if reserve.cursor[subject] % reserve.width == 0:
                reserve.refill([subject])
            here = reserve.cursor[subject]
            reserve.cursor[subject] = here + 1
            dwell = reserve.exponential[here] * scale
            way = ways[bisect_right(thresholds, reserve.choice[here])] if ways else way
        wake = tick + int(dwell) if dwell < self._ticks - tick else self._ticks
        if wake < window.end:
            window.add(wake, subject, way + 2 * self._ways)
            if len(window.places) > MOST and tick < window.end:
                self.cut(window, tick)
        else:
            self._wake[subject], self._way[subject] = wake, way

    def learn(self, window: LookaheadWindow, void: int) -> None:
        """Make the next window longer or shorter: so that it holds ``TRIES``, and few of them void."""
        tries = len(window.places)
        if void * 4 > tries:
            self._length = max(1, self._length // 2)
        else:
            fitting = (window.end - window.start) * TRIES // max(tries, 1)
            self._length = max(1, self._length // 2, min(self._length * 2, fitting))
