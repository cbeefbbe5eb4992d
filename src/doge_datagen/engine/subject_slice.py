"""Slices of a population: which of a run's subjects an engine simulates, as a range ``first:last:step``.

An engine keeps one row for each subject of its slice; where subjects arrive, for those who are there. Draws, records
and errors have the index of the subject in the whole population, so they are the same whichever slice simulates it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from doge_datagen.draws import SUBJECTS_AT_MOST
from doge_datagen.model.spec import Spec

Indexes = npt.NDArray[Any]  # Any: integers of whatever width the caller's columns have


def slice_of(spec: Spec, subjects: range | None = None) -> range:
    """The subjects that an engine simulates: a slice of those in a spec, or all of them.

    Where subjects arrive, any index may come: then ``range(1, 2**32, 3)`` are every third of them.

    Raises:
        ValueError: the slice does not ascend, or contains subjects that the spec does not have.
    """
    population = spec.population
    everybody = range(population.at_start if population.arrive is None else SUBJECTS_AT_MOST)
    if subjects is None:
        return everybody
    if subjects.step < 1 or any(it not in everybody for it in (*subjects[:1], *subjects[-1:])):
        raise ValueError(f"{subjects} is not an ascending slice of {everybody}")
    return subjects


def slice_within(spec: Spec, subjects: range | None) -> range | None:
    """The part of a slice that a population has, where others have more subjects; None for all of them."""
    if subjects is None or spec.population.arrive is not None:
        return subjects
    return subjects[: len(range(subjects.start, min(subjects.stop, spec.population.at_start), max(1, subjects.step)))]


def indexes_of(subjects: range) -> npt.NDArray[np.uint32]:
    """The indexes of the subjects in a slice, as a column.

    >>> indexes_of(range(1, 8, 3)).tolist()
    [1, 4, 7]
    """
    return np.arange(subjects.start, subjects.stop, subjects.step, dtype=np.uint32)


def rows_of(indexes: Indexes, subjects: range) -> Indexes:
    """The rows of subjects in the columns of an engine that simulates a slice.

    >>> rows_of(np.array([7, 1]), range(1, 8, 3)).tolist()
    [2, 0]
    """
    if subjects.start == 0 and subjects.step == 1:
        return indexes
    return (indexes - subjects.start) // subjects.step
