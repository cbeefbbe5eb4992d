"""The list of all numeric functions to compile, in an order in which each calls only those before it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from doge_datagen.engine.numeric import (
    arithmetic,
    calendar,
    distributions,
    faults,
    floats,
    inverted,
    logarithms,
    normal,
    powers,
    rejected,
    rounding,
    trigonometry,
)

FUNCTIONS: tuple[Callable[..., Any], ...] = (
    *faults.FUNCTIONS,
    *arithmetic.FUNCTIONS,
    *calendar.FUNCTIONS,
    *floats.FUNCTIONS,
    *rounding.FUNCTIONS,
    *logarithms.FUNCTIONS,
    *powers.FUNCTIONS,
    *trigonometry.FUNCTIONS,
    *normal.FUNCTIONS,
    *distributions.FUNCTIONS,
    *inverted.FUNCTIONS,
    *rejected.FUNCTIONS,
)
"""All names are different, and each function calls only those before it."""

NATIVE: dict[Callable[..., Any], Callable[..., Any]] = floats.NATIVE
"""By function, an equivalent that is faster when compiled; tests check that both give the same bits."""
