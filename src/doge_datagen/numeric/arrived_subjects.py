"""Draws of subjects that have arrived, from the ascending moments at which those of a population arrive.

Moments are milliseconds since the engine's first tick. Behind those that are known so far stands one that never comes,
so that there is always a row 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from doge_datagen.numeric.distributions import random
from doge_datagen.numeric.faults import NOBODY, Fault, fail
from doge_datagen.numeric.local_time import place_of


def arrived_before(moments: Any, now: int, initially: int) -> int:
    """How many subjects have arrived before a moment; those who are there initially always have.

    >>> arrived_before([0, 0, 5, 5, 9], 5, 2), arrived_before([0, 0, 5, 5, 9], 0, 2)
    (2, 2)
    """
    found = place_of(moments, now - 1)
    return found if found > initially else initially  # noqa: FURB136 - Numba compiles this


def first_recent(moments: Any, now: int, count: int, most: int, span: int) -> int:
    """The first of the last ``most`` of those who have arrived, and of those who have within so many milliseconds.

    >>> first_recent([0, 0, 5, 5, 9], 12, 5, 2, 100), first_recent([0, 0, 5, 5, 9], 12, 5, 100, 7)
    (3, 2)
    """
    if most <= 0 or span < 0:
        return count
    first = count - most if most < count else 0
    since = place_of(moments, now - span - 1) if span <= now else 0
    return since if since > first else first  # noqa: FURB136 - as above


def draw_arrived(  # noqa: PLR0913, PLR0917 - a block and what is drawn from
    fault: Fault, a: int, b: int, c: int, d: int, moments: Any, now: int, initially: int, most: int, span: int
) -> int:
    """The index of one who has arrived, each with the same probability; that there is none is a fault."""
    count = arrived_before(moments, now, initially)
    first = first_recent(moments, now, count, most, span)
    if first >= count:
        fail(fault, NOBODY)
        return 0
    return first + int(random(fault, a, b, c, d) * (count - first))


def draw_other_arrived(  # noqa: PLR0913, PLR0917 - as above
    fault: Fault,
    a: int,
    b: int,
    c: int,
    d: int,
    rows: Any,
    moments: Any,
    now: int,
    initially: int,
    most: int,
    span: int,
) -> int:
    """The same without some others, all of which are different.

    The draw counts those who are left; then everybody who is left out and not behind the one drawn moves it by one.
    """
    count = arrived_before(moments, now, initially)
    first = first_recent(moments, now, count, most, span)
    left = count - first
    for row in rows:
        left -= first <= row < count
    if left <= 0:
        fail(fault, NOBODY)
        return 0
    place = first + int(random(fault, a, b, c, d) * left)
    found, before = place, -1
    while found != before:
        before = found
        found = place
        for row in rows:
            found += first <= row <= before
    return found


def unless_nobody(fault: Fault, happens: bool) -> bool:  # noqa: FBT001 - called by generated code only
    """Whether a transition happens: not if a draw of its action has found nobody, which is then no fault."""
    if fault[0] == NOBODY:
        fault[0] = 0
        return False
    return happens


FUNCTIONS: tuple[Callable[..., Any], ...] = (
    arrived_before,
    first_recent,
    draw_arrived,
    draw_other_arrived,
    unless_nobody,
)
"""Each calls only those before it, or those of modules above."""
