"""All that calculates, in the order in which it calls each other: what to compile, and what to compile in its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from doge_datagen.engine.numeric import (
    arithmetic,
    calendar,
    distributions,
    faults,
    floats,
    logarithms,
    normal,
    powers,
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
)
"""No two have the same name, and none calls one that stands behind it."""

NATIVE: dict[Callable[..., Any], Callable[..., Any]] = floats.NATIVE
"""Functions that are quicker by another source once compiled, and that source; tests hold them equal to the bit."""
