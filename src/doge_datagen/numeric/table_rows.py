"""Draws of rows of reference tables, by the alias method at constant cost, and of subjects that have arrived; lookups.

A table has an array of slots, each with the chance of its own row and the number of another. A draw selects any slot,
whose own row is taken with its chance, and the other one otherwise (Walker 1977; Vose 1991 builds the array). Both
numbers of a slot lie side by side, as a draw from a large table waits for memory most of its time. Rows that are drawn
by a column are sorted by its value first: each value is a group, and ``begins`` says where the rows of each group begin
in ``order``.

Subjects arrive at moments in milliseconds since the engine's first tick. Behind those that are known so far stands one
that never comes, so that there is always a row 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from doge_datagen.numeric.calendar import bisect_right
from doge_datagen.numeric.distributions import random
from doge_datagen.numeric.faults import DETAIL, EMPTY_GROUP, NO_ROW, NOBODY, Fault, fail, note


def draw_row(fault: Fault, a: int, b: int, c: int, d: int, count: int) -> int:
    """The number of a row, each with the same probability."""
    # Never count itself: random() is at most 1 - 2**-53, and for any integer below 2**53 the product rounds to less.
    return int(random(fault, a, b, c, d) * count)


def draw_weighted_row(fault: Fault, a: int, b: int, c: int, d: int, slots: Any) -> int:
    """The number of a row by weight."""
    # The alias method: each row shares its slot with at most one other, so two numbers decide, whatever the weights.
    row = int(random(fault, a, b, c, d) * len(slots))
    # A number uses two of the four words of its block; the other two make a second one, independent of it.
    return row if random(fault, c, d, a, b) < slots[row, 0] else int(slots[row, 1])


def draw_row_of_group(fault: Fault, a: int, b: int, c: int, d: int, order: Any, begins: Any, group: int) -> int:
    """The number of a row of a group, each with the same probability; a group that does not exist is a fault."""
    # Only here, where a row is needed: a group that does not exist may be compared, or be in a branch that is not
    # taken. The detail tells the message which array was searched.
    if group < 0:
        fail(fault, EMPTY_GROUP - DETAIL * (group + 1))
        return 0
    first = int(begins[group])
    return int(order[first + int(random(fault, a, b, c, d) * (int(begins[group + 1]) - first))])


def draw_weighted_row_of_group(  # noqa: PLR0913, PLR0917 - a block and three arrays
    fault: Fault, a: int, b: int, c: int, d: int, order: Any, begins: Any, slots: Any, group: int
) -> int:
    """The number of a row of a group by weight; a group that does not exist is a fault."""
    if group < 0:
        fail(fault, EMPTY_GROUP - DETAIL * (group + 1))
        return 0
    first = int(begins[group])
    position = first + int(random(fault, a, b, c, d) * (int(begins[group + 1]) - first))
    return int(order[position if random(fault, c, d, a, b) < slots[position, 0] else int(slots[position, 1])])


def is_one_of(row: int, rows: Any) -> bool:
    """Whether a row is one of some others."""
    for other in rows:  # noqa: SIM110 - Numba compiles no generator over a tuple
        if row == other:
            return True
    return False


def group_of_text(fault: Fault, groups: Any, number: int, array: int) -> int:
    """The group of a string by its number, of which later ones are in no table; ``-1 - array`` if there is none.

    Args:
        fault: where the string is noted if it has no group.
        groups: the group of each string.
        number: that of the string.
        array: the number of the array of groups, for the message if a row is needed.
    """
    # Strings of tables have the first numbers; later ones, such as those in actions, need no entry.
    found = int(groups[number]) if number < len(groups) else -1
    if found >= 0:
        return found
    note(fault, number)
    return -1 - array


def group_of_value(fault: Fault, values: Any, value: int, array: int) -> int:
    """The group of a number, among ascending ones; ``-1 - array`` if there is none, as for strings."""
    # bisect_right counts the values up to and including this one, so the last of them is the candidate.
    position = bisect_right(values, value) - 1
    if position >= 0 and values[position] == value:
        return position
    note(fault, value)
    return -1 - array


def row_with(fault: Fault, order: Any, group: int) -> int:
    """The number of the only row of a group; one that does not exist is a fault."""
    if group < 0:
        fail(fault, NO_ROW - DETAIL * (group + 1))
        return 0
    return int(order[group])


def arrived_before(moments: Any, now: int, initially: int) -> int:
    """How many subjects have arrived before a moment; those who are there initially always have.

    >>> arrived_before([0, 0, 5, 5, 9], 5, 2), arrived_before([0, 0, 5, 5, 9], 0, 2)
    (2, 2)
    """
    # Before the moment and not at it, so that the answer does not depend on the order within a millisecond.
    found = bisect_right(moments, now - 1)
    return found if found > initially else initially  # noqa: FURB136 - Numba compiles this


def first_recent(moments: Any, now: int, count: int, most: int, span: int) -> int:
    """The first of the last ``most`` of those who have arrived, and of those who have within so many milliseconds.

    >>> first_recent([0, 0, 5, 5, 9], 12, 5, 2, 100), first_recent([0, 0, 5, 5, 9], 12, 5, 100, 7)
    (3, 2)
    """
    if most <= 0 or span < 0:
        return count
    first = count - most if most < count else 0
    since = bisect_right(moments, now - span - 1) if span <= now else 0
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
        # Only those who could be drawn: rows outside of the selection take nobody's place.
        left -= first <= row < count
    if left <= 0:
        fail(fault, NOBODY)
        return 0
    position = first + int(random(fault, a, b, c, d) * left)
    found, before = position, -1
    # To a fixed point: moving past one row may reach the next one that is left out. It ends, as found only grows.
    while found != before:
        before = found
        found = position
        for row in rows:
            found += first <= row <= before
    return found


def unless_nobody(fault: Fault, happens: bool) -> bool:  # noqa: FBT001 - called by generated code only
    """Whether a transition happens: not if a draw of its action has found nobody, which is then no fault."""
    # Any other fault stays: it is an error of the model, and not an answer to the draw.
    if fault[0] == NOBODY:
        fault[0] = 0
        return False
    return happens


FUNCTIONS: tuple[Callable[..., Any], ...] = (
    draw_row,
    draw_weighted_row,
    draw_row_of_group,
    draw_weighted_row_of_group,
    is_one_of,
    group_of_text,
    group_of_value,
    row_with,
    arrived_before,
    first_recent,
    draw_arrived,
    draw_other_arrived,
    unless_nobody,
)
"""Each calls only those before it, or those of modules above."""
