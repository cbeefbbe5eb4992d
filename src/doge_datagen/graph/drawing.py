"""The states and edges to draw, independent of the output format."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from doge_datagen.model import Transition
from doge_datagen.model.emission import conditions


class Edge(NamedTuple):
    """An arrow between two states, and its label."""

    source: str
    target: str
    text: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """The content of a drawing.

    Attributes:
        states: names of the states, one box each.
        starts: initial states, with the label of the arrow to each, which may be empty.
        edges: the transitions, one arrow each.
        final: the states declared final.
        title: the name of the population, where several are drawn together.
    """

    states: tuple[str, ...]
    starts: Mapping[str, str]
    edges: tuple[Edge, ...]
    final: Collection[str] = ()
    title: str = ""


def label(transition: Transition) -> str:
    """The label of an edge: trigger, probability in percent, and in parentheses the streams that it feeds.

    >>> label(Transition('spending', 'offline', 'offline', 10, emit=['trx', 'balance']))
    'spending 10 % (trx + balance)'

    Behind them are the populations that it spawns.

    A cell of a matrix has its weight alone: its trigger is where the edge leads to, and all feed the same streams.
    """
    if transition.in_matrix:
        return str(transition.weight)
    when = conditions(transition.emit)
    fed = [f"{stream} if {when[stream]}" if stream in when else stream for stream in transition.emit]
    streams = f" ({' + '.join(fed)})" if fed else ""
    spawned = "".join(f" + {it.population}" for it in transition.spawn)
    return f"{transition.trigger} {transition.cause_text}{streams}{spawned}"
