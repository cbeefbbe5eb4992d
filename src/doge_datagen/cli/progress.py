"""How far a run is: a bar on a terminal, a line now and then elsewhere."""

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

from doge_datagen.cli.tables import if_somebody_reads
from doge_datagen.displayed import one_line
from doge_datagen.forecast.number_format import counted
from doge_datagen.model.clock import ENDLESS
from doge_datagen.run.report import Progress, ProgressListener

SECONDS_TO_FIRST_LINE = 5
SECONDS_BETWEEN_LINES = 10
MOST_LINES = 4
"""Of what is told below the bar; a last one says how much more there is."""


@contextmanager
def show_progress(
    screen: Console, notice: Callable[[], str] = str, preparing: str = "preparing", *, draws: bool | None = None
) -> Iterator[ProgressListener]:
    """A listener that shows on standard error how far a run is.

    Args:
        screen: where.
        notice: what to say below, if there is anything.
        preparing: what to say until the first tick.
        draws: whether it is a bar, drawn again and again, or a line now and then; None for a bar on a terminal.
    """
    if not (screen.is_terminal if draws is None else draws):
        with _said_after_a_while(f"{preparing} ...") as never_mind, _compiling_said() as said:
            listeners = (lambda _: never_mind(), said, lines())
            yield lambda progress: [listener(progress) for listener in listeners]
        return
    bar = Bar(*_columns(), console=screen, expand=True)
    told: tuple[str, ...] = (preparing,)
    compiling = _Compiling()

    def below() -> Iterator[RenderableType]:
        yield _Lines(told)
        yield from filter(None, [compiling.told(monotonic()), notice()])

    with _drawn(screen, lambda: Group(bar.get_renderable(), *below())):
        task, began = bar.add_task("run", total=None), monotonic()

        def listener(progress: Progress) -> None:
            nonlocal told
            compiling.see(progress, monotonic())
            events, *records = _told(progress, monotonic() - began)
            told = (f"{events};" if records else events, *(f"{it}," for it in records[:-1]), *records[-1:])
            total = None if progress.ticks == ENDLESS else progress.ticks
            bar.update(task, total=total, completed=progress.ticks_done)

        yield listener


@dataclass(slots=True)
class _Compiling:
    """Since when a model is being compiled; None while it is not."""

    since: float | None = None

    def see(self, progress: Progress, now: float) -> float | None:
        """Take into account what was told; how long it took, once it is over."""
        took = None
        if self.since is not None and not progress.compiling:
            took, self.since = now - self.since, None
        elif self.since is None and progress.compiling:
            self.since = now
        return took

    def told(self, now: float) -> str:
        """How long it has taken, for a person; empty while nothing is compiled."""
        return "" if self.since is None else f"compiling the model, {now - self.since:,.0f} s so far"


@contextmanager
def _compiling_said(now: Callable[[], float] = monotonic) -> Iterator[ProgressListener]:
    """A listener that says that the model is being compiled if that takes long, and then how long it took."""
    compiling = _Compiling()
    with ExitStack() as saying:

        def listener(progress: Progress) -> None:
            before, took = compiling.since, compiling.see(progress, now())
            if before is None and compiling.since is not None:
                saying.enter_context(_said_after_a_while("compiling the model ..."))
            elif took is not None:
                saying.close()
                if took >= SECONDS_TO_FIRST_LINE:
                    with if_somebody_reads():
                        click.echo(f"compiled the model in {took:,.1f} s", err=True)

        yield listener


@contextmanager
def _said_after_a_while(text: str) -> Iterator[Callable[[], None]]:
    """Say something unless what is yielded is called before, or the block is over."""

    def say() -> None:
        with if_somebody_reads():
            click.echo(text, err=True)

    timer = Timer(SECONDS_TO_FIRST_LINE, say)
    timer.daemon = True
    timer.start()
    try:
        yield timer.cancel
    finally:
        timer.cancel()


@dataclass(frozen=True, slots=True)
class _Lines:
    """Parts in as many lines as they need, none of them in two lines; those that find no room are counted."""

    parts: tuple[str, ...]

    def __rich_console__(self, _: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        lines = [""]
        for number, part in enumerate(self.parts):
            joined = f"{lines[-1]} {part}".lstrip()
            if Text(joined).cell_len <= options.max_width:
                lines[-1] = joined
            elif len(lines) < MOST_LINES:
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
    """How long it has taken, and that this is what it says."""

    def render(self, task: Task) -> Text:
        """Of a task."""
        return super().render(task).append(" elapsed")


class _Left(TimeRemainingColumn):
    """How long it will take, if that can be said."""

    def render(self, task: Task) -> Text:
        """Of a task."""
        return super().render(task).append(" left") if task.time_remaining is not None else Text("")


def _drawn(screen: Console, what: Callable[[], RenderableType]) -> Live:
    """What is drawn again and again below what others say on standard error; standard output is left alone."""
    return Live(get_renderable=what, console=screen, refresh_per_second=10, transient=True, redirect_stdout=False)


def lines(now: Callable[[], float] = monotonic) -> ProgressListener:
    """What prints a line, the first after a few seconds: a short run has none."""
    began = now()
    next_line = began + SECONDS_TO_FIRST_LINE

    def listener(progress: Progress) -> None:
        nonlocal next_line
        failed = progress.errors != progress.connection_errors  # then the account is what is told
        if now() >= next_line and not failed:
            of = "" if progress.ticks == ENDLESS else f" of {progress.ticks:,}"
            events, *records = _told(progress, now() - began)
            told = "; ".join(filter(None, [events, ", ".join(records)]))
            with if_somebody_reads():
                click.echo(f"tick {progress.ticks_done:,}{of}: {told}", err=True)
            next_line = now() + SECONDS_BETWEEN_LINES

    return listener


def _told(progress: Progress, seconds: float) -> tuple[str, ...]:
    """Events and their mean rate since the beginning, then the records of each stream."""
    rate = progress.events / max(seconds, 1e-3)
    records = (f"{one_line(stream)} {count:,}" for stream, count in sorted(progress.records.items()))
    return f"{counted(progress.events, 'event')}, {rate:,.0f} events/s", *records
