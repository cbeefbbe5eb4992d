"""The data of a model that its functions take as parameters, except for the moments at which others arrive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from weakref import WeakKeyDictionary

import numpy.typing as npt

from doge_datagen.draws import MASK
from doge_datagen.engine.waiting.timelines import as_lists, timelines
from doge_datagen.language.lookup_data import ModelData
from doge_datagen.program.program import Program
from doge_datagen.program.tables.reference_table import array_of

Array = npt.NDArray[Any]  # Any: integers, floats or booleans
_ARRAYS: WeakKeyDictionary[ModelData, dict[str, Array]] = WeakKeyDictionary()


def model_data(program: Program, seed: int) -> tuple[Any, ...]:
    """The arrays of rhythms, incidents and tables, and the seed, for compiled code: as in ``codegen.names_of_data``.

    Behind them come those of ``arrival_times``, which grow.
    """
    return (*timelines(program, seed), *arrays_of(program).values(), *_seed(program, seed))


def model_data_for_python(program: Program, seed: int) -> Iterator[Any]:
    """The same for CPython, which reads lists and memory views faster than arrays, as plain numbers."""
    yield from map(as_lists, timelines(program, seed))
    yield from (array.data for array in arrays_of(program).values())
    yield from _seed(program, seed)


def _seed(program: Program, seed: int) -> tuple[int, ...]:
    """The halves of the seed, if code needs them beside the key of its own subject."""
    return (seed & MASK, seed >> 32) if program.data.repeats_draws else ()


def arrays_of(program: Program) -> dict[str, Array]:
    """The arrays of a program's tables, by name in the code; they are in memory once for all of its engines."""
    data = program.data
    # Tables may be large, and an engine may follow another in one run: interpreted first, then compiled.
    if data not in _ARRAYS:
        _ARRAYS[data] = {name: array_of(program.tables[it.table], data, it) for name, it in data.arrays.items()}
    return _ARRAYS[data]
