"""The program of a model or spec, and modified specs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from doge_datagen import Model
from doge_datagen.model.spec import Spec
from doge_datagen.program.compilation import compile_spec
from doge_datagen.program.program import Program


def program_of(given: Model | Spec) -> Program:
    """The program of a model or spec."""
    return given.program if isinstance(given, Model) else compile_spec(given)


def spec_with(spec: Spec, **parts: Any) -> Spec:
    """A copy of a spec with changes, also to its population, by the keys of a model file."""
    own = {name: parts.pop(name) for name in ("states", "initial", "transitions", "final") if name in parts}
    population = parts.pop("subjects", spec.population)
    return replace(spec, populations=(replace(population, **own) if own else population,), **parts)
