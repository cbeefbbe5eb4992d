"""Tell whether code may fail at run time; code that cannot fail may be skipped or evaluated at will."""

from __future__ import annotations

import re

CALL = re.compile(r"(\w+)\(fault\b")
HARMLESS = frozenset(
    {"random", "uniform", "float_absolute"}
    | {f"{part}_of" for part in ("year", "month", "day", "weekday", "hour", "minute", "second")}
)
"""Functions that take the ``fault`` parameter but never fail."""


def may_fault(code: str) -> bool:
    """Whether the code of an expression calls a function that can fail.

    >>> may_fault("floor_divide(fault, 100, a_balance)"), may_fault("(hour_of(fault, timestamp) < 8)")
    (True, False)
    """
    return any(name not in HARMLESS for name in CALL.findall(code))
