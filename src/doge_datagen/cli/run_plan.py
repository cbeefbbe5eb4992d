"""Resolve the options of ``doge run`` to a plan, before anything is opened."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from doge_datagen.cli.loading import STANDARD, LoadedModel, is_moment, moment, resized
from doge_datagen.cli.target_checks import check_target
from doge_datagen.errors import ModelError
from doge_datagen.model.destination import Destination
from doge_datagen.model.spec import Spec
from doge_datagen.program.program import Program
from doge_datagen.run.resuming.checkpoint_store import checked_run_id
from doge_datagen.run.resuming.run_start import with_run_times
from doge_datagen.run.run_config import NOW, RunConfig, check_end
from doge_datagen.run.simulation.engine_choice import COMPILED, chosen
from doge_datagen.run.startup import destinations_of
from doge_datagen.sinks.conflicts import identity_of
from doge_datagen.sinks.destination_identity import file_destination
from doge_datagen.sinks.environment_variables import filled_destination


@dataclass(frozen=True, slots=True)
class RunRequest:
    """The model and the options of ``doge run``, as given."""

    loaded: LoadedModel
    target: str | None
    subjects: int | None
    ticks: int | None
    until: str | None
    seed: int | None
    workers: int | None
    engine: str
    start: str | None
    pace: str | None
    backfill: bool
    late: str
    run_id: str | None
    commit_every: float
    patience: float | None


@dataclass(frozen=True, slots=True)
class RunPlan:
    """A run as it will be executed.

    Attributes:
        program: the model, with the size, start and end of this run.
        target: name of the target; None if the model has no targets, so that records go to standard output.
        destinations: destinations by stream.
        config: seed, workers, engine and pace. The seed of a named run may still be None, since the run may have begun
            earlier; the engine may still be ``auto``, and change when the run turns out to be large.
        own_start: start of the model itself, in milliseconds since the epoch.
        engine: the engine that the run begins with.
    """

    program: Program
    target: str | None
    destinations: Mapping[str, Destination]
    config: RunConfig
    own_start: int
    engine: str

    @property
    def spec(self) -> Spec:
        """The model as plain values."""
        return self.program.spec


def plan_run(asked: RunRequest) -> RunPlan:
    """Fit the model to the run, check the target, and choose engine and seed.

    Raises:
        ModelError: the size, the times, the target or an environment variable is invalid.
        MissingDriverError: a destination, or the compiled engine, needs a package that is not installed.
    """
    loaded = asked.loaded
    sized = resized(loaded.program, subjects=asked.subjects, ticks=asked.ticks, until=asked.until)
    config = _config(asked)
    program = with_run_times(sized, config)
    check_end(program.spec.clock, config)
    target = asked.target if asked.target is not None else next(iter(program.spec.targets), None)
    destinations = destinations_of(program.spec, target)
    if target is not None:
        check_target(loaded.path, loaded.document, target, config.run_id)
    engine = chosen(program, asked.engine, config.speed)
    config = replace(config, engine=engine if engine == COMPILED else asked.engine)
    if config.run_id is None:
        config = replace(config, seed=config.checked_seed())
    return RunPlan(program, target, destinations, config, loaded.program.spec.clock.start, engine)


def check_report(report: Path | None, loaded: LoadedModel, plan: RunPlan) -> None:
    """Check that the report does not overwrite the model or a destination of the run.

    Raises:
        ModelError: it would.
    """
    if report is None or str(report) == STANDARD:
        return
    written = file_destination([report])
    taken = {"the model": file_destination(loaded.sources)}
    for stream, destination in plan.destinations.items():
        identity = identity_of(filled_destination(destination, f"targets.{stream}"), stream)
        taken |= {} if identity is None else {f"the destination of {stream!r}": identity}
    for what, its in taken.items():
        if its.meets(written):
            raise ModelError("--report", f"{str(report)!r} is {what}. Hint: give it a file of its own")


def _config(asked: RunRequest) -> RunConfig:
    moving = asked.start in (None, NOW)
    return RunConfig(
        seed=asked.seed,
        workers=asked.workers or usable_cores(),
        start=asked.start if moving else moment(str(asked.start), "--start"),
        until=moment(asked.until, "--until") if asked.until is not None and is_moment(asked.until) else None,
        pace=asked.pace,
        backfill=asked.backfill,
        late=asked.late,
        run_id=None if asked.run_id is None else checked_run_id(asked.run_id),
        commit_every=asked.commit_every,
        patience=asked.patience,
    )


def usable_cores() -> int:
    """The number of CPU cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1
