"""The tables of the live view, largest rows first and the rest summed up, and the rates of the last seconds in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rich.progress_bar import ProgressBar
from rich.table import Table

from doge_datagen.monitor.formatting import cut, number, share
from doge_datagen.run.reporting.report import Progress

SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Rates:
    """Rates per second.

    Attributes:
        events: events of the whole run per second.
        records: records per second, by stream.
    """

    events: float = 0.0
    records: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Counts:
    """The counts of a run at one moment.

    Attributes:
        at: seconds of a monotonic clock.
        events: events of the whole run.
        records: records by stream.
    """

    at: float
    events: int
    records: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class RecentRates:
    """The counts of the last seconds and one from before, so that there is always an interval to measure.

    >>> recent = RecentRates().after(10.0, Progress(1, 9, 100)).after(12.0, Progress(2, 9, 300))
    >>> recent.rates(12.0).events, recent.rates(14.0).events
    (100.0, 50.0)
    """

    counts: tuple[Counts, ...] = ()

    def after(self, at: float, progress: Progress) -> RecentRates:
        """Add the current counts, and drop those that are too old."""
        counts = (*self.counts, Counts(at, progress.events, dict(progress.records)))
        first = sum(it.at <= at - SECONDS for it in counts[:-1])
        return RecentRates(counts[max(first - 1, 0) :])

    def rates(self, now: float) -> Rates:
        """The rates up to now; they fall while no new counts arrive."""
        if len(self.counts) < 2:
            return Rates()
        before = [it for it in self.counts[:-1] if it.at <= now - SECONDS]
        base, last = (before or self.counts)[-1 if before else 0], self.counts[-1]
        seconds = max(now - base.at, 1e-3)
        records = {name: (count - base.records.get(name, 0)) / seconds for name, count in last.records.items()}
        return Rates((last.events - base.events) / seconds, records)


GAP = 2
NARROWEST_NAME = 8
WIDEST_NAME = 0.4  # of the screen
NARROWEST_BAR = 4


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table.

    Attributes:
        name: the heading of the row.
        cells: its numbers.
        part: length of its bar, 0 to 1; None for a table without bars.
        style: its style in rich.
    """

    name: str
    cells: tuple[str, ...]
    part: float | None = None
    style: str = ""


def largest(counts: Mapping[str, int], *others: Mapping[str, object]) -> list[str]:
    """All names, in descending order of their counts.

    >>> largest({'trx': 2, 'clicks': 7}, {'trx': 2, 'audit': 0})
    ['clicks', 'trx', 'audit']
    """
    names = dict.fromkeys(name for each in (counts, *others) for name in each)
    return sorted(names, key=lambda name: -counts.get(name, 0))


def states_table(subjects: Mapping[str, int], rows: int, width: int) -> Table:
    """The number of subjects in each state, with a bar for their share."""
    whole = sum(subjects.values())

    def row(name: str, states: Sequence[str], style: str) -> Row:
        count = sum(subjects[state] for state in states)
        return Row(name, (number(count), share(count, whole)), count / max(whole, 1), style)

    return _table(("state", "subjects", ""), [row(*group) for group in _groups(largest(subjects), rows)], width)


def streams_table(names: Sequence[str], progress: Progress, rates: Rates, rows: int, width: int) -> Table:
    """The records of each stream: generated, acknowledged, per second, position. Unknown columns are left out."""
    columns: list[tuple[str, Mapping[str, float]]] = [("generated", progress.records)]
    if progress.delivered:
        columns.append(("acknowledged", progress.delivered))
    columns.append(("per second", rates.records))
    if progress.positions:
        columns.append(("position", progress.positions))

    def row(name: str, streams: Sequence[str], style: str) -> Row:
        return Row(name, tuple(_total(head, values, streams) for head, values in columns), style=style)

    return _table(("stream", *(head for head, _ in columns)), [row(*group) for group in _groups(names, rows)], width)


def _total(head: str, values: Mapping[str, float], streams: Sequence[str]) -> str:
    """The cell for one stream, or the sum for several; there is no common position."""
    if head == "position" and (len(streams) > 1 or streams[0] not in values):
        return ""
    return number(sum(values.get(stream, 0) for stream in streams))


def _groups(names: Sequence[str], rows: int) -> Iterator[tuple[str, Sequence[str], str]]:
    """Group names into rows: one each, and the last row for all those for which there is no room."""
    shown = len(names) if len(names) <= rows else max(rows - 1, 0)
    for name in names[:shown]:
        yield name, (name,), ""
    if names[shown:]:
        yield (f"and {len(names) - shown:,} more" if shown else f"all {len(names):,}"), names[shown:], "dim"


def _table(heads: Sequence[str], rows: Sequence[Row], width: int) -> Table:
    """A table within the width; bars shrink first, then names."""
    columns = [[head, *(row.cells[place] for row in rows)] for place, head in enumerate(heads[1:])]
    left = width - sum(GAP + max(map(len, column)) for column in columns)
    widest = max(min(int(width * WIDEST_NAME), left), NARROWEST_NAME)
    named = [cut(row.name, widest, row.style) for row in rows]
    bar = left - GAP - max(len(heads[0]), *(name.cell_len for name in named), 0)
    made = Table(box=None, pad_edge=False, header_style="bold")
    made.add_column(heads[0], no_wrap=True)
    for head in heads[1:]:
        made.add_column(head, justify="right", no_wrap=True)
    barred = bar >= NARROWEST_BAR and any(row.part is not None for row in rows)
    if barred:
        made.add_column("", width=bar)
    for row, name in zip(rows, named, strict=True):
        bars = (
            [ProgressBar(1, row.part or 0, width=bar, complete_style="cyan", finished_style="cyan")] if barred else []
        )
        made.add_row(name, *row.cells, *bars, style=row.style)
    return made
