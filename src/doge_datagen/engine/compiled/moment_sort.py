"""Sorts the events of a window that were recorded in any order: by buckets of moments, then within each.

It is for windows with many more moments than events, for subjects that were walked side by side, and for events that
were recorded before their window. What decides the order, the moment and the subject, is one integer; the other columns
are moved once, when the rows of all events are known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from doge_datagen.engine.compiled.code_cache import kept
from doge_datagen.engine.compiled.counting_sort import CountingSort, Page, put

Array = Any  # a NumPy array, whose type Numba infers

INSERTED_AT_MOST = 512
"""How many rows are sorted by insertion; from about there on a merge is faster, and the call of NumPy's."""
WORD, SUBJECT = np.int64(32), np.int64(0xFFFFFFFF)


class MomentSort(CountingSort):
    """Sorts the events of one stream by tick and subject, from columns of which the first two are these.

    Attributes:
        columns: the columns after the tick; sorted once all :attr:`steps` are done.

    Args:
        pages: one from each buffer.
        tallies: the number of events, by range and bucket.
        shift: a bucket has 2**shift ticks.
    """

    def __init__(self, pages: Sequence[Page], tallies: Array, shift: int) -> None:
        super().__init__(pages, tallies)
        self._shift = shift
        # A key and the number of its source are all that moves while events are sorted: the other columns are many and
        # wide.
        self._keys = np.empty(len(self), np.int64)
        self._sources, self._positions = (np.empty(len(self), self._following.dtype) for _ in range(2))
        self._begins = np.cumsum([0, *(len(ticks) for (ticks, *_), _, _ in pages)])

    @property
    def steps(self) -> tuple[Callable[[int], None], ...]:
        """What sorts the events; see :attr:`CountingSort.steps`."""
        # Each step needs the one before to be over for all pages, since a bucket has events of several threads.
        return self.put, self.settle, self.move

    def put(self, number: int) -> None:
        """Move what decides the order of one page's events to their buckets."""
        (ticks, subjects, *_), ranges, ends = self._pages[number]
        buckets = self._shift, self._following
        put_keys(ticks, subjects, ranges, ends, buckets, self._keys, self._begins[number], self._sources)

    def settle(self, number: int) -> None:
        """Sort within a share of the buckets."""
        buckets, pages = len(self._ends), len(self._pages)
        # By buckets, not by pages: so two threads never write to the same rows.
        first, last = buckets * number // pages, buckets * (number + 1) // pages
        self._sort_crowded(first, last)
        settle(self._keys, self._sources, self._ends, first, last, self._positions, self.columns[0])

    def _sort_crowded(self, first: int, last: int) -> None:
        """Sort within the buckets among these that have many rows; insertion then has nothing left to move there."""
        edges = np.concatenate([[self._ends[first - 1] if first else 0], self._ends[first:last]])
        for bucket in np.flatnonzero(np.diff(edges) > INSERTED_AT_MOST):
            rows = slice(edges[bucket], edges[bucket + 1])
            # A stable sort: lines of one event have the same key, and stay in the order in which they were recorded. It
            # is not compiled here, where NumPy's would take longer to compile than all else in this module.
            order = np.argsort(self._keys[rows], kind="stable")
            self._keys[rows], self._sources[rows] = self._keys[rows][order], self._sources[rows][order]

    def move(self, number: int) -> None:
        """Move the other columns of one page to their rows."""
        (_, _, *columns), _, _ = self._pages[number]
        positions = self._positions[self._begins[number] : self._begins[number + 1]]
        for column, ordered in zip(columns, self.columns[1:], strict=True):
            put(column, positions, ordered)

    def times(self, first: int, last: int, start: int, tick: int) -> Array:
        """The timestamps of some rows; see :meth:`CountingSort.times`."""
        return start + (self._keys[first:last] >> WORD) * tick


class BirthSort(MomentSort):
    """The same for subjects that are spawned: events of one moment and root are in the order of the last column."""

    def __init__(self, pages: Sequence[Page], tallies: Array, shift: int) -> None:
        super().__init__(pages, tallies, shift)
        # A third criterion would not fit the key. Only children of one root at one moment need it, which are few.
        self._order = np.concatenate([columns[-1] for columns, _, _ in pages])

    def settle(self, number: int) -> None:
        """Sort within a share of the buckets."""
        super().settle(number)
        buckets, pages = len(self._ends), len(self._pages)
        first, last = buckets * number // pages, buckets * (number + 1) // pages
        settle_ties(self._keys, self._sources, self._ends, first, last, self._positions, self._order)


@kept(nogil=True)
def settle_ties(
    keys: Array, sources: Array, ends: Array, first_bucket: int, last_bucket: int, positions: Array, order: Array
) -> None:  # pragma: no cover - compiled
    """Sort those with equal keys in some buckets, which are few, by insertion."""
    if first_bucket == last_bucket:
        return
    first = ends[first_bucket - 1] if first_bucket > 0 else 0
    # One pass over all buckets of the share is enough, since equal keys are always in the same one.
    for number in range(first + 1, ends[last_bucket - 1]):
        source, position = sources[number], number
        while (
            position > first and keys[position - 1] == keys[position] and order[sources[position - 1]] > order[source]
        ):
            sources[position] = sources[position - 1]
            positions[sources[position]] = position
            position -= 1
        sources[position] = source
        positions[source] = position


@kept(nogil=True)
def put_keys(
    ticks: Array, subjects: Array, ranges: Array, ends: Array, buckets: tuple[int, Array], keys: Array, before: int,
    sources: Array,
) -> None:  # fmt: skip  # pragma: no cover - compiled
    """Write the key of each event, and its number after those ``before``, to the next free row of its bucket."""
    shift, following = buckets
    first = 0
    for part in range(len(ranges)):
        free = following[ranges[part]]
        for number in range(first, ends[part]):
            bucket = ticks[number] >> shift
            position = free[bucket]
            free[bucket] = position + 1
            # Tick and subject in one integer: one comparison decides the order, and the row needs no other column
            # meanwhile.
            keys[position] = (np.int64(ticks[number]) << WORD) | np.int64(subjects[number])
            sources[position] = before + number
        first = ends[part]


@kept(nogil=True)
def settle(
    keys: Array, sources: Array, ends: Array, first_bucket: int, last_bucket: int, positions: Array, subjects: Array
) -> None:  # pragma: no cover - compiled
    """Sort the keys of some buckets; write where the event of each source is now, and its subject.

    Buckets are small where events are spread evenly, for which insertion is fastest; crowded ones are sorted before.
    """
    first = ends[first_bucket - 1] if first_bucket > 0 else 0
    for bucket in range(first_bucket, last_bucket):
        last = ends[bucket]
        insert(keys, sources, first, last)
        for row in range(first, last):
            positions[sources[row]] = row
            subjects[row] = keys[row] & SUBJECT
        first = last


@kept(nogil=True)
def insert(keys: Array, sources: Array, first: int, last: int) -> None:  # pragma: no cover - compiled
    """Sort a few keys by insertion."""
    for number in range(first + 1, last):
        key, source, position = keys[number], sources[number], number
        while position > first and keys[position - 1] > key:
            keys[position], sources[position] = keys[position - 1], sources[position - 1]
            position -= 1
        keys[position], sources[position] = key, source


def counted(ticks: Array, shift: int, buckets: int) -> Array:
    """How many of some events are in each bucket."""
    # In the type of the kernel's tallies, beside which these are stacked.
    return np.bincount(ticks >> shift, minlength=buckets).astype(np.uint32)


def recount(pages: Sequence[Page], shift: int, tallies: Array) -> None:
    """Count the events of pages again, after some have been taken away."""
    tallies[:] = 0
    for (ticks, *_), ranges, ends in pages:
        first = 0
        for number, last in zip(ranges, ends, strict=True):
            tallies[number] += counted(ticks[first:last], shift, tallies.shape[1])
            first = last
