"""Show the progress of a run: a bar on a terminal, otherwise a line now and then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from threading import Timer
from time import monotonic

import click
from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.live import Live
from rich.progress import BarColumn, ProgressColumn, Task, TaskProgressColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.table import Column
from rich.text import Text

from doge_datagen.cli.printing import ignoring_closed_stderr
from doge_datagen.model.clock import ENDLESS
from doge_datagen.number_format import counted
from doge_datagen.run.reporting.report import Progress, ProgressListener
from doge_datagen.safe_text import one_line

SECONDS_TO_FIRST_LINE = 5
SECONDS_BETWEEN_LINES = 10
MAX_LINES = 4
"""Lines of counts below the bar, before one that says how many more there are."""


@contextmanager
def show_progress(
    screen: Console, notice: Callable[[], str] = str, preparing: str = "preparing", *, draws: bool | None = None
) -> Iterator[ProgressListener]:
    """Show a run's progress on standard error; yields the listener to call with it.

    Args:
        screen: console on standard error.
        notice: returns text to show below the bar; empty for none.
        preparing: text to show until the first tick.
        draws: True for a bar that is redrawn, False for a line now and then; None for a bar if on a terminal.
    """
    if not (screen.is_terminal if draws is None else draws):
        with _printed_after_a_while(f"{preparing} ...") as cancel, announced_compiling() as announce:
            listeners = (lambda _: cancel(), announce, lines())
            yield lambda progress: [listener(progress) for listener in listeners]
        return
    bar = Bar(*_columns(), console=screen, expand=True)
    counts: tuple[str, ...] = (preparing,)
    compiling = _Compiling()

    def below() -> Iterator[RenderableType]:
        yield _Lines(counts)
        yield from filter(None, [compiling.text(monotonic()), notice()])

    with _drawn(screen, lambda: Group(bar.get_renderable(), *below())):
        task, began = bar.add_task("run", total=None), monotonic()

        def listener(progress: Progress) -> None:
            nonlocal counts
            compiling.update(progress, monotonic())
            events, *records = _counts(progress, monotonic() - began)
            counts = (f"{events};" if records else events, *(f"{it}," for it in records[:-1]), *records[-1:])
            total = None if progress.ticks == ENDLESS else progress.ticks
            bar.update(task, total=total, completed=progress.ticks_done)

        yield listener


@dataclass(slots=True)
class _Compiling:
    """Tracks since when the model has been compiling; None while it is not."""

    since: float | None = None

    def update(self, progress: Progress, now: float) -> float | None:
        """Update from the run's progress; returns the seconds that compiling took when it has just ended."""
        took = None
        if self.since is not None and not progress.compiling:
            took, self.since = now - self.since, None
        elif self.since is None and progress.compiling:
            self.since = now
        return took

    def text(self, now: float) -> str:
        """How long compiling has taken so far, in words; empty while nothing is being compiled."""
        return "" if self.since is None else f"compiling the model, {now - self.since:,.0f} s so far"


@contextmanager
def announced_compiling(now: Callable[[], float] = monotonic) -> Iterator[ProgressListener]:
    """A listener that announces compilation if it takes long, and then prints how long it took."""
    compiling = _Compiling()
    with ExitStack() as announcement:

        def listener(progress: Progress) -> None:
            before, took = compiling.since, compiling.update(progress, now())
            if before is None and compiling.since is not None:
                announcement.enter_context(_printed_after_a_while("compiling the model ..."))
            elif took is not None:
                announcement.close()
                if took >= SECONDS_TO_FIRST_LINE:
                    with ignoring_closed_stderr():
                        click.echo(f"compiled the model in {took:,.1f} s", err=True)

        yield listener


@contextmanager
def _printed_after_a_while(text: str) -> Iterator[Callable[[], None]]:
    """Print a text after a few seconds, unless the block ends or the yielded function is called first."""

    def show() -> None:
        with ignoring_closed_stderr():
            click.echo(text, err=True)

    timer = Timer(SECONDS_TO_FIRST_LINE, show)
    timer.daemon = True
    timer.start()
    try:
        yield timer.cancel
    finally:
        timer.cancel()


@dataclass(frozen=True, slots=True)
class _Lines:
    """Parts wrapped to lines without breaking any of them; those beyond the last line are only counted."""

    parts: tuple[str, ...]

    def __rich_console__(self, _: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        lines = [""]
        for number, part in enumerate(self.parts):
            joined = f"{lines[-1]} {part}".lstrip()
            if Text(joined).cell_len <= options.max_width:
                lines[-1] = joined
            elif len(lines) < MAX_LINES:
                lines.append(part)
            else:
                lines.append(f"and {len(self.parts) - number} more")
                break
        yield from (Text(line, no_wrap=True, overflow="ellipsis") for line in lines if line)


def _columns() -> Iterator[ProgressColumn]:
    yield BarColumn(bar_width=None)
    yield TaskProgressColumn(table_column=Column(no_wrap=True))
    yield _Elapsed(table_column=Column(no_wrap=True))
    yield _Left(table_column=Column(no_wrap=True))


class _Elapsed(TimeElapsedColumn):
    """The elapsed time, labelled."""

    def render(self, task: Task) -> Text:
        """Render the column for a task."""
        return super().render(task).append(" elapsed")


class _Left(TimeRemainingColumn):
    """The estimated remaining time, labelled; empty if unknown."""

    def render(self, task: Task) -> Text:
        """Render the column for a task."""
        return super().render(task).append(" left") if task.time_remaining is not None else Text("")


def _drawn(screen: Console, what: Callable[[], RenderableType]) -> Live:
    """A display redrawn below other output on standard error; standard output is not redirected."""
    return Live(get_renderable=what, console=screen, refresh_per_second=10, transient=True, redirect_stdout=False)


def lines(now: Callable[[], float] = monotonic) -> ProgressListener:
    """A listener that prints a line now and then, the first after a few seconds, so that short runs have none."""
    began = now()
    next_line = began + SECONDS_TO_FIRST_LINE

    def listener(progress: Progress) -> None:
        nonlocal next_line
        failed = progress.errors != progress.connection_errors  # the summary follows
        if now() >= next_line and not failed:
            events, *records = _counts(progress, now() - began)
            counts = "; ".join(filter(None, [events, ", ".join(records)]))
            with ignoring_closed_stderr():
                click.echo(f"{progress.reached}: {counts}", err=True)
            next_line = now() + SECONDS_BETWEEN_LINES

    return listener


def _counts(progress: Progress, seconds: float) -> tuple[str, ...]:
    """Events and their mean rate since the start, then the records of each stream."""
    rate = progress.events / max(seconds, 1e-3)
    records = (f"{one_line(stream)} {count:,}" for stream, count in sorted(progress.records.items()))
    return f"{counted(progress.events, 'event')}, {rate:,.0f} events/s", *records
