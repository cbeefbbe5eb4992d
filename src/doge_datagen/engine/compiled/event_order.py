"""Puts the events of windows in order of time, those of all streams side by side on the threads of the engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import zip_longest
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from doge_datagen.engine.compiled.counting_sort import CountingSort, Page
from doge_datagen.engine.compiled.moment_sort import BirthSort, MomentSort, counted, recount
from doge_datagen.engine.compiled.workers import Workers
from doge_datagen.engine.recording.emission import counted_by
from doge_datagen.engine.waiting.tick_waits import NEVER
from doge_datagen.program.program import Program

Array = npt.NDArray[Any]


class EarlyEvents:
    """The early events by stream, as columns: ticks, subjects and others, in any order.

    After the streams there is one more entry for events that no stream counts, with ticks and transitions, so that they
    can be counted.

    Args:
        feeds: by transition, the numbers of the streams that get one record of each of its events.
        streams: how many streams there are.
    """

    def __init__(self, feeds: Sequence[Sequence[int]], streams: int) -> None:
        self._waiting: list[list[list[Array]]] = [[] for _ in range(streams + 1)]
        # An event is recorded in each of its streams but happened once, so it is counted in the first of them.
        first = np.array([min(fed, default=streams) for fed in feeds], dtype=np.int64)
        self._counted = [first == stream for stream in range(streams + 1)]

    def __len__(self) -> int:
        return sum(len(columns[0]) for chunks in self._waiting for columns in chunks)

    def clear(self) -> None:
        """Discard all events."""
        self._waiting = [[] for _ in self._waiting]

    def add(self, stream: int, start: int, columns: Sequence[Array]) -> None:
        """Add events of a stream, whose ticks are counted from ``start``."""
        if len(columns[0]):
            ticks, *others = columns
            # In ticks of the run, as the window that they are counted from is over; 32 bits would not be enough.
            self._waiting[stream].append([ticks.astype(np.int64) + start, *others])

    def due(self, stream: int, end: int) -> list[Array]:
        """Remove and return the events of a stream before tick ``end``; empty if there are none."""
        # Unsorted: the window in which they are due sorts them together with its own events.
        columns = [np.concatenate(chunks) for chunks in zip(*self._waiting[stream], strict=True)]
        if not columns or not np.any(now := columns[0] < end):
            return []
        rest = [column[~now] for column in columns]
        self._waiting[stream] = [rest] if len(rest[0]) else []
        return [column[now] for column in columns]

    def end_of(self, records: int) -> int:
        """The tick up to which about so many events wait; ``NEVER`` if fewer wait."""
        # Streams are looked at separately, each with its share: a partition is linear, and an estimate is enough.
        most = records // len(self._waiting)
        ticks = [np.concatenate([columns[0] for columns in chunks]) for chunks in self._waiting if chunks]
        return min((int(np.partition(it, most)[most]) for it in ticks if len(it) > most), default=NEVER)

    def counts(self) -> Array:
        """By number of the transition, how many of its events wait."""
        found = np.zeros(len(self._counted[0]), dtype=np.int64)
        for chunks, is_counted in zip(self._waiting, self._counted, strict=True):
            for columns in chunks:
                # Events that no stream counts have two columns only, the last of which is the transition.
                found += np.where(is_counted, np.bincount(columns[min(2, len(columns) - 1)], minlength=len(found)), 0)
        return found


def page_of(early: Sequence[Array], start: int, number: int) -> Page:
    """A page of early events that are due in the window from ``start`` on, as those of a range with this number."""
    ticks, *others = early
    return [(ticks - start).astype(np.int32), *others], np.array([number]), np.array([len(ticks)])


def split(page: Page, ticks: int) -> tuple[Page, list[Array]]:
    """Split a page: a page of the window's first ``ticks`` ticks, and the columns of all later events."""
    columns, ranges, ends = page
    now = columns[0] < ticks
    # Where the events of a range end among those that stay: the number of those before.
    counted = np.concatenate([[0], np.cumsum(now)])
    return ([column[now] for column in columns], ranges, counted[ends]), [column[~now] for column in columns]


class Recorded(NamedTuple):
    """What kernels have recorded in a window, not in order of time yet.

    Attributes:
        start: its first tick.
        end: the tick after its last.
        shift: a bucket of the tallies has 2**shift ticks.
        pages: by buffer, the events of each thread.
        tallies: how many events there are, by range of subjects, stream and bucket.
    """

    start: int
    end: int
    shift: int
    pages: list[list[Page]]
    tallies: Array


class OfStream(NamedTuple):
    """The events of one stream in a window.

    Attributes:
        pages: those of each thread.
        tallies: how many they are, by range of subjects and bucket.
        early: the columns of those that were recorded before the window; empty if there are none.
    """

    pages: list[Page]
    tallies: Array
    early: Sequence[Array]


class EventOrder:
    """Orders the events of window after window; those after the end of one wait for the window that contains them.

    Args:
        program: the model.
        workers: the threads.

    Attributes:
        early: the events that wait.
    """

    def __init__(self, program: Program, workers: Workers) -> None:
        streams = {name: number for number, name in enumerate(program.shapes)}
        by_transition = counted_by(program)
        feeding = [[streams[name] for name in by_transition[it.transition]] for it in program.ways]
        self.early = EarlyEvents(feeding, len(streams))
        self._streams, self._workers = len(streams), workers
        self._by_moment = program.timing is not None
        self._moment_sort = BirthSort if program.depth else MomentSort

    def streams(self, recorded: Recorded, furthest: int) -> list[OfStream]:
        """The events of a window by stream, with early ones that are due.

        Args:
            recorded: what kernels have recorded.
            furthest: the tick up to which some subject was walked; what is after the window waits from now on.
        """
        start, end, shift, pages, tallies = recorded
        buckets = -(-(end - start) >> shift)
        # Taken out before new ones are added, which are all later than this window.
        due = [self.early.due(number, end) for number in range(len(pages))]
        if end < furthest:
            for number, of_stream in enumerate(pages):
                for index, page in enumerate(of_stream):
                    of_stream[index], after = split(page, end - start)
                    self.early.add(number, start, after)
                # Without a shift, a tally is of one tick, and those behind the end are cut off below. A bucket may
                # contain the end.
                if number < tallies.shape[1] and shift:
                    recount(of_stream, shift, tallies[:, number])
        each = list(zip(pages, due, strict=True))[: self._streams]
        return [OfStream(it, tallies[:, stream, :buckets], early) for stream, (it, early) in enumerate(each)]

    def sorted(self, streams: Sequence[OfStream], recorded: Recorded) -> list[CountingSort]:
        """The events of some streams of a window in order."""
        orders = [self._order(*it, shift=recorded.shift, start=recorded.start) for it in streams]
        self._sort(sorted(orders, key=len, reverse=True))
        return orders

    def _order(
        self, pages: list[Page], tallies: Array, early: Sequence[Array], *, shift: int, start: int
    ) -> CountingSort:
        """The events of a stream, still to be sorted."""
        if early:
            pages = [*pages, page_of(early, start, len(tallies))]
            tallies = np.vstack([tallies, counted(pages[-1][0][0], shift, tallies.shape[1])])
        elif not self._by_moment:
            return CountingSort(pages, tallies)
        return self._moment_sort(pages, tallies, shift)

    def _sort(self, orders: Sequence[CountingSort]) -> None:
        for steps in zip_longest(*(order.steps for order in orders)):
            jobs = [
                (number, step) for it, step in zip(orders, steps, strict=True) if step for number in range(it.pages)
            ]
            # One buffer after the other, so that threads rarely write to the same stream and the same cache lines.
            self._workers.each(self._put, sorted(jobs, key=itemgetter(0)))

    def _put(self, part: tuple[int, Callable[[int], None]]) -> None:
        number, step = part
        step(number)
