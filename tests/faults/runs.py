"""A run whose records are the numbers from 1 to 40, ten per window, with a fault between two windows."""

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
"""For tests that apply to runs with and without an ID."""

At = str | dict[str, Any]


@dataclass
class Retries:
    """What a run reported about its retries.

    Attributes:
        warnings: about retries, and about their success.
        progress: the last progress report.
    """

    warnings: list[str]
    progress: Progress | None = None

    @property
    def connection_errors(self) -> dict[str, int]:
        """The number of retries by kind of error."""
        return dict(self.progress.connection_errors) if self.progress else {}


def run(at: At, name: str | None = None, *, fields: dict[str, str] | None = None, **kwargs: Any) -> RunReport:
    """Run to a destination, committing each window; transient errors are retried for half a second."""
    model = Model.load(TICKER, {f"streams.{STREAM}.fields.{field}": text for field, text in (fields or {}).items()})
    kwargs = {"seed": 7, "window": 10, "engine": "interpreted", "commit_every": 0, "patience": 0.5, **kwargs}
    return model.run({STREAM: at}, run_id=name, **kwargs)


def failed(at: At, name: str | None = None, **kwargs: Any) -> SinkError:
    """The error with which a run fails."""
    with pytest.raises(SinkError) as caught:
        run(at, name, **kwargs)
    return caught.value


class FaultMidRun:
    """Injects a fault after two delivered (and, with a run ID, committed) windows; passed to a run as ``stop``.

    For a sink with a thread of its own, waits until ``arrived`` is true of what was delivered. Sinks that wait for a
    server call ``stop`` too; only the calls after each window count.
    """

    def __init__(
        self,
        fault: Callable[[], object],
        arrived: Callable[[], bool] = lambda: True,
        *,
        stop_run: bool = False,
        windows: int = 0,
    ) -> None:
        self.stopped = False
        self._stop_run = stop_run  # whether the user stops the run
        self._windows = windows  # between the fault and the stop
        self._fault = fault
        self._arrived = arrived
        self._remaining = 2

    def __call__(self) -> bool:
        if sys._getframe(1).f_globals["__name__"] == "doge_datagen.run.delivery.retry":
            return self.stopped
        self._remaining -= 1
        if not self._remaining:
            deadline = monotonic() + 240
            while not self._arrived() and monotonic() < deadline:
                sleep(0.01)
            self._fault()
        self.stopped = self._stop_run and self._remaining <= -self._windows
        return self.stopped


@contextmanager
def fixed_at_first_retry(fix: Callable[[], object]) -> Iterator[Retries]:
    """Remove the cause of an error as soon as the run reports a retry; yields its reports."""
    retries = Retries([])

    class Fixer(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if not retries.warnings:
                fix()
            retries.warnings.append(record.getMessage())

    fixer, log = Fixer(), logging.getLogger("doge_datagen.run.delivery.retry")
    log.addHandler(fixer)
    try:
        yield retries
    finally:
        log.removeHandler(fixer)


def run_with_retries(at: At, fix: Callable[[], object], name: str | None = NAME, **kwargs: Any) -> Retries:
    """Run to the end, fixing the cause at the first retry; check that retries are reported and counted."""
    with fixed_at_first_retry(fix) as retries:

        def listen(progress: Progress) -> None:
            retries.progress = progress

        run(at, name, progress=listen, **{"patience": 60, **kwargs})
    assert "retrying" in retries.warnings[0]
    assert "it succeeded" in retries.warnings[-1]
    assert sum(retries.connection_errors.values()) > 0
    return retries
