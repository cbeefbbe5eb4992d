"""Rhythms and incidents: integrals of a rhythm and their inverse, and whether an incident is under way at a moment.

Within a piece the factor of a rhythm is linear, so that its integral is quadratic, and one root inverts it exactly:
there is no polling and no rejection.

A rhythm is a tuple of two arrays or lists. The first has four numbers for each piece, side by side, so that the
processor finds them together: the moment at which it begins, the factor there, its slope, and the integral up to there.
The second has for each full hour from the second piece on the number of the piece that it is in.

The incidents of a model are a tuple of two arrays or lists. The first has the edges of all histories, one after the
other: the moments at which an incident begins and ends, in turn and ascending. The second has the position in it at
which each history begins, and behind them its length. A history of -1 has no incidents.
"""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt
from typing import Any

from doge_datagen.language.time.units import NEVER

HOUR = 3_600_000  # in milliseconds
WIDTH, LEVEL, SLOPE, SUM = 4, 1, 2, 3
"""How many numbers a piece has, and where they are behind the moment at which it begins."""
NOT_REACHED = 2**62
"""The moment that does not come."""
FARTHEST_FLOAT = 2.0**61
"""A wait of so many milliseconds or more never ends."""


def piece_of(rhythm: Any, moment: int) -> int:
    """The number of the piece that a moment is in; what is before the first piece is in it."""
    knots, positions = rhythm
    # The index leads to the few pieces of one hour, so that long rhythms cost no more than short ones.
    # Counted from the second knot, as the first piece begins in the year 1.
    hour, last = (moment - int(knots[WIDTH])) // HOUR, len(positions) - 1
    if hour < 0:
        return 0
    if hour >= last:
        return int(positions[last])
    low, high = int(positions[hour]), int(positions[hour + 1])
    while low < high:
        middle = (low + high + 1) >> 1
        if int(knots[WIDTH * middle]) <= moment:
            low = middle
        else:
            high = middle - 1
    return low


def integral(knots: Any, piece: int, moment: int) -> float:
    """The integral up to a moment in a piece."""
    at = WIDTH * piece
    # Not negative: the slope of a piece says nothing about the time before it.
    passed = float(max(moment - int(knots[at]), 0))
    # From the begin of the piece: whole pieces are summed exactly in the table, and only the rest of one is rounded
    # here.
    return float(knots[at + SUM] + passed * (knots[at + LEVEL] + 0.5 * knots[at + SLOPE] * passed))


def elapsed(rhythm: Any, since: int, until: int) -> float:
    """How many milliseconds of a rhythm pass between two moments; negative if the second is before the first."""
    end = integral(rhythm[0], piece_of(rhythm, until), until)
    return end - integral(rhythm[0], piece_of(rhythm, since), since)


def piece_with(knots: Any, piece: int, amount: float) -> int:
    """The last piece from this one on up to whose begin the integral is less than an amount.

    It is looked for at twice the distance each time, and then by halves: most waits are short.
    """
    step, last = 1, len(knots) // WIDTH - 1
    # Less, not at most: where a factor is 0, several pieces have the same sum, and the moment is in the first of them.
    while piece + step <= last and knots[WIDTH * (piece + step) + SUM] < amount:
        piece += step
        step *= 2
    # One less than the step that failed, which is known to be too far.
    high = min(piece + step - 1, last)
    while piece < high:
        middle = (piece + high + 1) >> 1
        if knots[WIDTH * middle + SUM] < amount:
            piece = middle
        else:
            high = middle - 1
    return piece


def after(rhythm: Any, since: int, amount: float) -> int:
    """The moment at which so many milliseconds of a rhythm have passed, rounded; ``NOT_REACHED`` if that never is."""
    knots = rhythm[0]
    piece = piece_of(rhythm, since)
    end = integral(knots, piece, since) + amount
    at = WIDTH * piece_with(knots, piece, end)
    # Within a piece the factor is level + slope t, so the amount is level t + slope t**2 / 2: a quadratic equation for
    # t.
    missing, level = end - knots[at + SUM], knots[at + LEVEL]
    if not missing > 0.0:
        return since
    # This form of the root has no cancellation, whether the factor rises or falls; at the end of a piece where it falls
    # to 0, rounding may make the square negative.
    square = level * level + 2.0 * knots[at + SLOPE] * missing
    divisor = level + (sqrt(square) if square > 0.0 else 0.0)
    # A product instead of the quotient, as the divisor may be 0; and negated, so that nan never becomes a moment.
    if not 2.0 * missing < FARTHEST_FLOAT * divisor:
        return NOT_REACHED
    moment = int(knots[at]) + int(2.0 * missing / divisor + 0.5)
    # Rounding to milliseconds may not lead beyond the end of the piece, where another formula holds.
    if at + WIDTH < len(knots) and moment > int(knots[at + WIDTH]):
        moment = int(knots[at + WIDTH])
    # Rounding may lead back before the start by a millisecond, and time must not run backwards.
    return max(since, moment)


NO_EDGE = 2**62
"""The moment of an edge that does not come."""


def edges_passed(incidents: Any, history: int, moment: int) -> int:
    """How many edges of a history are not after a moment."""
    edges, bounds = incidents
    first, low, high = int(bounds[history]), int(bounds[history]), int(bounds[history + 1])
    while low < high:
        middle = (low + high) >> 1
        # At its begin an incident is under way, at its end it is over: an edge counts from its own moment on.
        if int(edges[middle]) <= moment:
            low = middle + 1
        else:
            high = middle
    return low - first


def under_way(incidents: Any, history: int, moment: int) -> bool:
    """Whether an incident is under way; at its end it is not any more."""
    return history >= 0 and edges_passed(incidents, history, moment) & 1 == 1


def next_edge(incidents: Any, history: int, moment: int) -> int:
    """The first moment after another at which an incident begins or ends; ``NO_EDGE`` if there is none."""
    if history < 0:
        return NO_EDGE
    edges, bounds = incidents
    position = int(bounds[history]) + edges_passed(incidents, history, moment)
    return int(edges[position]) if position < int(bounds[history + 1]) else NO_EDGE


def edge_of(incidents: Any, history: int, moment: int, which: int) -> int:
    """An edge of the incident that is under way or comes next: 0 for its begin, 1 for its end; 2 more for each later.

    The first incident has none before it: instead of these, it is itself.
    """
    if history < 0:
        return NEVER
    edges, bounds = incidents
    # Without the last bit: the begin of the incident that is under way, after an odd number of edges, or of the next
    # one.
    position = (edges_passed(incidents, history, moment) & -2) + which
    if position < 0:
        position &= 1
    position += int(bounds[history])
    return int(edges[position]) if position < int(bounds[history + 1]) else NEVER


def incident_begins(incidents: Any, history: int, moment: int, later: int) -> int:
    """When the incident that is under way or comes next begins, or one that is so many later."""
    return edge_of(incidents, history, moment, later * 2)


def incident_ends(incidents: Any, history: int, moment: int, later: int) -> int:
    """When it ends."""
    return edge_of(incidents, history, moment, later * 2 + 1)


FUNCTIONS: tuple[Callable[..., Any], ...] = (
    piece_of,
    integral,
    elapsed,
    piece_with,
    after,
    edges_passed,
    under_way,
    next_edge,
    edge_of,
    incident_begins,
    incident_ends,
)
"""Each calls only those before it."""
