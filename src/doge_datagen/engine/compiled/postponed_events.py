"""Events of ticks after the end of their window, which wait for the windows that contain these ticks.

They exist when a window is shortened while threads walk subjects through it: subjects that were walked already have
events after the new end.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from doge_datagen.engine.compiled.counting_sort import CountingSort, Page
from doge_datagen.engine.waiting_per_tick import NEVER

Array = npt.NDArray[Any]


class EarlyNotes:
    """The early events by stream, as columns: ticks, subjects and others, in order of tick and subject.

    After the streams there is one more entry for events that feed no stream, with ticks and transitions, so that they
    can be counted.

    Args:
        feeds: by transition, the numbers of the streams that it feeds.
        streams: how many streams there are.
    """

    def __init__(self, feeds: Sequence[Sequence[int]], streams: int) -> None:
        self._waiting: list[list[Array]] = [[] for _ in range(streams + 1)]
        first = np.array([min(fed, default=streams) for fed in feeds], dtype=np.int64)
        self._counted = [first == stream for stream in range(streams + 1)]  # count an event in one of its streams only

    def __len__(self) -> int:
        return sum(len(columns[0]) for columns in self._waiting if columns)

    def clear(self) -> None:
        """Discard all events."""
        self._waiting = [[] for _ in self._waiting]

    def add(self, stream: int, start: int, columns: Sequence[Array]) -> None:
        """Add events of a stream, whose ticks are counted from ``start``."""
        if len(columns[0]):
            ticks, *others = columns
            noted = [ticks.astype(np.int64) + start, *others]
            waiting = self._waiting[stream]
            together = [np.concatenate(pair) for pair in zip(waiting, noted, strict=True)] if waiting else noted
            self._waiting[stream] = _in_order(together)

    def due(self, stream: int, end: int) -> list[Array]:
        """Remove and return the events of a stream before tick ``end``; empty if there are none."""
        waiting = self._waiting[stream]
        count = int(np.searchsorted(waiting[0], end)) if waiting else 0
        if not count:
            return []
        rest = [column[count:].copy() for column in waiting] if count < len(waiting[0]) else []
        self._waiting[stream] = rest
        return [column[:count] for column in waiting]

    def end_of(self, records: int) -> int:
        """The tick up to which about so many events wait; ``NEVER`` if fewer wait."""
        most = records // len(self._waiting)
        return min((int(it[0][most]) for it in self._waiting if it and len(it[0]) > most), default=NEVER)

    def counts(self) -> Array:
        """By number of the transition, how many of its events wait."""
        found = np.zeros(len(self._counted[0]), dtype=np.int64)
        for columns, counted in zip(self._waiting, self._counted, strict=True):
            if columns:
                found += np.where(counted, np.bincount(columns[min(2, len(columns) - 1)], minlength=len(found)), 0)
        return found


class Merged(CountingSort):
    """A sorted window, merged with the early events that have waited for it.

    Args:
        order: the window, all of whose pages have been :meth:`put`.
        early: the early events: ticks, and the columns of ``order``.
        start: the first tick of the window.
    """

    def __init__(self, order: CountingSort, early: Sequence[Array], start: int) -> None:
        ticks, *others = early
        now = [order.times(0, len(order), 0, 1), *order.columns]
        self._ticks, *self.columns = _in_order(
            [np.concatenate(pair) for pair in zip(now, [ticks - start, *others], strict=True)]
        )

    def __len__(self) -> int:
        return len(self._ticks)

    def times(self, first: int, last: int, start: int, tick: int) -> Array:
        """The timestamps of some rows; see :meth:`CountingSort.times`."""
        return start + self._ticks[first:last] * tick


def split(page: Page, ticks: int) -> tuple[Page, list[Array]]:
    """Split a page: a page of the window's first ``ticks`` ticks, and the columns of all later events."""
    columns, ranges, ends = page
    now = columns[0] < ticks
    counted = np.concatenate([[0], np.cumsum(now)])
    return ([column[now] for column in columns], ranges, counted[ends]), [column[~now] for column in columns]


def _in_order(columns: Sequence[Array]) -> list[Array]:
    """Sort columns by the first two, tick and subject; the sort is stable, so equal rows keep their order."""
    ticks, subjects = columns[:2]
    places = np.lexsort((subjects, ticks))
    return [column[places] for column in columns]
