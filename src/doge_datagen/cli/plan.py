"""A run as it is asked for: which model, where to, how; settled before anything is opened."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from doge_datagen.cli.loading import load_model, resized
from doge_datagen.cli.targets import check_variables
from doge_datagen.engine.choose import chosen
from doge_datagen.model.place import Place
from doge_datagen.run.how import How
from doge_datagen.simulation import Model


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line says of a run."""

    path: Path
    settings: tuple[str, ...]
    target: str | None
    subjects: int | None
    ticks: int | None
    until: str | None
    seed: int | None
    workers: int | None
    engine: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be run.

    Attributes:
        model: in its size.
        target: the name of the target; None where the model has none, and it is the screen.
        places: by stream.
        how: seed, workers and engine, each decided.
    """

    model: Model
    target: str | None
    places: Mapping[str, Place]
    how: How


def planned(asked: Asked) -> Plan:
    """The run that is asked for.

    Raises:
        ModelError: the model, a target or a variable of the environment is not what it should be.
        MissingDriverError: the compiled engine is asked for, and Numba is not installed.
    """
    loaded = load_model(asked.path, asked.settings)
    model = resized(loaded, subjects=asked.subjects, ticks=asked.ticks, until=asked.until)
    target = asked.target if asked.target is not None else next(iter(model.targets), None)
    places = {stream: it for stream, it in model.carriers(target).items() if isinstance(it, Place)}
    if target is not None:
        values = dict(setting.split("=", 1) for setting in asked.settings)
        check_variables(asked.path, values, target, places)
    how = How(asked.seed, asked.workers or usable_cores(), chosen(model, asked.engine))
    return Plan(model, target, places, replace(how, seed=how.checked_seed()))


def usable_cores() -> int:
    """How many this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1
