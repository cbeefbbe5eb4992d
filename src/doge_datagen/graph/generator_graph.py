"""Draw the state machine of a generator."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from doge_datagen.errors import ModelError
from doge_datagen.graph.dot import bundle, digraph, draw, driver, picture, write
from doge_datagen.graph.drawing import Drawing, Edge, Picture, label
from doge_datagen.graph.mermaid import mermaid_text
from doge_datagen.model import Transition

if TYPE_CHECKING:
    import graphviz

NEEDED_BY = "DataOnlineGeneratorGrapher"


class HasMachine(Protocol):
    """What the grapher needs of a ``DataOnlineGenerator``."""

    @property
    def states(self) -> Sequence[str]:
        """The names of all states."""

    @property
    def initial_state(self) -> str:
        """The state that every subject starts in."""

    @property
    def final_states(self) -> Collection[str]:
        """The states declared final."""

    @property
    def transition_matrix(self) -> Mapping[str, Mapping[str, Transition]]:
        """Transitions by state and trigger."""


class DataOnlineGeneratorGrapher:
    """Draws a generator's state machine.

    Notebooks display it as a picture; without Graphviz, Jupyter renders the Mermaid text.

    >>> from doge_datagen import DataOnlineGenerator, SubjectFactory
    >>> datagen = DataOnlineGenerator(['offline', 'online'], 'offline', SubjectFactory(), 1, 1000, 1)
    >>> datagen.add_transition('login', 'offline', 'online', 0.1)
    >>> datagen.add_transition('logout', 'online', 'offline', 70)
    >>> print(DataOnlineGeneratorGrapher(datagen).mermaid(), end='')
    stateDiagram-v2
        [*] --> offline
        offline --> online : login 0.1 %
        online --> offline : logout 70 %
    """

    def __init__(self, generator: HasMachine) -> None:
        self.generator = generator

    def generate_graph(self) -> graphviz.Digraph:
        """A Graphviz graph: states are nodes, transitions are edges labelled with trigger and probability.

        Raises:
            MissingDriverError: the extra ``graph`` is not installed.
        """
        graph = digraph(NEEDED_BY)
        draw(graph, self._drawing())
        return graph

    def render(self, path: str | Path = "doge-graph.svg", *, view: bool = False) -> Path:
        """Draw the graph to a file whose extension chooses the format (svg, png, pdf, ...), and return its path.

        Args:
            path: the file; an existing one is replaced.
            view: whether to open it in the system's viewer.

        Raises:
            ModelError: the path has no suffix, or one that is not a format of Graphviz.
            MissingDriverError: the extra ``graph`` is not installed.
            MissingProgramError: Graphviz's program ``dot`` is not installed.
        """
        package, path = driver(NEEDED_BY), Path(path)
        form = _format(package, path)
        write(path, picture(self.generate_graph(), form))
        if view:
            package.view(path)
        return path

    def mermaid(self) -> str:
        """The graph as Mermaid text, which GitHub, GitLab and Jupyter render."""
        return mermaid_text(Picture((self._drawing(),)))

    def _drawing(self) -> Drawing:
        transitions = [it for leaving in self.generator.transition_matrix.values() for it in leaving.values()]
        return Drawing(
            tuple(self.generator.states),
            {self.generator.initial_state: ""},
            tuple(Edge(it.source, it.target, label(it)) for it in transitions),
            self.generator.final_states,
        )

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """The representations that Jupyter chooses from."""
        return bundle(self.mermaid(), self.generate_graph)


def _format(package: Any, path: Path) -> str:
    form = path.suffix[1:].lower()
    if form in package.FORMATS:
        return form
    problem = f"ends with {path.suffix}, which is not a format" if form else "has no suffix"
    raise ModelError("render(path)", f"{path.name!r} {problem}. Hint: end it with .svg, .png or .pdf")
