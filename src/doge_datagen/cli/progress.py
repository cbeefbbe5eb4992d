"""How far a run is: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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

from doge_datagen.cli.output import safe
from doge_datagen.cli.tables import if_somebody_reads
from doge_datagen.model.clock import ENDLESS
from doge_datagen.outlook.number import counted
from doge_datagen.run.report import Progress, ProgressListener

SECONDS_TO_FIRST_LINE = 5
SECONDS_BETWEEN_LINES = 10
NARROWEST_WITH_BAR = 60


@contextmanager
def following(
    screen: Console, notice: Callable[[], str] = str, preparing: str = "preparing"
) -> Iterator[ProgressListener]:
    """A listener that shows on standard error how far a run is; on a terminal with a notice below, if there is any."""
    if not screen.is_terminal:
        with _said_after_a_while(f"{preparing} ...") as never_mind:
            listeners = (lambda _: never_mind(), lines())
            yield lambda progress: [listener(progress) for listener in listeners]
        return
    bar = Bar(*_columns(screen.width), console=screen, expand=True)
    with _drawn(screen, lambda: Group(bar.get_renderable(), *filter(None, [notice()]))):
        task, began = bar.add_task("run", total=None, told=(preparing,)), monotonic()

        def listener(progress: Progress) -> None:
            told = _told(progress, monotonic() - began)
            total = None if progress.ticks == ENDLESS else progress.ticks
            bar.update(task, total=total, completed=progress.ticks_done, told=told)

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


class _Told(ProgressColumn):
    """All that is told where there is room for it, else its beginning."""

    def render(self, task: Task) -> RenderableType:
        """What is told of the task."""
        return _Fitting(task.fields["told"])


@dataclass(frozen=True, slots=True)
class _Fitting:
    parts: tuple[str, ...]

    def __rich_console__(self, _: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        texts = [Text("; ".join(self.parts[:many])) for many in range(len(self.parts), 0, -1)]
        fitting = (text for text in texts if text.cell_len <= options.max_width)
        yield next(fitting, Text(self.parts[0], no_wrap=True, overflow="ellipsis"))


def _columns(width: int) -> Iterator[ProgressColumn]:
    if width >= NARROWEST_WITH_BAR:
        yield BarColumn(bar_width=20)
    yield TaskProgressColumn(table_column=Column(no_wrap=True))
    yield TimeElapsedColumn(table_column=Column(no_wrap=True))
    yield TimeRemainingColumn(table_column=Column(no_wrap=True))
    yield _Told(table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis"))


def _drawn(screen: Console, what: Callable[[], RenderableType]) -> Live:
    """What is drawn again and again below what others say; records that go to a file are not what they say."""
    shared = sys.stdout is not None and sys.stdout.isatty()
    return Live(get_renderable=what, console=screen, refresh_per_second=10, transient=True, redirect_stdout=shared)


def lines(now: Callable[[], float] = monotonic) -> ProgressListener:
    """What prints a line, the first after a few seconds: a short run has none."""
    began = now()
    next_line = began + SECONDS_TO_FIRST_LINE

    def listener(progress: Progress) -> None:
        nonlocal next_line
        failed = progress.errors != progress.troubles  # then the account is what is told
        if now() >= next_line and not failed:
            of = "" if progress.ticks == ENDLESS else f" of {progress.ticks:,}"
            with if_somebody_reads():
                click.echo(f"tick {progress.ticks_done:,}{of}: {'; '.join(_told(progress, now() - began))}", err=True)
            next_line = now() + SECONDS_BETWEEN_LINES

    return listener


def _told(progress: Progress, seconds: float) -> tuple[str, ...]:
    """Events and their rate; the records of each stream."""
    rate = progress.events / max(seconds, 1e-3)
    records = ", ".join(f"{safe(stream)} {count:,}" for stream, count in sorted(progress.records.items()))
    events = f"{counted(progress.events, 'event')}, {rate:,.0f} a second"
    return (events, records) if records else (events,)
