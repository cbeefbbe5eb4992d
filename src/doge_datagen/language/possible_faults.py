"""Which code may leave a fault: where there is none, it does not matter whether it runs."""

from __future__ import annotations

import re

CALL = re.compile(r"(\w+)\(fault\b")
HARMLESS = frozenset(
    {"random", "uniform", "float_absolute"}
    | {f"{part}_of" for part in ("year", "month", "day", "weekday", "hour", "minute", "second")}
)
"""Functions that take a fault, as all of their kind do, and never leave one."""


def may_fault(code: str) -> bool:
    """Whether an expression, as the engines run it, calls anything that can fail.

    >>> may_fault("floor_divide(fault, 100, a_balance)"), may_fault("(hour_of(fault, timestamp) < 8)")
    (True, False)
    """
    return any(name not in HARMLESS for name in CALL.findall(code))
