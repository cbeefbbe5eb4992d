"""A run's metrics on an HTTP port, for Prometheus to read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import time

from doge_datagen.errors import MissingDriverError
from doge_datagen.run.report import Progress, ProgressListener
from doge_datagen.watch.families import Measured
from doge_datagen.watch.serving import serving, url

PLACE = "metrics"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A listener whose last news can be read over HTTP.

    Attributes:
        url: where, with the real port.
        listener: takes the news.
    """

    url: str
    listener: ProgressListener

    def __call__(self, progress: Progress) -> None:
        """Take how far the run is."""
        self.listener(progress)


@contextmanager
def metrics(
    address: str, *, model: str, seed: int | None = None, run_id: str | None = None, now: Callable[[], float] = time
) -> Iterator[Endpoint]:
    """Serve a run's metrics until the block ends; what is yielded is told of progress, and knows its ``url``.

    Args:
        address: ``HOST:PORT``, or ``:PORT`` or ``PORT`` for this computer alone; port 0 takes any that is free.
        model: the model's name, shown as a label.
        seed: the seed, shown as a label; None where only the progress tells it.
        run_id: the name of the run, shown as a label.
        now: the wall clock, in seconds since the epoch.

    Raises:
        ModelError: it is no address, its host is not known, or its port is in use.
        MissingDriverError: the extra ``metrics`` is not installed.
    """
    try:
        from doge_datagen.watch.collector import RunCollector  # noqa: PLC0415 - a driver, loaded where it is needed
    except ImportError as error:
        raise MissingDriverError(PLACE, "metrics") from error
    run = Measured(model, "" if seed is None else str(seed), run_id or "", now(), Progress(0, 0, 0))
    collector = RunCollector(run)
    with serving(PLACE, address, collector.application()) as (host, port):
        yield Endpoint(url(host, port, "/metrics"), collector.listen)
