"""A planned run carried out, with progress, and ended early where the user wants that."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from doge_datagen.cli.plan import Plan
from doge_datagen.cli.progress import following
from doge_datagen.cli.shown import shown
from doge_datagen.cli.tables import console
from doge_datagen.run.interrupt import stopping
from doge_datagen.run.model import run_model
from doge_datagen.run.report import Progress, ProgressListener, RunReport

FIRST = "stopping: what is being made is delivered first; once more to end at once"
SHOW_CURSOR = "\x1b[?25h"


def carry(plan: Plan) -> RunReport:
    """Run it; the first Ctrl-C or SIGTERM ends it between two windows, the second the process.

    Raises:
        ModelError: something cannot be calculated, or a place makes no sense.
        MissingDriverError: a package is missing.
        SinkError: a place cannot be had, or records did not arrive.
    """
    screen = console(err=True)
    so_far = _SoFar()

    def at_once() -> NoReturn:
        _end_at_once(plan, so_far.progress, SHOW_CURSOR if screen.is_terminal else "")

    with following(screen, plan.model.clock.ticks) as listener, stopping(_say_first, at_once) as stop:
        return run_model(plan.model, plan.places, plan.how, progress=so_far.told_to(listener), stop=stop)


class _SoFar:
    """The last that was told of a run."""

    def __init__(self) -> None:
        self.progress = Progress(0, 0, 0)

    def told_to(self, listener: ProgressListener) -> ProgressListener:
        """A listener that remembers, and passes on."""

        def listen(progress: Progress) -> None:
            self.progress = progress
            listener(progress)

        return listen


def _say_first() -> None:
    _say(f"\n{FIRST}\n")


def _end_at_once(plan: Plan, progress: Progress, before: str) -> NoReturn:
    """End the process here: closing the sinks would take as long as what the user no longer waits for."""
    told = [f"{before}error: ended at once; some records may be missing of what the places had taken"]
    for stream, place in plan.places.items():
        told.append(f"  {stream}: {progress.records.get(stream, 0):,} or more were taken for {shown(place, stream)}")
    if any(place.kind == "file" for place in plan.places.values()):
        told.append("  a file that was not finished is left as .part beside its place")
    _say("\n".join([*told, ""]))
    os._exit(1)


def _say(text: str) -> None:
    """Write from within a handler: past the buffer, in whose middle the signal may have come."""
    os.write(sys.__stderr__.fileno() if sys.__stderr__ else 2, text.encode(errors="replace"))
