"""The live view of a run on a terminal: progress, subjects by state, streams, and the latest records of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from doge_datagen.model.clock import ENDLESS
from doge_datagen.monitor.tables import (
    Rates,
    RecentRates,
    cut,
    largest,
    moment,
    number,
    share,
    shared,
    span,
    states_table,
    streams_table,
)
from doge_datagen.run.reporting.report import Progress, ProgressListener
from doge_datagen.safe_text import one_line

if TYPE_CHECKING:
    import pyarrow as pa


WIDEST_NAME = 20


def latest_lines(latest: Mapping[str, pa.RecordBatch], streams: Sequence[str], lines: int, width: int) -> list[Text]:
    """Format the latest records as lines: ``stream field=value ...``.

    Args:
        latest: latest records by stream, the most recent at the end.
        streams: the streams to show, the most important first.
        lines: maximum number of lines, divided equally among the streams.
        width: maximum number of columns.
    """
    shown = [stream for stream in streams if stream in latest and len(latest[stream])][:lines]
    names = {stream: cut(stream, WIDEST_NAME, "cyan") for stream in shown}
    widest = max((name.cell_len for name in names.values()), default=0)
    made = []
    for stream, many in zip(shown, shared(lines, [len(latest[stream]) for stream in shown]), strict=True):
        batch = latest[stream]
        for row in range(max(len(batch) - many, 0), len(batch)):
            name = names[stream].copy()
            name.pad_right(widest - name.cell_len + 2)
            made.append(name + record(batch, row, max(width - widest - 2, 1)))
    return made


def record(batch: pa.RecordBatch, row: int, width: int) -> Text:
    """Format one record, cut to a number of columns; fields beyond them are not converted."""
    text = ""
    for part in _fields(batch, row, width):
        text += part
        if len(text) > width:
            break
    return cut(text.rstrip(), width)


def _fields(batch: pa.RecordBatch, row: int, width: int) -> Iterator[str]:
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        yield f"{one_line(name[:width])}={one_line(_value(column[row])[: width + 1])} "


def _value(scalar: pa.Scalar) -> str:
    """Format a value as Python does, timestamps in ISO 8601, or as a number if beyond Python's calendar."""
    try:
        value = scalar.as_py()
    except (OverflowError, ValueError):
        return str(scalar.value)
    if isinstance(value, datetime):
        return f"{value.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"
    return str(value)


REFRESHES_PER_SECOND = 2
LATE_SECONDS = 1
MAX_LATEST = 8
LINES_BESIDE_ROWS = 2  # of each section: an empty line and a heading
FOOTER_LINES = 2
FIRST_TO_DROP = (2, 0, 1)  # positions of the sections: last events, states, streams
STOP_HINT = "Ctrl-C stops the run; everything generated is delivered"


@dataclass(frozen=True, slots=True)
class ViewState:
    """What the view shows besides the progress.

    Attributes:
        model: name of the model.
        pace: the pace in words, such as ``real time``.
        elapsed: seconds since the run began.
        rates: rates over the last seconds.
        notice: text of the last line.
    """

    model: str
    pace: str
    elapsed: float = 0.0
    rates: Rates = field(default_factory=Rates)
    notice: str = STOP_HINT


def screen(progress: Progress, shown: ViewState, *, width: int = 80, height: int = 24) -> RenderableType:
    """Lay out the whole view for a terminal size; what does not fit is summed up.

    Args:
        progress: progress of the run; unknown parts are left out.
        shown: what to show besides the progress.
        width: columns of the terminal.
        height: lines of the terminal.
    """
    above = _heading(progress, shown, width)[: max(height - 1 - FOOTER_LINES, 1)]
    streams = largest(progress.records, progress.delivered, progress.positions, progress.latest)
    latest = min(sum(len(batch) for batch in progress.latest.values()), MAX_LATEST)
    rows = _rows(height - 1 - len(above) - FOOTER_LINES, [len(progress.subjects), len(streams), latest])
    parts: list[RenderableType] = [*above]
    if rows[0]:
        parts += ["", states_table(progress.subjects, rows[0], width)]
    if rows[1]:
        parts += ["", streams_table(streams, progress, shown.rates, rows[1], width)]
    if rows[2]:
        parts += ["", Text("last events", "bold"), *latest_lines(progress.latest, streams, rows[2], width)]
    return Group(*parts, "", cut(shown.notice, width, "dim" if shown.notice == STOP_HINT else "bold yellow"))


def _rows(room: int, wanted: Sequence[int]) -> list[int]:
    """The number of rows of each section; without room for a heading and a row, sections are dropped.

    >>> _rows(12, [2, 2, 8]), _rows(8, [2, 2, 8]), _rows(4, [2, 2, 8]), _rows(2, [2, 2, 8])
    ([2, 2, 2], [2, 2, 0], [0, 2, 0], [0, 0, 0])
    """
    shows = list(wanted)
    for section in FIRST_TO_DROP:
        if (LINES_BESIDE_ROWS + 1) * sum(rows > 0 for rows in shows) > room:
            shows[section] = 0
    return shared(room - LINES_BESIDE_ROWS * sum(rows > 0 for rows in shows), shows)


def _heading(progress: Progress, shown: ViewState, width: int) -> list[Text]:
    elapsed = span(shown.elapsed)
    name = cut(shown.model, max(width - len(elapsed) - 2, 1), "bold")
    if shown.pace:
        name.append(f", {one_line(shown.pace)}", "not bold")
    name.truncate(max(width - len(elapsed) - 2, 1), overflow="ellipsis")
    name.pad_right(max(width - len(elapsed) - name.cell_len, 0))
    lines = [name + Text(elapsed), cut(_reached(progress), width)]
    if progress.lag is not None:
        late = "yellow" if progress.lag >= LATE_SECONDS else ""
        lines.append(cut(f"lag {number(max(progress.lag, 0))} s", width, late))
    lines.append(cut(f"{progress.events:,} events, {number(shown.rates.events)} per second", width))
    if progress.connection_errors:
        counts = ", ".join(
            f"{kind} {progress.connection_errors[kind]:,}" for kind in largest(progress.connection_errors)
        )
        lines.append(cut(f"retried: {counts}", width, "yellow"))
    return lines


def _reached(progress: Progress) -> str:
    """The progress in ticks and in event time."""
    if not progress.ticks_done and progress.timestamp is None:
        return "compiling the model" if progress.compiling else "preparing"
    text = progress.reached
    if progress.ticks < ENDLESS:
        text += f" ({share(progress.ticks_done, progress.ticks)})"
    return text if progress.timestamp is None else f"{text}, {moment(progress.timestamp)}"


@contextmanager
def live_view(
    console: Console,
    *,
    model: str,
    pace: str = "",
    notice: Callable[[], str] = str,
    now: Callable[[], float] = monotonic,
) -> Iterator[ProgressListener]:
    """Show a run on a terminal until the block ends; yields the listener to call with its progress.

    The listener only stores the progress, so the run never waits for the terminal. Other output to standard error
    appears above the view; standard output is not redirected, as records may go there.

    Args:
        console: the terminal, on standard error.
        model: name of the model.
        pace: the pace in words.
        notice: returns the text of the last line, empty for how to stop the run; called at each refresh.
        now: a monotonic clock, in seconds.
    """
    began = now()
    last = (Progress(0, 0, 0), RecentRates())

    def listener(progress: Progress) -> None:
        nonlocal last
        # In one assignment, since the view is drawn by another thread.
        last = (progress, last[1].after(now(), progress))

    def shown() -> RenderableType:
        (progress, recent), at = last, now()
        size = console.size
        beside = ViewState(model, pace, at - began, recent.rates(at), notice() or STOP_HINT)
        return screen(progress, beside, width=size.width, height=size.height)

    live = Live(
        get_renderable=shown,
        console=console,
        refresh_per_second=REFRESHES_PER_SECOND,
        transient=True,
        redirect_stdout=False,
    )
    live.start()
    try:
        yield listener
    finally:
        with suppress(OSError):  # a closed terminal is not a failure of the run
            live.stop()
