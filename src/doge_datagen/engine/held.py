"""Texts made once at the start, one for each subject, whichever engine computes their parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from doge_datagen.engine.code import Function, dtype_of, texts_held
from doge_datagen.engine.records import Assembly, Noted, Sources
from doge_datagen.engine.shown_columns import computed
from doge_datagen.language.kinds import STRING
from doge_datagen.model.program import Program, Shape

LARGEST = 2**31 - 1  # bytes that an Arrow string array can have
Columns = Sequence[npt.NDArray[Any]]  # Any: integers, floats or truth values
Fill = Callable[[str, Function, Columns], None]


def with_held_texts(program: Program, sources: Sources, fill: Fill) -> Sources:
    """The sources, with the texts that the program's subjects keep.

    Args:
        program: the model.
        sources: what writes numbers and finds texts.
        fill: given an attribute, the function for its parts and a column for each of these, fills them in for all.
    """
    held: dict[str, pa.Array] = {}
    sources = replace(sources, held=held)
    count, functions = program.spec.subjects.count, texts_held(program)
    everybody, nothing = np.arange(count, dtype=np.uint32), np.zeros(count, dtype=np.int64)
    for start in program.starts:
        if start.text is not None:
            columns = [np.empty(count, dtype_of(column)) for column in computed(start.columns)]
            if start.name in functions:
                fill(start.name, functions[start.name], columns)
            shape = Shape(start.columns, {"text": start.text}, {"text": STRING})
            noted = Noted(nothing, everybody, nothing, columns)
            held[start.name] = _together(Assembly(program, shape, sources), noted)
    return sources


def _together(assembly: Assembly, noted: Noted) -> pa.Array:
    texts = [batch.records.column(0) for batch in assembly.batches(noted)]
    if sum(it.nbytes for it in texts) > LARGEST:
        texts = [it.cast(pa.large_string()) for it in texts]
    return pa.concat_arrays(texts)
