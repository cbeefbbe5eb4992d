"""What is told of a run as metrics: each with its name, its type, its labels, and where its values come from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from doge_datagen.model.clock import ENDLESS
from doge_datagen.run.report import Progress

COUNTER, GAUGE = "counter", "gauge"
Samples = Mapping[tuple[str, ...], float]
"""By the values of the labels, the number; empty where it is not known."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A run at one moment.

    Attributes:
        model: the model's name.
        seed: the seed, or empty.
        run_id: the name of the run, or empty.
        started: when it began, in seconds since the epoch.
        progress: how far it is.
    """

    model: str
    seed: str
    run_id: str
    started: float
    progress: Progress


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric.

    Attributes:
        name: as Prometheus has it, with unit and ``_total``.
        kind: ``counter`` or ``gauge``.
        labels: the names of its labels.
        meaning: what it is, in a line.
        samples: its values.
    """

    name: str
    kind: str
    labels: tuple[str, ...]
    meaning: str
    samples: Callable[[Measured], Samples]


def _one(value: float | None) -> Samples:
    return {} if value is None else {(): value}


def _each(values: Mapping[str, int]) -> Samples:
    return {(name,): value for name, value in values.items()}


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000


METRICS = (
    Metric(
        "doge_run_info",
        GAUGE,
        ("model", "seed", "run_id"),
        "Always 1; the labels say which run this is",
        lambda run: {(run.model, run.seed, run.run_id): 1},
    ),
    Metric(
        "doge_run_start_time_seconds",
        GAUGE,
        (),
        "When the run began, in seconds since the epoch",
        lambda run: _one(run.started),
    ),
    Metric("doge_ticks_done_total", COUNTER, (), "Ticks that are over", lambda run: _one(run.progress.ticks_done)),
    Metric(
        "doge_ticks_planned",
        GAUGE,
        (),
        "Ticks there are in all; missing where no end is meant",
        lambda run: _one(run.progress.ticks if 0 < run.progress.ticks < ENDLESS else None),
    ),
    Metric(
        "doge_event_timestamp_seconds",
        GAUGE,
        (),
        "The event time that is reached, in seconds since the epoch",
        lambda run: _one(_seconds(run.progress.timestamp)),
    ),
    Metric(
        "doge_lag_seconds",
        GAUGE,
        (),
        "How far the run is behind its schedule; missing where it has no pace",
        lambda run: _one(run.progress.lag),
    ),
    Metric("doge_events_total", COUNTER, (), "Transitions that have happened", lambda run: _one(run.progress.events)),
    Metric(
        "doge_records_generated_total",
        COUNTER,
        ("stream",),
        "Records that were made and handed to the stream's sink",
        lambda run: _each(run.progress.records),
    ),
    Metric(
        "doge_records_acknowledged_total",
        COUNTER,
        ("stream",),
        "Records that are confirmed at their place",
        lambda run: _each(run.progress.delivered),
    ),
    Metric(
        "doge_position_ticks",
        GAUGE,
        ("stream",),
        "Ticks that are committed; of a run with a name",
        lambda run: _each(run.progress.positions),
    ),
    Metric(
        "doge_subjects",
        GAUGE,
        ("state",),
        "How many subjects are in the state",
        lambda run: _each(run.progress.subjects),
    ),
    Metric(
        "doge_retries_total",
        COUNTER,
        ("kind",),
        "How often something had to be tried again, by the kind of error",
        lambda run: _each(run.progress.connection_errors),
    ),
    Metric(
        "doge_errors_total",
        COUNTER,
        ("kind",),
        "How often something failed, by the kind of error: what was tried again, and what ended the run",
        lambda run: _each(run.progress.errors),
    ),
)


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


def registry_of(collector: RunCollector) -> CollectorRegistry:
    """Return a registry that holds the metrics of one run and nothing else."""
    registry = CollectorRegistry(auto_describe=True)
    registry.register(collector)
    return registry


def _family(metric: Metric, run: Measured) -> CounterMetricFamily | GaugeMetricFamily:
    make = CounterMetricFamily if metric.kind == COUNTER else GaugeMetricFamily
    family = make(metric.name, metric.meaning, labels=metric.labels)
    for labels, value in metric.samples(run).items():
        family.add_metric([_encodable(label) for label in labels], value)
    return family


def _encodable(label: str) -> str:
    """A label without halves of characters, which UTF-8 does not have."""
    return label.encode(errors="backslashreplace").decode()
