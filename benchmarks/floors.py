"""Limits of figures: displayed with the figure, and reported again at the end if missed."""

from __future__ import annotations

import sys

missed: list[str] = []
"""The figures that missed their limits in this process."""


def at_least(floor: float, what: str, figure: float, digits: int = 2) -> str:
    """The figure as text with its floor; records a miss."""
    return _checked(figure >= floor, what, f"{figure:,.{digits}f} (floor {floor:,g})")


def at_most(limit: float, what: str, figure: float, digits: int = 2) -> str:
    """The figure as text with its limit; records a miss."""
    return _checked(figure <= limit, what, f"{figure:,.{digits}f} (limit {limit:,g})")


def _checked(is_met: bool, what: str, shown: str) -> str:  # noqa: FBT001 - the result of a comparison
    if not is_met:
        missed.append(f"{what}: {shown}")
    return shown


def end() -> None:
    """End the process, with exit code 1 if a limit was missed."""
    for it in missed:
        print(f"missed: {it}", file=sys.stderr)
    sys.exit(1 if missed else 0)
