"""Notes of ticks after the end of their window: they wait for the windows that these ticks are in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from doge_datagen.engine.checkpoint import NEVER
from doge_datagen.engine.compiled.counting_sort import CountingSort, Page

Array = npt.NDArray[Any]


class EarlyNotes:
    """By stream, the columns of what was noted early: ticks, subjects, and others, in order of tick and subject.

    Beside the streams' there are notes of the events that no stream is told of: ticks and transitions, to count them.

    Args:
        feeds: by transition, the numbers of the streams that it feeds.
        streams: how many there are.
    """

    def __init__(self, feeds: Sequence[Sequence[int]], streams: int) -> None:
        self._waiting: list[list[Array]] = [[] for _ in range(streams + 1)]
        first = np.array([min(fed, default=streams) for fed in feeds], dtype=np.int64)
        self._counted = [
            first == stream for stream in range(streams + 1)
        ]  # each event in one stream, not in all it has

    def __len__(self) -> int:
        return sum(len(columns[0]) for columns in self._waiting if columns)

    def clear(self) -> None:
        """Forget all of it."""
        self._waiting = [[] for _ in self._waiting]

    def add(self, stream: int, start: int, columns: Sequence[Array]) -> None:
        """Take notes, whose ticks are counted from the start of their window."""
        if len(columns[0]):
            ticks, *others = columns
            noted = [ticks.astype(np.int64) + start, *others]
            waiting = self._waiting[stream]
            together = [np.concatenate(pair) for pair in zip(waiting, noted, strict=True)] if waiting else noted
            self._waiting[stream] = _in_order(together)

    def due(self, stream: int, end: int) -> list[Array]:
        """The notes of the ticks before one, which wait no longer; nothing where there are none."""
        waiting = self._waiting[stream]
        count = int(np.searchsorted(waiting[0], end)) if waiting else 0
        if not count:
            return []
        rest = [column[count:].copy() for column in waiting] if count < len(waiting[0]) else []
        self._waiting[stream] = rest
        return [column[:count] for column in waiting]

    def end_of(self, records: int) -> int:
        """The tick up to which about so many wait; beyond all ticks where there are not so many."""
        most = records // len(self._waiting)
        return min((int(it[0][most]) for it in self._waiting if it and len(it[0]) > most), default=NEVER)

    def counts(self) -> Array:
        """By transition, how many of its events wait."""
        found = np.zeros(len(self._counted[0]), dtype=np.int64)
        for columns, counted in zip(self._waiting, self._counted, strict=True):
            if columns:
                found += np.where(counted, np.bincount(columns[min(2, len(columns) - 1)], minlength=len(found)), 0)
        return found


class Merged(CountingSort):
    """An order into which notes are put that have waited for it.

    Args:
        order: all of it :meth:`put`.
        early: the notes; ticks, and the columns of the order.
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
        """When some rows happened, for a window that starts at a moment, in ticks of a length."""
        return start + self._ticks[first:last] * tick


def split(page: Page, ticks: int) -> tuple[Page, list[Array]]:
    """What a page has of a window's first so many ticks, as a page, and the columns of all that comes after them."""
    columns, ranges, ends = page
    now = columns[0] < ticks
    counted = np.concatenate([[0], np.cumsum(now)])
    return ([column[now] for column in columns], ranges, counted[ends]), [column[~now] for column in columns]


def _in_order(columns: Sequence[Array]) -> list[Array]:
    """Columns by tick and subject, which are the first two; a stable sort, as most is in order already."""
    ticks, subjects = columns[:2]
    places = np.lexsort((subjects, ticks))
    return [column[places] for column in columns]
