"""Rows of reference tables: draws by the alias method at constant cost, whatever their weights, and lookups.

A table has an array of slots, each with the chance of its own row and the number of another. A draw selects any slot,
whose own row is taken with its chance, and the other one otherwise (Walker 1977; Vose 1991 builds the array). Both
numbers of a slot lie side by side, as a draw from a large table waits for memory most of its time. Rows that are drawn
by a column are sorted by its value first: each value is a group, and ``begins`` says where the rows of each group begin
in ``order``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from doge_datagen.numeric.distributions import random
from doge_datagen.numeric.faults import EMPTY_GROUP, NO_ROW, Fault, fail
from doge_datagen.numeric.local_time import place_of


def draw_row(fault: Fault, a: int, b: int, c: int, d: int, count: int) -> int:
    """The number of a row, each with the same probability."""
    return int(random(fault, a, b, c, d) * count)


def draw_weighted_row(fault: Fault, a: int, b: int, c: int, d: int, slots: Any) -> int:
    """The number of a row by weight."""
    # The alias method: each row shares its slot with at most one other, so two numbers decide, whatever the weights.
    row = int(random(fault, a, b, c, d) * len(slots))
    # A number uses two of the four words of its block; the other two make a second one, independent of it.
    return row if random(fault, c, d, a, b) < slots[row, 0] else int(slots[row, 1])


def draw_row_of_group(fault: Fault, a: int, b: int, c: int, d: int, order: Any, begins: Any, group: int) -> int:
    """The number of a row of a group, each with the same probability; a group that does not exist is a fault."""
    if group < 0:
        fail(fault, EMPTY_GROUP)
        return 0
    first = int(begins[group])
    return int(order[first + int(random(fault, a, b, c, d) * (int(begins[group + 1]) - first))])


def draw_weighted_row_of_group(  # noqa: PLR0913, PLR0917 - a block and three arrays
    fault: Fault, a: int, b: int, c: int, d: int, order: Any, begins: Any, slots: Any, group: int
) -> int:
    """The number of a row of a group by weight; a group that does not exist is a fault."""
    if group < 0:
        fail(fault, EMPTY_GROUP)
        return 0
    first = int(begins[group])
    place = first + int(random(fault, a, b, c, d) * (int(begins[group + 1]) - first))
    return int(order[place if random(fault, c, d, a, b) < slots[place, 0] else int(slots[place, 1])])


def is_one_of(row: int, rows: Any) -> bool:
    """Whether a row is one of some others."""
    for other in rows:  # noqa: SIM110 - Numba compiles no generator over a tuple
        if row == other:
            return True
    return False


def group_of_text(groups: Any, number: int) -> int:
    """The group of a string by its number, of which later ones are in no table; -1 if there is none."""
    return int(groups[number]) if number < len(groups) else -1


def group_of_value(values: Any, value: int) -> int:
    """The group of a number, among ascending ones; -1 if there is none."""
    place = place_of(values, value) - 1
    return place if place >= 0 and values[place] == value else -1


def row_with(fault: Fault, order: Any, group: int) -> int:
    """The number of the only row of a group; one that does not exist is a fault."""
    if group < 0:
        fail(fault, NO_ROW)
        return 0
    return int(order[group])


FUNCTIONS: tuple[Callable[..., Any], ...] = (
    draw_row,
    draw_weighted_row,
    draw_row_of_group,
    draw_weighted_row_of_group,
    is_one_of,
    group_of_text,
    group_of_value,
    row_with,
)
