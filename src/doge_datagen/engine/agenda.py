"""Who wakes when and what they will try: an event queue whose cost does not grow with how long subjects sleep."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from heapq import heappop, heappush

import numpy as np

from doge_datagen.engine.columns import Columns, Tries
from doge_datagen.engine.plan import Plan
from doge_datagen.engine.reserve import Integers, Reserve

MANY = 256  # subjects at once from which whole columns are faster than one after the other


class Agenda:
    """The subjects asleep, by the tick at which each will try to leave its state.

    Subjects that wake together are many or few. Whoever wakes few lays them to sleep again one by one: writes into
    ``chosen`` what each will try, and into ``due`` when, by :meth:`note` where the tick is new. Many are laid to sleep
    at once, by :meth:`sleep`, in columns.

    Args:
        plan: how each state is left.
        reserve: the draws.
        ticks: how many there are: who would wake later is not kept.

    Attributes:
        chosen: for each subject asleep the number of the way it will try.
        due: the subjects asleep, by the tick at which they wake.
        tried: for each way how often it was tried.
    """

    def __init__(self, plan: Plan, reserve: Reserve, ticks: int) -> None:
        self.chosen = [0] * len(reserve.cursor)
        self.due: dict[int, list[int]] = {}
        self.tried = [0] * len(plan.ways)
        self._columns = Columns(plan)
        self._reserve = reserve
        self._ticks = ticks
        self._when: list[int] = []
        self._up_next: Tries | None = None  # what many try in the next tick, beside those who are due then
        self._awake: Tries | None = None

    def __bool__(self) -> bool:
        return bool(self._when)

    def begin(self, states: Sequence[int]) -> None:
        """Lay everybody to sleep in their states; the first tick in which anybody can wake is 0."""
        self._sleep(np.arange(len(states)), np.array(states, dtype=np.int64), 0)

    def wake(self) -> tuple[int, list[int], Iterable[int], bool]:
        """The next tick in which somebody wakes, who that is, by index, what each tries, and whether they are many."""
        tick = heappop(self._when)
        subjects = self.due.pop(tick)
        if self._up_next is None and len(subjects) < MANY:
            subjects.sort()
            return tick, subjects, map(self.chosen.__getitem__, subjects), False
        tries = Tries.of(subjects, self.chosen)
        self._awake = (tries if self._up_next is None else tries.joined(self._up_next)).in_order()
        self._up_next = None
        return tick, self._awake.subjects.tolist(), self._awake.ways.tolist(), True

    def sleep(self, blocked: Collection[int], tick: int) -> None:
        """Lay the many who were awake to sleep again, the blocked where they were: they wake at ``tick`` or later."""
        if self._awake is None:
            raise RuntimeError("nobody is awake in columns")
        woken, self._awake = self._awake, None
        for way, times in enumerate(np.bincount(woken.ways).tolist()):
            self.tried[way] += times
        stays = np.isin(woken.subjects, list(blocked)) if blocked else None
        self._sleep(woken.subjects, self._columns.after(woken.ways, stays), tick)

    def note(self, tick: int, *subjects: int) -> None:
        """These wake at ``tick``."""
        if tick in self.due:
            self.due[tick].extend(subjects)
        else:
            self.due[tick] = list(subjects)
            heappush(self._when, tick)

    def _sleep(self, subjects: Integers, states: Integers, tick: int) -> None:
        """Lay subjects to sleep in these states."""
        left = self._ticks - tick
        if left <= 0:
            return
        sure = self._columns.sure[states]
        drawing = sure < 0
        certain = Tries(subjects[~drawing], sure[~drawing])
        dwell, ways = self._columns.choose(states[drawing], *self._reserve.take(subjects[drawing]))
        tries, soon, later = Tries(subjects[drawing], ways), dwell < 1.0, (dwell >= 1.0) & (dwell < left)
        self._keep(certain.joined(tries.where(soon)), tick)
        self._note_each(tries.where(later), (dwell[later].astype(np.int64) + tick).tolist())

    def _keep(self, up_next: Tries, tick: int) -> None:
        """What is to be tried in the very next tick stays in columns, if it is much."""
        if len(up_next.subjects) < MANY:
            self._note_each(up_next, [tick] * len(up_next.subjects))
        else:
            self._up_next = up_next
            self.note(tick)

    def _note_each(self, tries: Tries, wakes: Iterable[int]) -> None:
        for subject, way, wake in zip(tries.subjects.tolist(), tries.ways.tolist(), wakes, strict=True):
            self.chosen[subject] = way
            self.note(wake, subject)
