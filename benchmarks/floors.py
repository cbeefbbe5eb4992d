"""What a figure has to reach: shown beside it, and reported once more at the end if it was missed."""

from __future__ import annotations

import sys

missed: list[str] = []
"""What did not reach its floor in this process."""


def at_least(floor: float, what: str, figure: float, digits: int = 2) -> str:
    """The figure as text, with its floor."""
    return _held(figure >= floor, what, f"{figure:,.{digits}f} (floor {floor:,g})")


def at_most(limit: float, what: str, figure: float, digits: int = 2) -> str:
    """The figure as text, with its limit."""
    return _held(figure <= limit, what, f"{figure:,.{digits}f} (limit {limit:,g})")


def _held(kept: bool, what: str, shown: str) -> str:  # noqa: FBT001 - the answer to a comparison
    if not kept:
        missed.append(f"{what}: {shown}")
    return shown


def end() -> None:
    """End the process: with exit code 1 where something was missed."""
    for it in missed:
        print(f"missed: {it}", file=sys.stderr)
    sys.exit(1 if missed else 0)
