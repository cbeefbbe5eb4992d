"""Define the metrics of a run, and collect them for Prometheus."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from doge_datagen.model.clock import ENDLESS
from doge_datagen.run.reporting.report import Progress

COUNTER, GAUGE = "counter", "gauge"
Samples = Mapping[tuple[str, ...], float]
"""Values by label values; empty if unknown."""


@dataclass(frozen=True, slots=True)
class Measured:
    """The state of a run from which metrics are collected.

    Attributes:
        model: name of the model.
        seed: the seed; empty if unknown.
        run_id: name of the run; empty if it has none.
        started: when the run began, in seconds since the epoch.
        progress: its progress.
    """

    model: str
    seed: str
    run_id: str
    started: float
    progress: Progress


@dataclass(frozen=True, slots=True)
class Metric:
    """The definition of a metric.

    Attributes:
        name: full name in Prometheus, with unit and ``_total``.
        kind: ``counter`` or ``gauge``.
        labels: names of its labels.
        meaning: its help text.
        samples: calculates its values.
    """

    name: str
    kind: str
    labels: tuple[str, ...]
    meaning: str
    samples: Callable[[Measured], Samples]


def _one(value: float | None) -> Samples:
    # No sample rather than 0, which Prometheus would take for a value, and for the reset of a counter.
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
    Metric("doge_ticks_done_total", COUNTER, (), "Ticks completed", lambda run: _one(run.progress.ticks_done)),
    Metric(
        "doge_ticks_planned",
        GAUGE,
        (),
        "Ticks in total; absent if the run has no end",
        lambda run: _one(run.progress.ticks if 0 < run.progress.ticks < ENDLESS else None),
    ),
    Metric(
        "doge_event_timestamp_seconds",
        GAUGE,
        (),
        "Event time reached, in seconds since the epoch",
        lambda run: _one(_seconds(run.progress.timestamp)),
    ),
    Metric(
        "doge_lag_seconds",
        GAUGE,
        (),
        "How far the run is behind its schedule; absent if it has no pace",
        lambda run: _one(run.progress.lag),
    ),
    Metric("doge_events_total", COUNTER, (), "Transitions that happened", lambda run: _one(run.progress.events)),
    Metric(
        "doge_records_generated_total",
        COUNTER,
        ("stream",),
        "Records generated and passed to the stream's sink",
        lambda run: _each(run.progress.records),
    ),
    Metric(
        "doge_records_confirmed_total",
        COUNTER,
        ("stream",),
        "Records confirmed by their destination",
        lambda run: _each(run.progress.delivered),
    ),
    Metric(
        "doge_position_ticks",
        GAUGE,
        ("stream",),
        "Ticks committed; only for named runs",
        lambda run: _each(run.progress.positions),
    ),
    Metric(
        "doge_subjects",
        GAUGE,
        ("state",),
        "Subjects in the state",
        lambda run: _each(run.progress.subjects),
    ),
    Metric(
        "doge_retries_total",
        COUNTER,
        ("kind",),
        "Retries, by the kind of error",
        lambda run: _each(run.progress.connection_errors),
    ),
    Metric(
        "doge_errors_total",
        COUNTER,
        ("kind",),
        "Errors, by kind: those that were retried, and the one that ended the run",
        lambda run: _each(run.progress.errors),
    ),
)


class RunCollector(Collector):
    """Collects metrics from the latest progress of a run. It adds nothing up itself, so its values cannot drift.

    Args:
        run: the state of the run at its start.
    """

    def __init__(self, run: Measured) -> None:
        self._run = run

    def listen(self, progress: Progress) -> None:
        """Replace the state in one assignment, so that a scrape on another thread sees either the old or the new."""
        seed = self._run.seed if progress.seed is None else str(progress.seed)
        self._run = replace(self._run, progress=progress, seed=seed)

    def collect(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
        """Collect all metrics from the same state; unknown ones have no samples."""
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
    """Escape lone surrogates, which UTF-8 cannot encode."""
    return label.encode(errors="backslashreplace").decode()
