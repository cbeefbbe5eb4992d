"""Draw the state machine of a model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import fsum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from doge_datagen.errors import ModelError
from doge_datagen.graph.dot import bundle, digraph, draw, driver, node_names, picture, write
from doge_datagen.graph.drawing import Drawing, Edge, label
from doge_datagen.graph.mermaid import mermaid_text
from doge_datagen.model import Population, Spec
from doge_datagen.safe_text import one_line

if TYPE_CHECKING:
    import graphviz

NEEDED_BY = "the picture of a model"
START = ""  # no state has this name
POINT = {"shape": "point", "width": "0.15"}


class ModelGrapher:
    """Draws a model: its states, the initial ones marked, and its transitions with the streams that they feed.

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
        self._drawings = tuple(map(_drawing, spec.populations))

    def mermaid(self) -> str:
        """Mermaid text, which GitHub, GitLab and Jupyter render."""
        return mermaid_text(*self._drawings)

    def graphviz(self) -> graphviz.Digraph:
        """A Graphviz graph; its ``source`` is its text in the DOT language.

        Raises:
            MissingDriverError: the extra ``graph`` is not installed.
        """
        graph = digraph(NEEDED_BY)
        if len(self._drawings) == 1:
            _draw(graph, self._drawings[0], START)
            return graph
        for number, drawing in enumerate(self._drawings):
            with graph.subgraph(name=f"cluster_{number}") as cluster:
                cluster.attr(label=driver(NEEDED_BY).escape(one_line(drawing.title)))
                _draw(cluster, drawing, f"population {number} ")
        return graph

    def render(self, path: str | Path) -> Path:
        """Draw the model to a file, and return its path.

        Args:
            path: the file; an existing one is replaced. Its extension chooses the format: ``.mmd`` for Mermaid text,
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
            problem = f"ends with {path.suffix}, which is not a format" if ending else "has no extension"
            *others, last = ENDINGS
            raise ModelError("path", f"{path.name!r} {problem}. Hint: end it with {', '.join(others)} or {last}")
        return write(path, ENDINGS[ending](self))

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """The representations that Jupyter chooses from."""
        return bundle(self.mermaid(), self.graphviz)


def graph_of(spec: Spec) -> ModelGrapher:
    """A grapher for a model."""
    return ModelGrapher(spec)


def _drawing(population: Population) -> Drawing:
    edges = tuple(
        Edge(source, target, label(it))
        for it in population.transitions
        for source in population.sources(it)
        for target in population.reached(it, source)
    )
    return Drawing(tuple(population.states), _starts(population), edges, population.final, population.name)


def _draw(graph: graphviz.Digraph, drawing: Drawing, prefix: str) -> None:
    """Add a drawing to a graph, with its initial states marked."""
    draw(graph, drawing, prefix)
    names = node_names(drawing, prefix)
    graph.node(f"{prefix}{START}", "", **POINT)
    for state, text in drawing.starts.items():
        graph.edge(f"{prefix}{START}", names[state], driver(NEEDED_BY).escape(one_line(text)))


def _starts(population: Population) -> Mapping[str, str]:
    arrival = "" if (event := population.arrival) is None else label(event)
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
