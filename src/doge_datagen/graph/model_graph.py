"""Draw the state machine of a model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import fsum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from doge_datagen.errors import ModelError
from doge_datagen.graph.annotations import incidents_of, incidents_of_dwell, legends, links
from doge_datagen.graph.dot import LEFT, bundle, digraph, draw, node_names, picture, text, wrapped, write
from doge_datagen.graph.drawing import Drawing, Edge, Link, Picture, incidents_part, label
from doge_datagen.graph.mermaid import mermaid_text
from doge_datagen.model import Population, Spec

if TYPE_CHECKING:
    import graphviz

NEEDED_BY = "the picture of a model"
START = ""  # no state has this name
POINT = {"shape": "point", "width": "0.15"}
LEGEND = "legend:"
"""Begins the names of the nodes of legends. No node of a state has a colon in its name."""
NOTE = {"shape": "note", "style": "solid"}
SPAWNING = {"style": "dashed"}
REFERRING = {"style": "dotted", "constraint": "false"}


class ModelGrapher:
    """Draws a model: its states, the initial ones marked, and its transitions with the streams that they feed.

    Each of several populations is a box, linked to those that it spawns and refers to. Legends explain incidents and
    rhythms.

    Notebooks display it as a picture; without Graphviz, Jupyter renders the Mermaid text.

    >>> from doge_datagen.model import Clock, Population, Stream, Transition
    >>> spec = Spec.of_one(
    ...     'shop', Population('user', 10), ['away', 'here'], {'away': 3, 'here': 1},
    ...     [Transition('come', 'away', 'here', 0.1), Transition('buy', 'here', 'away', 25, emit='orders')],
    ...     {'orders': Stream({'user': 'index'})}, Clock(start=0, tick_ms=60_000),
    ... )
    >>> print(graph_of(spec).mermaid(), end='')
    stateDiagram-v2
        [*] --> away : 75 %
        [*] --> here : 25 %
        away --> here : come 0.1 %
        here --> away : buy 25 % (orders)
    """

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        drawings = tuple(_drawing(spec, population) for population in spec.populations)
        self._picture = Picture(drawings, links(spec), legends(spec))

    def mermaid(self) -> str:
        """Mermaid text, which GitHub, GitLab and Jupyter render."""
        return mermaid_text(self._picture)

    def graphviz(self) -> graphviz.Digraph:
        """A Graphviz graph; its ``source`` is its text in the DOT language.

        Raises:
            MissingDriverError: the extra ``graph`` is not installed.
        """
        graph, drawings = digraph(NEEDED_BY, "TB"), self._picture.drawings
        if len(drawings) == 1:
            _draw(graph, drawings[0], "")
        for number, drawing in enumerate(drawings if len(drawings) > 1 else ()):
            with graph.subgraph(name=f"cluster_{number}") as cluster:
                cluster.attr(label=text(drawing.title))
                _draw(cluster, drawing, _prefix(number))
        if self._picture.links:
            graph.attr(compound="true")
        for link in self._picture.links:
            _link(graph, drawings, link)
        for number, legend in enumerate(self._picture.legends):
            graph.node(f"{LEGEND}{number}", text(f"{legend.title}:", *legend.lines, end=LEFT), **NOTE)
        return graph

    def render(self, path: str | Path) -> Path:
        """Draw the model to a file, and return its path.

        Args:
            path: the file; an existing one is replaced. Its suffix determines the format: ``.mmd`` for Mermaid text,
                which requires nothing else; ``.gv`` or ``.dot`` for Graphviz's text; ``.svg``, ``.png`` or ``.pdf`` for
                a picture.

        Raises:
            ModelError: the path has another extension, or none.
            MissingDriverError: the extra ``graph`` is not installed.
            MissingProgramError: Graphviz's program ``dot`` is not installed.
        """
        path = Path(path)
        ending = path.suffix.lower()
        if ending not in ENDINGS:
            problem = f"ends with {path.suffix}, which is not a format" if ending else "has no suffix"
            *others, last = ENDINGS
            raise ModelError("path", f"{path.name!r} {problem}. Hint: end it with {', '.join(others)} or {last}")
        return write(path, ENDINGS[ending](self))

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """The representations that Jupyter chooses from."""
        return bundle(self.mermaid(), self.graphviz)


def graph_of(spec: Spec) -> ModelGrapher:
    """A grapher for a model."""
    return ModelGrapher(spec)


def _drawing(spec: Spec, population: Population) -> Drawing:
    texts = [label(it, incidents_of(spec, it)) for it in population.transitions]
    edges = tuple(
        Edge(source, target, text)
        for it, text in zip(population.transitions, texts, strict=True)
        for source in population.sources(it)
        for target in population.states_after(it, source)
    )
    starts, dwells = _starts(spec, population), {it: _dwell(spec, population, it) for it in population.dwells}
    return Drawing(tuple(population.states), starts, edges, population.final, population.name, dwells)


def _dwell(spec: Spec, population: Population, state: str) -> str:
    rhythm = f", rhythm {population.dwell_rhythms[state]}" if state in population.dwell_rhythms else ""
    return f"dwell {population.dwells[state]}{rhythm}{incidents_part(incidents_of_dwell(spec, population, state))}"


def _draw(graph: graphviz.Digraph, drawing: Drawing, prefix: str) -> None:
    """Add a drawing to a graph, with its initial states marked."""
    draw(graph, drawing, prefix)
    names = node_names(drawing, prefix)
    graph.node(f"{prefix}{START}", "", **POINT)
    for state, shown in drawing.starts.items():
        graph.edge(f"{prefix}{START}", names[state], text(*wrapped(shown), end=LEFT))


def _prefix(number: int) -> str:
    """Begins the names of the nodes of one of several populations."""
    return f"population {number} "


def _link(graph: graphviz.Digraph, drawings: Sequence[Drawing], link: Link) -> None:
    """Add an arrow from a state, or from a box, to the point or the box of another population."""
    names = {START: f"{_prefix(link.source)}{START}", **node_names(drawings[link.source], _prefix(link.source))}
    tail = {"ltail": f"cluster_{link.source}"} if link.leaves is None else {}
    looks = SPAWNING if link.spawns else {**REFERRING, "lhead": f"cluster_{link.target}"}
    start = f"{_prefix(link.target)}{START}"
    graph.edge(names[link.leaves or START], start, text(*wrapped(link.text), end=LEFT), **looks, **tail)


def _starts(spec: Spec, population: Population) -> Mapping[str, str]:
    event = population.arrival
    arrival = "" if event is None else label(event, incidents_of(spec, event))
    if len(population.initial) == 1:
        return dict.fromkeys(population.initial, arrival)
    whole = fsum(population.initial.values())
    shares = {state: f"{100 * weight / whole:.3g} %" for state, weight in population.initial.items()}
    return {state: f"{share}, {arrival}" if arrival else share for state, share in shares.items()}


ENDINGS: Mapping[str, Callable[[ModelGrapher], bytes]] = {
    ".mmd": lambda grapher: grapher.mermaid().encode(),
    ".svg": lambda grapher: picture(grapher.graphviz(), "svg"),
    ".png": lambda grapher: picture(grapher.graphviz(), "png"),
    ".pdf": lambda grapher: picture(grapher.graphviz(), "pdf"),
    ".gv": lambda grapher: str(grapher.graphviz().source).encode(),
    ".dot": lambda grapher: str(grapher.graphviz().source).encode(),
}
