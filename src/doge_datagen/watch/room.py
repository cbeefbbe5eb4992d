"""The lines of a screen, shared between those that want some."""

from __future__ import annotations

from collections.abc import Sequence


def shared(room: int, wanted: Sequence[int]) -> list[int]:
    """For each what it wants, or its share of what there is; one at least where any is wanted.

    >>> shared(12, [100, 2, 8]), shared(30, [3, 2, 8]), shared(0, [5, 0, 1])
    ([5, 2, 5], [3, 2, 8], [1, 0, 1])
    """
    given = [min(1, rows) for rows in wanted]
    left = room - sum(given)
    while left > 0 and given != list(wanted):
        for place, rows in enumerate(wanted):
            if given[place] < rows and left > 0:
                given[place] += 1
                left -= 1
    return given
