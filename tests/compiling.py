"""The program of a model or a spec."""

from __future__ import annotations

from doge_datagen import Model
from doge_datagen.model.spec import Spec
from doge_datagen.program.compilation import compile_spec
from doge_datagen.program.program import Program


def program_of(given: Model | Spec) -> Program:
    """The program of a model, which has one already, or of a spec."""
    return given.program if isinstance(given, Model) else compile_spec(given)
