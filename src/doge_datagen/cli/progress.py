"""How far a run is: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

import click
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from doge_datagen.cli.tables import if_somebody_reads
from doge_datagen.model.clock import ENDLESS
from doge_datagen.outlook.number import counted
from doge_datagen.run.report import Progress, ProgressListener

SECONDS_TO_FIRST_LINE = 5
SECONDS_BETWEEN_LINES = 10


@contextmanager
def following(screen: Console, notice: Callable[[], str] = str) -> Iterator[ProgressListener]:
    """A listener that shows on standard error how far a run is; on a terminal with a notice below, if there is any."""
    if not screen.is_terminal:
        yield lines()
        return
    columns = (BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[told]}"), TimeElapsedColumn())
    bar = Bar(*columns, TimeRemainingColumn(), console=screen)
    with _drawn(screen, lambda: Group(bar.get_renderable(), *filter(None, [notice()]))):
        task, began = bar.add_task("run", total=None, told="preparing"), monotonic()

        def listener(progress: Progress) -> None:
            told = escape(_told(progress, monotonic() - began))
            total = None if progress.ticks == ENDLESS else progress.ticks
            bar.update(task, total=total, completed=progress.ticks_done, told=told)

        yield listener


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
                click.echo(f"tick {progress.ticks_done:,}{of}: {_told(progress, now() - began)}", err=True)
            next_line = now() + SECONDS_BETWEEN_LINES

    return listener


def _told(progress: Progress, seconds: float) -> str:
    """Events, their rate, and the records of each stream."""
    rate = progress.events / max(seconds, 1e-3)
    records = ", ".join(f"{stream} {count:,}" for stream, count in sorted(progress.records.items()))
    return f"{counted(progress.events, 'event')}, {rate:,.0f} a second" + (f"; {records}" if records else "")
