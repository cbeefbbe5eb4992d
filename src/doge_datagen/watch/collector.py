"""A run's metrics in the values of the Prometheus client library."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from doge_datagen.run.report import Progress
from doge_datagen.watch.families import COUNTER, METRICS, Measured, Metric

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication


class RunCollector(Collector):
    """Renders the last that was told of a run: nothing is added up here, so nothing can drift.

    Args:
        run: the run as it begins.
    """

    def __init__(self, run: Measured) -> None:
        self._run = run

    def listen(self, progress: Progress) -> None:
        """Take what is told; a scrape on another thread sees the old or the new, never a part of each."""
        seed = self._run.seed if progress.seed is None else str(progress.seed)
        self._run = replace(self._run, progress=progress, seed=seed)

    def collect(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
        """All metrics of one moment; one that is not known has no samples."""
        run = self._run
        return (_family(metric, run) for metric in METRICS)

    def application(self) -> WSGIApplication:
        """What answers a scrape, out of a registry that has nothing else in it."""
        registry = CollectorRegistry(auto_describe=True)
        registry.register(self)
        return make_wsgi_app(registry)


def _family(metric: Metric, run: Measured) -> CounterMetricFamily | GaugeMetricFamily:
    make = CounterMetricFamily if metric.kind == COUNTER else GaugeMetricFamily
    family = make(metric.name, metric.meaning, labels=metric.labels)
    for labels, value in metric.samples(run).items():
        family.add_metric([_encodable(label) for label in labels], value)
    return family


def _encodable(label: str) -> str:
    """A label without halves of characters, which UTF-8 does not have."""
    return label.encode(errors="backslashreplace").decode()
