"""Whether an incident is under way at a moment, and when it begins and ends.

The incidents of a model are a tuple of two arrays or lists. The first has the edges of all histories, one after the
other: the moments at which an incident begins and ends, in turn and ascending. The second has the place at which each
history begins in it, and behind them its length. A history of -1 has no incidents.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from doge_datagen.language.time.units import NEVER

NO_EDGE = 2**62
"""The moment of an edge that does not come."""


def edges_passed(incidents: Any, history: int, moment: int) -> int:
    """How many edges of a history are not after a moment."""
    edges, bounds = incidents
    first, low, high = int(bounds[history]), int(bounds[history]), int(bounds[history + 1])
    while low < high:
        middle = (low + high) >> 1
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
    place = int(bounds[history]) + edges_passed(incidents, history, moment)
    return int(edges[place]) if place < int(bounds[history + 1]) else NO_EDGE


def edge_of(incidents: Any, history: int, moment: int, which: int) -> int:
    """An edge of the incident that is under way or comes next: 0 for its begin, 1 for its end; 2 more for each later.

    The first incident has none before it: instead of these, it is itself.
    """
    if history < 0:
        return NEVER
    edges, bounds = incidents
    place = (edges_passed(incidents, history, moment) & -2) + which
    if place < 0:
        place &= 1
    place += int(bounds[history])
    return int(edges[place]) if place < int(bounds[history + 1]) else NEVER


def incident_begins(incidents: Any, history: int, moment: int, later: int) -> int:
    """When the incident that is under way or comes next begins, or one that is so many later."""
    return edge_of(incidents, history, moment, later * 2)


def incident_ends(incidents: Any, history: int, moment: int, later: int) -> int:
    """When it ends."""
    return edge_of(incidents, history, moment, later * 2 + 1)


FUNCTIONS: tuple[Callable[..., Any], ...] = (
    edges_passed,
    under_way,
    next_edge,
    edge_of,
    incident_begins,
    incident_ends,
)
"""Each calls only those before it."""
