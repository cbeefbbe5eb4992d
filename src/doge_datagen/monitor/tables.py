"""The tables of the live view, largest rows first and the rest summed up, their cells, and the rates in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from doge_datagen.run.reporting.report import Progress
from doge_datagen.safe_text import one_line

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def cut(text: str, width: int, style: str = "") -> Text:
    """Make text safe for a terminal, and cut it to a number of columns.

    >>> cut('a long name', 6).plain
    'a lon…'
    """
    # Cut before it is made safe, since a text may have megabytes and the view is drawn twice a second. One character
    # more than fits makes the ellipsis appear.
    made = Text(one_line(text[: width + 1]), style, no_wrap=True, overflow="ellipsis")
    made.truncate(width, overflow="ellipsis")
    return made


def number(value: float) -> str:
    """Format a number with thousands separators; below 10, with a decimal if it has one.

    >>> number(1234567), number(12.3), number(0.42), number(0)
    ('1,234,567', '12', '0.4', '0')
    """
    # From 9.95 on, one decimal would round to 10.0.
    return f"{value:,.1f}" if 0 < value < 9.95 and value % 1 else f"{value:,.0f}"


def share(part: int, whole: int) -> str:
    """Format a share in percent, rounded down, so that only the whole is 100 %.

    >>> share(1, 3), share(99999, 100000), share(0, 0)
    ('33.3 %', '99.9 %', '0.0 %')
    """
    return f"{part * 1000 // whole / 10 if whole else 0:.1f} %"


def moment(milliseconds: int) -> str:
    """Format event time in UTC, or in milliseconds if it is beyond the calendar.

    >>> moment(1644549708000), moment(2**60)
    ('2022-02-11 03:21:48 UTC', '1,152,921,504,606,846,976 ms')
    """
    try:
        return f"{EPOCH + timedelta(milliseconds=milliseconds):%Y-%m-%d %H:%M:%S} UTC"
    except OverflowError:
        return f"{milliseconds:,} ms"


def span(seconds: float) -> str:
    """Format a duration in hours, minutes and seconds.

    >>> span(65.9), span(90061)
    ('0:01:05', '1 day, 1:01:01')
    """
    return str(timedelta(seconds=int(seconds)))


def shared(room: int, wanted: Sequence[int]) -> list[int]:
    """Divide lines among sections: each gets what it wants if there is room, and at least one if it wants any.

    >>> shared(12, [100, 2, 8]), shared(30, [3, 2, 8]), shared(0, [5, 0, 1])
    ([5, 2, 5], [3, 2, 8], [1, 0, 1])
    """
    given = [min(1, rows) for rows in wanted]
    left = room - sum(given)
    while left > 0 and given != list(wanted):
        for section, rows in enumerate(wanted):
            if given[section] < rows and left > 0:
                given[section] += 1
                left -= 1
    return given


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
        # The newest that is old enough, so that the interval is SECONDS or a little more, once the run has lasted that
        # long.
        base, last = (before or self.counts)[-1 if before else 0], self.counts[-1]
        # Two counts may have the same time where the clock is coarse, as on Windows.
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
    """The records of each stream: generated, confirmed, per second, position. Unknown columns are left out."""
    columns: list[tuple[str, Mapping[str, float]]] = [("generated", progress.records)]
    if progress.delivered:
        columns.append(("confirmed", progress.delivered))
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
    columns = [[head, *(row.cells[index] for row in rows)] for index, head in enumerate(heads[1:])]
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
