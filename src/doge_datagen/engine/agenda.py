"""Who wakes when: an event queue whose cost does not grow with how long subjects sleep."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from heapq import heappop, heappush

from doge_datagen.engine.plan import Leaving, Way
from doge_datagen.engine.reserve import Reserve
from doge_datagen.model import Transition

NOWHERE = Way(Transition("", "", "", 0), None, 0, (), 0)


class Agenda:
    """The subjects asleep, by the tick at which each tries to leave its state.

    Attributes:
        chosen: for each subject asleep, the way it will try when it wakes.
    """

    def __init__(self, plan: Sequence[Leaving], reserve: Reserve, ticks: int) -> None:
        self.chosen: list[Way] = [NOWHERE] * len(reserve.cursor)
        self._plan = plan
        self._reserve = reserve
        self._ticks = ticks
        self._due: dict[int, list[int]] = {}
        self._when: list[int] = []

    def __bool__(self) -> bool:
        return bool(self._when)

    def wake(self) -> tuple[int, list[int]]:
        """The next tick at which somebody wakes, and who, in order of index."""
        tick = heappop(self._when)
        subjects = self._due.pop(tick)
        subjects.sort()
        return tick, subjects

    def sleep(self, subjects: Sequence[int], states: Sequence[int], tick: int) -> None:
        """Lay subjects to sleep in their states: each wakes at ``tick`` or later, or not before the end."""
        left = self._ticks - tick
        reserve, plan, chosen, due = self._reserve, self._plan, self.chosen, self._due
        cursor, exponential, bits = reserve.cursor, reserve.exponential, reserve.bits
        row_end = reserve.width - 1
        up_next: list[int] = []
        for subject in subjects if left > 0 else ():
            scale, thresholds, ways, sure = plan[states[subject]]
            if sure:
                chosen[subject] = sure
                up_next.append(subject)
                continue
            here = cursor[subject]
            if not here & row_end:
                reserve.refill([other for other in subjects if not cursor[other] & row_end])
                here = cursor[subject]
            cursor[subject] = here + 1
            dwell = exponential[here] * scale
            if dwell < 1.0:
                up_next.append(subject)
            elif dwell < left:
                wake = tick + int(dwell)
                if wake in due:
                    due[wake].append(subject)
                else:
                    self._note(wake, [subject])
            else:
                continue
            chosen[subject] = ways[bisect_right(thresholds, bits[here])] if thresholds else ways[0]
        if up_next:
            self._note(tick, up_next)

    def _note(self, tick: int, subjects: list[int]) -> None:
        if tick in self._due:
            self._due[tick] += subjects
        else:
            self._due[tick] = subjects
            heappush(self._when, tick)
