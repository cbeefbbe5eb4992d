"""The list of all numeric functions to compile, and copies of functions that call compiled or other equivalents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import FunctionType
from typing import Any

from doge_datagen.numeric import (
    arithmetic,
    arrived_subjects,
    calendar,
    distributions,
    distributions_by_inversion,
    distributions_by_rejection,
    faults,
    floats,
    incidents,
    lines,
    local_time,
    logarithms,
    normal,
    powers,
    rhythm,
    rounding,
    table_rows,
    trigonometry,
)

FUNCTIONS: tuple[Callable[..., Any], ...] = (
    *faults.FUNCTIONS,
    *arithmetic.FUNCTIONS,
    *calendar.FUNCTIONS,
    *local_time.FUNCTIONS,
    *floats.FUNCTIONS,
    *rounding.FUNCTIONS,
    *logarithms.FUNCTIONS,
    *powers.FUNCTIONS,
    *trigonometry.FUNCTIONS,
    *normal.FUNCTIONS,
    *distributions.FUNCTIONS,
    *distributions_by_inversion.FUNCTIONS,
    *distributions_by_rejection.FUNCTIONS,
    *rhythm.FUNCTIONS,
    *table_rows.FUNCTIONS,
    *incidents.FUNCTIONS,
    *arrived_subjects.FUNCTIONS,
    *lines.FUNCTIONS,
)
"""All names are different, and each function calls only those before it."""

NATIVE: dict[Callable[..., Any], Callable[..., Any]] = floats.NATIVE | rounding.NATIVE
"""By function, an equivalent that is faster when compiled; tests check that both give the same bits."""


def calling(function: Callable[..., Any], equivalents: Mapping[int, Callable[..., Any]]) -> Callable[..., Any]:
    """A copy of a function that calls equivalents of other functions: so the same source runs on other types.

    Args:
        function: the function, which has neither defaults nor a closure.
        equivalents: by ``id`` of a function, what is called in its place.
    """
    around = {name: equivalents.get(id(value), value) for name, value in function.__globals__.items()}
    return FunctionType(function.__code__, around, function.__name__)
