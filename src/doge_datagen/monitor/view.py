"""A run on a terminal while it goes on: how far, who is where, what has arrived."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from time import monotonic

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from doge_datagen.displayed import one_line
from doge_datagen.model.clock import ENDLESS
from doge_datagen.monitor.formatting import cut, moment, number, share, shared, span
from doge_datagen.monitor.latest import latest_lines
from doge_datagen.monitor.rates import Rates, RecentRates
from doge_datagen.monitor.tables import largest, states_table, streams_table
from doge_datagen.run.report import Progress, ProgressListener

TIMES_A_SECOND = 2
LATE_SECONDS = 1
MOST_LATEST = 8
LINES_BESIDE_ROWS = 2  # of each section: an empty line, and its head
LINES_OF_FOOT = 2
LEAST_TELLING = (2, 0, 1)  # the last events, the states, the streams
WAY_OUT = "Ctrl-C ends it; what was generated is delivered"


@dataclass(frozen=True, slots=True)
class ViewState:
    """What a screen says beside the progress.

    Attributes:
        model: the model's name.
        pace: how fast it is meant to go, in words, such as ``real time``.
        elapsed: seconds since the run began.
        rates: how fast it has been lately.
        notice: what stands at the foot.
    """

    model: str
    pace: str
    elapsed: float = 0.0
    rates: Rates = field(default_factory=Rates)
    notice: str = WAY_OUT


def screen(progress: Progress, shown: ViewState, *, width: int = 80, height: int = 24) -> RenderableType:
    """All of it in so many columns and lines; what has no room is summed up.

    Args:
        progress: how far the run is; what is not known in it is left out.
        shown: what stands beside it.
        width: columns of the terminal.
        height: lines of the terminal.
    """
    above = _heading(progress, shown, width)[: max(height - 1 - LINES_OF_FOOT, 1)]
    streams = largest(progress.records, progress.delivered, progress.positions, progress.latest)
    latest = min(sum(len(batch) for batch in progress.latest.values()), MOST_LATEST)
    rows = _rows(height - 1 - len(above) - LINES_OF_FOOT, [len(progress.subjects), len(streams), latest])
    parts: list[RenderableType] = [*above]
    if rows[0]:
        parts += ["", states_table(progress.subjects, rows[0], width)]
    if rows[1]:
        parts += ["", streams_table(streams, progress, shown.rates, rows[1], width)]
    if rows[2]:
        parts += ["", Text("last events", "bold"), *latest_lines(progress.latest, streams, rows[2], width)]
    return Group(*parts, "", cut(shown.notice, width, "dim" if shown.notice == WAY_OUT else "bold yellow"))


def _rows(room: int, wanted: Sequence[int]) -> list[int]:
    """How many rows each section has; one that has no room for its head and a row is left out, the least telling first.

    >>> _rows(12, [2, 2, 8]), _rows(8, [2, 2, 8]), _rows(4, [2, 2, 8]), _rows(2, [2, 2, 8])
    ([2, 2, 2], [2, 2, 0], [0, 2, 0], [0, 0, 0])
    """
    shows = list(wanted)
    for section in LEAST_TELLING:
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
    lines.append(cut(f"{progress.events:,} events, {number(shown.rates.events)} a second", width))
    if progress.connection_errors:
        told = ", ".join(f"{kind} {progress.connection_errors[kind]:,}" for kind in largest(progress.connection_errors))
        lines.append(cut(f"tried again: {told}", width, "yellow"))
    return lines


def _reached(progress: Progress) -> str:
    """How far it is, in ticks and in event time."""
    if not progress.ticks_done and progress.timestamp is None:
        return "compiling the model" if progress.compiling else "preparing"
    told = f"tick {progress.ticks_done:,}"
    if progress.ticks < ENDLESS:
        told += f" of {progress.ticks:,} ({share(progress.ticks_done, progress.ticks)})"
    return told if progress.timestamp is None else f"{told}, {moment(progress.timestamp)}"


@contextmanager
def live_view(
    console: Console,
    *,
    model: str,
    pace: str = "",
    notice: Callable[[], str] = str,
    now: Callable[[], float] = monotonic,
) -> Iterator[ProgressListener]:
    """Show a run on a terminal until the block ends; what is yielded is told of progress.

    The listener only remembers, so the run never waits for the terminal. What others write to standard error meanwhile
    is shown above; standard output is left alone, as records may go there.

    Args:
        console: the terminal, on standard error.
        model: the model's name.
        pace: how fast it is meant to go, in words.
        notice: what to say at the foot, empty for how to end the run; asked each time the screen is drawn.
        now: a clock that only goes on, in seconds.
    """
    began = now()
    last = (Progress(0, 0, 0), RecentRates())

    def listener(progress: Progress) -> None:
        nonlocal last
        last = (progress, last[1].after(now(), progress))

    def shown() -> RenderableType:
        (progress, recent), at = last, now()
        size = console.size
        beside = ViewState(model, pace, at - began, recent.rates(at), notice() or WAY_OUT)
        return screen(progress, beside, width=size.width, height=size.height)

    live = Live(
        get_renderable=shown,
        console=console,
        refresh_per_second=TIMES_A_SECOND,
        transient=True,
        redirect_stdout=False,
    )
    live.start()
    try:
        yield listener
    finally:
        with suppress(OSError):  # a terminal that has gone away is no failure of the run
            live.stop()
