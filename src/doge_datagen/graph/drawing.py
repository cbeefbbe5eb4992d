"""What to draw, independent of the output format: state machines, what links them, and legends."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from doge_datagen.model import Transition
from doge_datagen.model.transition import conditions


class Edge(NamedTuple):
    """An arrow between two states, and its label."""

    source: str
    target: str
    text: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """A state machine.

    Attributes:
        states: names of the states, one box each.
        starts: initial states, with the label of the arrow to each, which may be empty.
        edges: the transitions, one arrow each.
        final: the states declared final.
        title: the name of the population, where several are drawn together.
        dwells: what is written below the names of states that have a dwell time.
    """

    states: tuple[str, ...]
    starts: Mapping[str, str]
    edges: tuple[Edge, ...]
    final: Collection[str] = ()
    title: str = ""
    dwells: Mapping[str, str] = field(default_factory=dict)


class Link(NamedTuple):
    """An arrow from one state machine to another, which are given by their numbers.

    Attributes:
        source: the number of the first.
        target: the number of the second.
        text: the label.
        leaves: the state that the arrow leaves; empty for the point that leads to the initial states, None for the box.
        spawns: whether subjects of the second are spawned; otherwise those of the first refer to them.
    """

    source: int
    target: int
    text: str
    leaves: str | None = None
    spawns: bool = False


class Legend(NamedTuple):
    """A box that explains names in the labels, one in each line."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """All that is drawn together.

    Attributes:
        drawings: the state machines; each of several is in a box of its own.
        links: what links them.
        legends: what explains names in their labels.
    """

    drawings: tuple[Drawing, ...]
    links: tuple[Link, ...] = ()
    legends: tuple[Legend, ...] = ()


def label(transition: Transition, incidents: Sequence[str] = ()) -> str:
    """The label of an edge: trigger, when it happens, and in parentheses the streams that it feeds.

    A cell of a matrix has its weight instead: its trigger is where the edge leads to, and all feed the same streams.

    Args:
        transition: the transition.
        incidents: those on which it depends.

    >>> label(Transition('spending', 'offline', 'offline', 10, emit=['trx', 'balance']))
    'spending 10 % (trx + balance)'
    >>> label(Transition('pay', 'here', rate='0 if outage else 2/d', emit='orders'), ['outage'])
    'pay rate 0 if outage else 2/d, incident outage (orders)'
    """
    if transition.in_matrix:
        return f"{transition.weight}{incidents_part(incidents)}"
    happens = f"{transition.trigger} {transition.cause_text}{incidents_part(incidents)}"
    return happens + streams_part(transition.emit, conditions(transition.emit))


def incidents_part(incidents: Sequence[str]) -> str:
    """The part of a label that names incidents.

    >>> incidents_part(['bots', 'outage'])
    ', incidents bots + outage'
    """
    return f", incident{'s'[: len(incidents) > 1]} {' + '.join(incidents)}" if incidents else ""


def streams_part(streams: Collection[str], when: Mapping[str, str]) -> str:
    """The part of a label that names streams, with the conditions under which they get a record."""
    fed = [f"{stream} if {when[stream]}" if stream in when else stream for stream in streams]
    return f" ({' + '.join(fed)})" if fed else ""
