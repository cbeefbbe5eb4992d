"""Execute a planned run with progress and metrics, and stop it when the user asks."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, NoReturn

import click

from doge_datagen.cli.printing import console, ignoring_closed_stderr
from doge_datagen.cli.progress import show_progress
from doge_datagen.cli.run_plan import RunPlan
from doge_datagen.errors import ReaderGoneError
from doge_datagen.monitor.metrics import metrics
from doge_datagen.monitor.view import live_view
from doge_datagen.run.model_run import run_model
from doge_datagen.run.reporting.report import Progress, ProgressListener, RunReport
from doge_datagen.run.signals import stopping
from doge_datagen.sinks.registry import capabilities_of, kind_of, shown_destination

if TYPE_CHECKING:
    from rich.console import Console

STOPPING = "stopping after delivering what was generated; Ctrl-C again stops at once"
SHOW_CURSOR = "\x1b[?25h"


Finish = Callable[[RunReport | None, Exception | None], None]
"""Called at the end with the report, None if the run never began, and the error, None if there is none."""


def execute(plan: RunPlan, finish: Finish, address: str | None = None) -> None:
    """Run the plan and report the result.

    The first Ctrl-C, SIGTERM or SIGHUP stops the run between two windows, the second ends the process. If the reader of
    standard output exits, the run stops as after the first Ctrl-C.

    Args:
        plan: what to run.
        finish: receives the report; signals do not interrupt it.
        address: where to serve metrics; None for no metrics.

    Raises:
        ModelError: an expression cannot be calculated, or a destination or the address is invalid.
        MissingDriverError: a package is not installed.
        SinkError: a destination cannot be opened, or records did not arrive.
    """
    screen, on_screen = console(err=True), _records_on_screen(plan)
    draws = screen.is_terminal and not on_screen
    so_far = _SoFar()

    def at_once() -> NoReturn:
        _end_at_once(plan, so_far.progress, SHOW_CURSOR if draws else "")

    with stopping(_stay_silent if draws else _announce_stop, at_once) as stop:
        try:
            view = _shown(screen, plan, lambda: STOPPING if stop() else "", draws=draws)
            with _ignoring_closed_terminal(view) as shown_to, _served(address, plan) as served_to:
                listener = so_far.recording(shown_to, *served_to)
                report = run_model(plan.program, plan.destinations, plan.config, progress=listener, stop=stop)
        except Exception as error:
            done = getattr(error, "report", None)
            finish(done if isinstance(done, RunReport) else None, error)
            if isinstance(error, ReaderGoneError):
                return
            raise
        finish(report, None)


def _records_on_screen(plan: RunPlan) -> bool:
    """Whether records go to a terminal; then no progress is drawn, so that they stay lines that can be copied."""
    return sys.stdout is not None and sys.stdout.isatty() and _prints_records(plan)


def _prints_records(plan: RunPlan) -> bool:
    return any(capabilities_of(it, stream).on_screen for stream, it in plan.destinations.items())


def _shown(
    screen: Console, plan: RunPlan, notice: Callable[[], str], *, draws: bool
) -> AbstractContextManager[ProgressListener]:
    """The live view for a run with a pace, if nothing else writes to the terminal; otherwise the progress display."""
    pace = plan.config.paced
    if pace is None or not draws or _prints_records(plan):
        return show_progress(screen, notice, "preparing: opening the destinations", draws=draws)

    return live_view(screen, model=plan.spec.name, pace=pace.text, notice=notice)


@contextmanager
def _ignoring_closed_terminal(view: AbstractContextManager[ProgressListener]) -> Iterator[ProgressListener]:
    """Wrap a view so that the run continues if the terminal is closed."""
    with ExitStack() as stack:
        listener = stack.enter_context(view)

        def listen(progress: Progress) -> None:
            with ignoring_closed_stderr():
                listener(progress)

        try:
            yield listen
        finally:
            with ignoring_closed_stderr():
                stack.close()


@contextmanager
def _served(address: str | None, plan: RunPlan) -> Iterator[tuple[ProgressListener, ...]]:
    """Serve metrics if an address is given, and yield the listeners that update them."""
    if address is None:
        yield ()
        return

    with metrics(address, model=plan.spec.name, seed=plan.config.seed, run_id=plan.config.run_id) as endpoint:
        click.echo(f"metrics at {endpoint.url}", err=True)
        yield (endpoint,)


class _SoFar:
    """The latest progress of a run, for the message after a second Ctrl-C."""

    def __init__(self) -> None:
        self.progress = Progress(0, 0, 0)

    def recording(self, *listeners: ProgressListener) -> ProgressListener:
        """A listener that records the progress and passes it on."""

        def listen(progress: Progress) -> None:
            self.progress = progress
            for listener in listeners:
                listener(progress)

        return listen


def _stay_silent() -> None:
    """Print nothing: on a terminal the progress display announces the stop, and would overwrite other lines."""


def _announce_stop() -> None:
    _write_now(f"\n{STOPPING}\n")


def _end_at_once(plan: RunPlan, progress: Progress, before: str) -> NoReturn:
    """End the process here, since closing the sinks would take as long as the wait that the user is cutting short."""
    lines = _nothing_missing() if plan.config.run_id is not None else _may_be_missing(plan, progress)
    _write_now("\n".join([f"{before}error: stopped at once; {next(lines)}", *lines, ""]))
    os._exit(1)


def _nothing_missing() -> Iterator[str]:
    yield "records that were not committed will be generated again, so none will be missing"
    yield "  the same command resumes each destination after its last commit"


def _may_be_missing(plan: RunPlan, progress: Progress) -> Iterator[str]:
    yield "some records that the destinations had accepted may be missing"
    for stream, destination in plan.destinations.items():
        accepted = progress.records.get(stream, 0)
        yield f"  {stream}: {accepted:,} or more were accepted for {shown_destination(destination, stream)}"
    for left in dict.fromkeys(kind_of(destination).left_behind for destination in plan.destinations.values()):
        if left:
            yield f"  {left}"


def _write_now(text: str) -> None:
    """Write from a signal handler, bypassing the buffer, which the signal may have interrupted in mid-write."""
    with suppress(OSError, ValueError):  # in 'doge | tee', Ctrl-C ends the reader too
        os.write(sys.__stderr__.fileno() if sys.__stderr__ else 2, text.encode(errors="replace"))
