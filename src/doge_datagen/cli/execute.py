"""A planned run carried out, with progress, and ended early where the user wants that."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, NoReturn

import click

from doge_datagen.cli.progress import show_progress
from doge_datagen.cli.run_plan import RunPlan
from doge_datagen.cli.tables import console, if_somebody_reads
from doge_datagen.errors import ReaderGoneError
from doge_datagen.model.destination import CONSOLE
from doge_datagen.monitor.metrics import metrics
from doge_datagen.monitor.view import live_view
from doge_datagen.run.model_run import run_model
from doge_datagen.run.report import Progress, ProgressListener, RunReport
from doge_datagen.run.signals import stopping
from doge_datagen.sinks.display import shown_place

if TYPE_CHECKING:
    from rich.console import Console

FIRST = "stopping: what is being made is delivered first; once more to end at once"
SHOW_CURSOR = "\x1b[?25h"


Tell = Callable[[RunReport | None, Exception | None], None]
"""Told at the end what was run, None where it never began, and what it failed of, None where all is well."""


def execute(plan: RunPlan, tell: Tell, address: str | None = None) -> None:
    """Run it, and tell; the first Ctrl-C, SIGTERM or SIGHUP ends the run between two windows, the second the process.

    A reader of standard output who goes ends the run as the first Ctrl-C does.

    Args:
        plan: what to run.
        tell: what becomes of the account; no signal keeps it from being told.
        address: where metrics are served; None where they are not.

    Raises:
        ModelError: something cannot be calculated, or a place or the address makes no sense.
        MissingDriverError: a package is missing.
        SinkError: a place cannot be had, or records did not arrive.
    """
    screen, on_screen = console(err=True), _records_on_screen(plan)
    draws = screen.is_terminal and not on_screen
    so_far = _SoFar()

    def at_once() -> NoReturn:
        _end_at_once(plan, so_far.progress, SHOW_CURSOR if draws else "")

    with stopping(_nothing if draws else _say_first, at_once) as stop:
        try:
            view = _shown(screen, plan, lambda: FIRST if stop() else "", draws=draws)
            with _as_long_as_it_is_there(view) as shown_to, _served(address, plan) as served_to:
                listener = so_far.told_to(shown_to, *served_to)
                report = run_model(plan.model, plan.places, plan.how, progress=listener, stop=stop)
        except Exception as error:
            done = getattr(error, "report", None)
            tell(done if isinstance(done, RunReport) else None, error)
            if isinstance(error, ReaderGoneError):
                return
            raise
        tell(report, None)


def _records_on_screen(plan: RunPlan) -> bool:
    """Whether records go to a terminal, where each has to stay one line that can be copied: nothing is drawn there."""
    return sys.stdout is not None and sys.stdout.isatty() and any(it.kind == CONSOLE for it in plan.places.values())


def _shown(
    screen: Console, plan: RunPlan, notice: Callable[[], str], *, draws: bool
) -> AbstractContextManager[ProgressListener]:
    """A view of a run that keeps a pace, where nobody else writes to the terminal; else how far it is."""
    pace = plan.how.paced
    if pace is None or not draws or any(it.kind == CONSOLE for it in plan.places.values()):
        return show_progress(screen, notice, "preparing: opening the destinations", draws=draws)

    return live_view(screen, model=plan.model.name, pace=pace.text, notice=notice)


@contextmanager
def _as_long_as_it_is_there(view: AbstractContextManager[ProgressListener]) -> Iterator[ProgressListener]:
    """A view on a terminal that may be closed: that nothing can be shown any more is no failure of the run."""
    with ExitStack() as stack:
        listener = stack.enter_context(view)

        def listen(progress: Progress) -> None:
            with if_somebody_reads():
                listener(progress)

        try:
            yield listen
        finally:
            with if_somebody_reads():
                stack.close()


@contextmanager
def _served(address: str | None, plan: RunPlan) -> Iterator[tuple[ProgressListener, ...]]:
    """Who is told for Prometheus, if anybody."""
    if address is None:
        yield ()
        return

    with metrics(address, model=plan.model.name, seed=plan.how.seed, run_id=plan.how.run_id) as endpoint:
        click.echo(f"metrics at {endpoint.url}", err=True)
        yield (endpoint,)


class _SoFar:
    """The last that was told of a run."""

    def __init__(self) -> None:
        self.progress = Progress(0, 0, 0)

    def told_to(self, *listeners: ProgressListener) -> ProgressListener:
        """A listener that remembers, and passes on."""

        def listen(progress: Progress) -> None:
            self.progress = progress
            for listener in listeners:
                listener(progress)

        return listen


def _nothing() -> None:
    """On a terminal, what shows the progress says it: a line of somebody else would be written over."""


def _say_first() -> None:
    _say(f"\n{FIRST}\n")


def _end_at_once(plan: RunPlan, progress: Progress, before: str) -> NoReturn:
    """End the process here: closing the sinks would take as long as what the user no longer waits for."""
    missing = _nothing_missing() if plan.how.run_id is not None else _may_be_missing(plan, progress)
    _say("\n".join([f"{before}error: ended at once; {next(missing)}", *missing, ""]))
    os._exit(1)


def _nothing_missing() -> Iterator[str]:
    yield "what was not committed is made again, so nothing will be missing"
    yield "  the same command goes on where each place stands"


def _may_be_missing(plan: RunPlan, progress: Progress) -> Iterator[str]:
    yield "some records may be missing of what the places had taken"
    for stream, place in plan.places.items():
        yield f"  {stream}: {progress.records.get(stream, 0):,} or more were taken for {shown_place(place, stream)}"
    if any(place.kind == "file" for place in plan.places.values()):
        yield "  a file that was not finished is left as .part beside its place"


def _say(text: str) -> None:
    """Write from within a handler: past the buffer, in whose middle the signal may have come."""
    with suppress(OSError, ValueError):  # of 'doge | tee', Ctrl-C ends the reader too
        os.write(sys.__stderr__.fileno() if sys.__stderr__ else 2, text.encode(errors="replace"))
