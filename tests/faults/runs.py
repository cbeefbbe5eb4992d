"""A run whose records are the numbers from 1 to 40, ten a window, with a fault between two windows."""

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from doge_datagen import Model
from doge_datagen.errors import SinkError
from doge_datagen.run.reporting.report import Progress, RunReport

TICKER = Path(__file__).with_name("ticker.yaml")
STREAM = "counts"
ALL = list(range(1, 41))
BEFORE = ALL[:20]
"""What was delivered before the fault, which comes after the second window."""

NAME = "nightly"
NAMED = pytest.mark.parametrize("name", [None, NAME], ids=["without a run id", "with a run id"])
"""For tests whose fault is the same with a name and without."""

At = str | dict[str, Any]


@dataclass
class Retries:
    """What a run reported while it ran.

    Attributes:
        warnings: of retries, and of their success.
        progress: the last report.
    """

    warnings: list[str]
    progress: Progress | None = None

    @property
    def connection_errors(self) -> dict[str, int]:
        """By kind of error, how often something was retried."""
        return dict(self.progress.connection_errors) if self.progress else {}


def run(at: At, name: str | None = None, *, fields: dict[str, str] | None = None, **how: Any) -> RunReport:
    """Run it to a destination: each window a commit, and what may succeed later is retried for half a second."""
    model = Model.load(TICKER, {f"streams.{STREAM}.fields.{field}": text for field, text in (fields or {}).items()})
    how = {"seed": 7, "window": 10, "engine": "interpreted", "commit_every": 0, "patience": 0.5, **how}
    return model.run({STREAM: at}, run_id=name, **how)


def failed(at: At, name: str | None = None, **how: Any) -> SinkError:
    """The error that a run ends with."""
    with pytest.raises(SinkError) as caught:
        run(at, name, **how)
    return caught.value


class InMidRun:
    """Makes a fault when two windows are delivered, and committed where the run has a name: the ``stop`` of a run.

    Where a sink has a thread of its own, it is waited until what was delivered is ``there``. Sinks that wait for a
    server ask as well whether the run is to end; only the question after each window counts.
    """

    def __init__(
        self,
        fault: Callable[[], object],
        there: Callable[[], bool] = lambda: True,
        *,
        ends: bool = False,
        windows: int = 0,
    ) -> None:
        self.over = False
        self._ends = ends  # whether the user wants the run to end, so many windows after the fault
        self._windows = windows
        self._fault = fault
        self._there = there
        self._left = 2

    def __call__(self) -> bool:
        if sys._getframe(1).f_globals["__name__"] == "doge_datagen.run.delivery.retry":
            return self.over
        self._left -= 1
        if not self._left:
            until = monotonic() + 240
            while not self._there() and monotonic() < until:
                sleep(0.01)
            self._fault()
        self.over = self._ends and self._left <= -self._windows
        return self.over


@contextmanager
def fixed_at_the_first_retry(fix: Callable[[], object]) -> Iterator[Retries]:
    """Takes the cause away as soon as the run reports that it retries; what it reported."""
    reported = Retries([])

    class Fixer(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if not reported.warnings:
                fix()
            reported.warnings.append(record.getMessage())

    fixer, log = Fixer(), logging.getLogger("doge_datagen.run.delivery.retry")
    log.addHandler(fixer)
    try:
        yield reported
    finally:
        log.removeHandler(fixer)


def run_with_retries(at: At, fix: Callable[[], object], name: str | None = NAME, **how: Any) -> Retries:
    """Run it to its end, the cause being taken away once it is retried: it is reported, and counted."""
    with fixed_at_the_first_retry(fix) as reported:

        def listen(progress: Progress) -> None:
            reported.progress = progress

        run(at, name, progress=listen, **{"patience": 60, **how})
    assert "retrying" in reported.warnings[0]
    assert "it succeeded" in reported.warnings[-1]
    assert sum(reported.connection_errors.values()) > 0
    return reported
