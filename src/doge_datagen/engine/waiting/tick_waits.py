"""When a subject attempts a transition next, and which one: one source for CPython, for NumPy columns and for Numba.

Both functions are arithmetic on single numbers, which works alike on columns of them. CPython calls them as they are,
Numba compiles them, and ``interpreted.lookahead`` applies them to many subjects at once. The
one step that is not arithmetic is :func:`whole`, so columns need an equivalent of it.

A subject in a state that is left by one way every tick needs neither a draw nor these functions. In any other state, it
uses one draw: an exponential of mean 1, which decides when, and a uniform number, which decides what.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

NEVER = 2**62
"""A wait that no run is long enough for. A subject whose next attempt is after the last tick never makes it, however
long after: that spares the functions below the end of the run, and a branch for it."""
LONGEST_WAIT = float(NEVER)


def whole(wait: float) -> int:
    """The whole part of a wait, which is not negative; ``NEVER`` if it is longer, infinite or nan.

    >>> whole(2.9), whole(float('inf')) == NEVER
    (2, True)
    """
    # False for nan, too: the result of converting it to an integer differs between processors.
    return int(wait) if wait < LONGEST_WAIT else NEVER


def next_tick(tick: int, exponential: float, scale: float) -> int:
    """The tick of the next attempt of a subject that may make it from a tick on.

    The wait is geometric. A state that is never left has an infinite scale; with an exponential of 0, that is nan.

    Args:
        tick: the earliest tick.
        exponential: drawn, of mean 1.
        scale: of the state; see :class:`~doge_datagen.engine.waiting.transition_plan.StateExits`.

    >>> next_tick(10, exponential=0.5, scale=5.0)
    12
    """
    return tick + whole(exponential * scale)


def next_way(choice: float, first: int, half: int, limits: Sequence[float], ways: Sequence[int]) -> int:
    """The way that is attempted: the one after as many limits as the choice has reached.

    A binary search without branches, down to four entries: on columns, all subjects take the same steps; compiled, a
    comparison is cheaper than a branch that the processor cannot predict. The limits between the last entries are all
    compared, because comparisons that do not wait for each other are made side by side.

    Args:
        choice: drawn, uniform in [0, 1).
        first: the entry at which the ways of the state begin.
        half: half of the number of these entries, which is a power of two.
        limits: by entry, the threshold below which its way is chosen; see
            :mod:`doge_datagen.engine.waiting.transition_plan`.
        ways: by entry, the number of the way.

    >>> next_way(0.3, first=0, half=2, limits=[0.25, 0.75, 2.0, 2.0], ways=[5, 6, 7, 7])
    6
    """
    entry = first
    while half > 2:
        entry = entry + half * (choice >= limits[entry + half - 1])  # not in place: a column may be the caller's
        half >>= 1
    reached = 0
    for index in range(2 * half - 1):
        reached = reached + (choice >= limits[entry + index])
    return ways[entry + reached]


FUNCTIONS: tuple[Callable[..., Any], ...] = (whole, next_tick, next_way)
"""Each calls only those before it."""
