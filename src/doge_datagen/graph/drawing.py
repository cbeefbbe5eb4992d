"""What there is to draw of a state machine, whatever it is drawn with."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from doge_datagen.model import Transition


class Edge(NamedTuple):
    """An arrow from state to state, and what stands on it."""

    source: str
    target: str
    text: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """Boxes and arrows.

    Attributes:
        states: a box for each.
        starts: the states where subjects start, and what stands on the arrow to each; may be nothing.
        edges: an arrow for each transition.
        final: the states that are called final.
    """

    states: tuple[str, ...]
    starts: Mapping[str, str]
    edges: tuple[Edge, ...]
    final: Collection[str] = ()


def label(transition: Transition) -> str:
    """What stands on an edge: trigger, probability in percent, and in brackets the streams that it feeds.

    >>> label(Transition('spending', 'offline', 'offline', 10, emit=['trx', 'balance']))
    'spending 10 % (trx + balance)'
    """
    streams = f" ({' + '.join(transition.emit)})" if transition.emit else ""
    return f"{transition.trigger} {transition.probability:.15g} %{streams}"
