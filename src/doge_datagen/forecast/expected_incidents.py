"""How often the incidents of a model happen, and how much of the time they are under way: the mean of several runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from doge_datagen.engine.waiting.incident_spans import Spans, edges_of, incident_spans
from doge_datagen.forecast.values import HOUR, Amount, ExpectedIncident, ExpectedStream, Forecast
from doge_datagen.model import ENDLESS
from doge_datagen.program.compilation import with_clock
from doge_datagen.program.program import Program

# The standard deviation of so many runs has an error of 1 / sqrt(2 * 39), or 11 %.
SEEDS = 40
YEAR = 366 * 86_400_000
"""Milliseconds over which they are counted in a run without end."""
WIDE = 1.959964
Counts = npt.NDArray[np.float64]


def with_incidents(expected: Forecast, program: Program) -> Forecast:
    """A forecast with what is expected of incidents, and of the streams that have their history.

    Args:
        expected: the forecast.
        program: the model.
    """
    program = program.populations[0]  # the first of several emits them
    if not program.histories:
        return expected
    found = _Counted(program)
    incidents = tuple(ExpectedIncident(it, found.amount([it]), found.share(it)) for it in program.spec.incidents)
    streams = tuple(
        _expected(it, program, found) if it.name in program.history_streams else it for it in expected.streams
    )
    return replace(expected, incidents=incidents, streams=streams)


def _expected(stream: ExpectedStream, program: Program, found: _Counted) -> ExpectedStream:
    """What is expected of a stream that has the history of incidents."""
    by = tuple(name for name, it in program.spec.incidents.items() if stream.name in it.emit)
    return ExpectedStream(stream.name, by, found.amount(by))


class _Counted:
    """The incidents of several runs."""

    def __init__(self, program: Program) -> None:
        self._clock = clock = program.spec.clock
        finite = with_clock(program, replace(clock, ticks=max(1, min(clock.ticks, YEAR // clock.tick_ms))))
        finite = finite.with_warm_up()
        runs = [incident_spans(finite, seed) for seed in range(SEEDS)]
        within = finite.spec.clock
        self._start, self._end = within.timestamp(within.warm_up_ticks), within.timestamp(within.ticks)
        self._length = max(self._end - self._start, 1)
        self._names = np.array([it.incident for it in program.histories])
        self._counts: Counts = np.array([[self._count(it) for it in run] for run in runs], np.float64)
        self._shares: Counts = np.array([[self._share(it) for it in run] for run in runs], np.float64)

    def _count(self, spans: Spans) -> int:
        """How many incidents of a history are emitted."""
        # Those that are under way at the start are emitted there; both ends of a span are compared as of a half-open
        # one.
        return int(np.count_nonzero((spans.ends > self._start) & (spans.begins < self._end)))

    def _share(self, spans: Spans) -> float:
        """The share of time in which one is under way."""
        edges = np.clip(edges_of(spans), self._start, self._end)
        return float((edges[1::2] - edges[::2]).sum()) / self._length

    def share(self, name: str) -> float:
        """The mean share of time in which an incident is under way."""
        return float(self._shares[:, self._names == name].mean())

    def amount(self, names: Sequence[str]) -> Amount:
        """How many there are in a run, or per hour if it has no end; with the interval of 95 of 100 runs."""
        totals = self._counts[:, np.isin(self._names, names)].sum(axis=1)
        # Of a single run, so without the square root of the number of runs.
        mean, wide = float(totals.mean()), WIDE * float(totals.std(ddof=1))
        per_second, endless = mean * 1000 / self._length, self._clock.ticks >= ENDLESS
        by = HOUR * 1000 / self._length if endless else 1.0
        low, high = max(0.0, mean - wide) * by, (mean + wide) * by
        return Amount(None if endless else mean, per_second * self._clock.tick_ms / 1000, per_second, None, low, high)
