"""Events of ticks after the end of their window, which wait for the windows that contain these ticks.

They exist when a window is shortened while threads walk subjects through it: subjects that were walked already have
events after the new end.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from doge_datagen.engine.compiled.counting_sort import Page
from doge_datagen.engine.waiting.tick_waits import NEVER

Array = npt.NDArray[Any]


class EarlyNotes:
    """The early events by stream, as columns: ticks, subjects and others, in any order.

    After the streams there is one more entry for events that no stream counts, with ticks and transitions, so that they
    can be counted.

    Args:
        feeds: by transition, the numbers of the streams that get one record of each of its events.
        streams: how many streams there are.
    """

    def __init__(self, feeds: Sequence[Sequence[int]], streams: int) -> None:
        self._waiting: list[list[list[Array]]] = [[] for _ in range(streams + 1)]
        first = np.array([min(fed, default=streams) for fed in feeds], dtype=np.int64)
        self._counted = [first == stream for stream in range(streams + 1)]  # count an event in one of its streams only

    def __len__(self) -> int:
        return sum(len(columns[0]) for chunks in self._waiting for columns in chunks)

    def clear(self) -> None:
        """Discard all events."""
        self._waiting = [[] for _ in self._waiting]

    def add(self, stream: int, start: int, columns: Sequence[Array]) -> None:
        """Add events of a stream, whose ticks are counted from ``start``."""
        if len(columns[0]):
            ticks, *others = columns
            self._waiting[stream].append([ticks.astype(np.int64) + start, *others])

    def due(self, stream: int, end: int) -> list[Array]:
        """Remove and return the events of a stream before tick ``end``; empty if there are none."""
        columns = [np.concatenate(chunks) for chunks in zip(*self._waiting[stream], strict=True)]
        if not columns or not np.any(now := columns[0] < end):
            return []
        rest = [column[~now] for column in columns]
        self._waiting[stream] = [rest] if len(rest[0]) else []
        return [column[now] for column in columns]

    def end_of(self, records: int) -> int:
        """The tick up to which about so many events wait; ``NEVER`` if fewer wait."""
        most = records // len(self._waiting)
        ticks = [np.concatenate([columns[0] for columns in chunks]) for chunks in self._waiting if chunks]
        return min((int(np.partition(it, most)[most]) for it in ticks if len(it) > most), default=NEVER)

    def counts(self) -> Array:
        """By number of the transition, how many of its events wait."""
        found = np.zeros(len(self._counted[0]), dtype=np.int64)
        for chunks, counted in zip(self._waiting, self._counted, strict=True):
            for columns in chunks:
                found += np.where(counted, np.bincount(columns[min(2, len(columns) - 1)], minlength=len(found)), 0)
        return found


def page_of(early: Sequence[Array], start: int, number: int) -> Page:
    """A page of early events that are due in the window from ``start`` on, as those of a range with this number."""
    ticks, *others = early
    return [(ticks - start).astype(np.int32), *others], np.array([number]), np.array([len(ticks)])


def split(page: Page, ticks: int) -> tuple[Page, list[Array]]:
    """Split a page: a page of the window's first ``ticks`` ticks, and the columns of all later events."""
    columns, ranges, ends = page
    now = columns[0] < ticks
    counted = np.concatenate([[0], np.cumsum(now)])
    return ([column[now] for column in columns], ranges, counted[ends]), [column[~now] for column in columns]
