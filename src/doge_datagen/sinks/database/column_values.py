"""Find values that a column would change silently, before they are written."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from doge_datagen.arrow_arrays import numpy_values

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from doge_datagen.sinks.database.columns import Column

MILLISECONDS = 3
"""Decimal places of a second in our timestamps."""
EXACT_BELOW = 2.0**53
"""Integers below it are exact as doubles."""
LIKE_A_NUMBER = r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$"
TWO_TO_63 = 2.0**63


def check_integers(values: pa.Array, column: Column, kind: type[np.floating[Any]]) -> None:
    """Check that a float column can represent each of these integers exactly.

    Args:
        values: the integers.
        column: the float column.
        kind: its type: double or single precision.

    Raises:
        ValueError: one cannot be represented.
    """
    whole: NDArray[np.int64] = numpy_values(values)
    floats = whole.astype(kind).astype(np.float64)
    # LARGEST rounds up to 2**63 as a double, and converting that back to 64 bits is undefined.
    inside = floats < TWO_TO_63
    back = np.where(inside, floats, 0).astype(np.int64)
    _refuse(~inside | (back != whole), column, whole, "make it BIGINT", stored=floats)


def check_singles(values: pa.Array, column: Column) -> None:
    """Check that each of these doubles is in the range of a single-precision column; digits may be lost.

    Raises:
        ValueError: one is out of range, or so small that it would become 0.
    """
    doubles: NDArray[np.float64] = numpy_values(values)
    with np.errstate(over="ignore"):
        singles = doubles.astype(np.float32)
    beyond = np.isfinite(doubles) & ~np.isfinite(singles)
    if beyond.any():
        raise ValueError(
            f"{_column_name(column)}: {doubles[beyond][0]} is out of its range. Hint: make the column wider"
        )
    _refuse((singles == 0) & (doubles != 0), column, doubles, "make it DOUBLE PRECISION", stored=singles)


def check_decimals(values: pa.Array, column: Column, digits: int) -> None:
    """Check that each of these floats, in its shortest decimal form, has no more decimals than the column keeps.

    Raises:
        ValueError: one would be rounded.
    """
    doubles: NDArray[np.float64] = numpy_values(values)
    scale = 10.0 ** max(digits, 0)
    with np.errstate(over="ignore", invalid="ignore"):
        whole = np.rint(doubles * scale)
        # Division returns the double nearest to the decimal number, which is the one that is written like it.
        fits = (whole / scale == doubles) & (np.abs(whole) < EXACT_BELOW)
    # Only the few that the fast test cannot decide: exact decimals are slow, and repr is what the database is given.
    for value in doubles[~fits & np.isfinite(doubles)].tolist():
        exponent = Decimal(repr(value)).normalize().as_tuple().exponent
        if isinstance(exponent, int) and -exponent > digits:
            remedy = f"round it in the field, such as round(x, {digits}), or keep more digits"
            raise ValueError(
                f"{_column_name(column)}: {value!r} has more than {digits} digits after the point. Hint: {remedy}"
            )


def check_whole_decimals(values: pa.Array, column: Column, digits: int) -> None:
    """Check integers for a decimal column with negative scale: they must end in as many zeros as it drops digits.

    Raises:
        ValueError: one would be rounded.
    """
    whole: NDArray[np.int64] = numpy_values(values)
    # 10**19 does not fit 64 bits.
    _refuse(whole % 10 ** min(-digits, 18) != 0, column, whole, "make it BIGINT")


def check_texts(values: pa.Array, column: Column) -> None:
    """Check that no string looks like a number: SQLite would convert it to one in a column with numeric affinity.

    Raises:
        ValueError: one does.
    """
    wrong = values.filter(pc.match_substring_regex(values, LIKE_A_NUMBER))
    if len(wrong):
        raise ValueError(
            f"{_column_name(column)}: the string {wrong[0].as_py()!r} would be stored as a number. Hint: make it TEXT"
        )


def check_moments(values: pa.Array, column: Column, digits: int) -> None:
    """Check that timestamps are no finer than the column's precision.

    Raises:
        ValueError: one would be rounded.
    """
    moments: NDArray[np.int64] = numpy_values(values)
    wrong = moments % 10 ** (MILLISECONDS - digits) != 0
    if wrong.any():
        problem = (
            f"{np.datetime64(int(moments[wrong][0]), 'ms')}Z has more digits after the point than it keeps ({digits})"
        )
        raise ValueError(f"{_column_name(column)}: {problem}. Hint: let it keep 3, or let the model's ticks be longer")


def _refuse(
    wrong: NDArray[np.bool_],
    column: Column,
    values: NDArray[Any],
    remedy: str,
    *,
    stored: NDArray[Any] | None = None,
) -> None:
    if not wrong.any():
        return
    instead = "" if stored is None else f" as {Decimal(float(stored[wrong][0])):f}".rstrip()
    raise ValueError(
        f"{_column_name(column)}: {values[wrong][0]} would be stored{instead or ' rounded'}. Hint: {remedy}"
    )


def _column_name(column: Column) -> str:
    return f"column {column.name!r} ({column.type})"
