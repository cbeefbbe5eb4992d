"""The state machine as a picture: Graphviz, Mermaid, or in a notebook whichever can be shown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from doge_datagen.errors import MissingDriverError, MissingProgramError, ModelError
from doge_datagen.model import Transition

if TYPE_CHECKING:
    import graphviz

PLAIN_NAME = re.compile(r"[A-Za-z]\w*")
MERMAID_WORDS = frozenset(
    {"as", "class", "classDef", "click", "direction", "end", "note", "state", "stateDiagram", "style"}
)
SAFE_IN_LABEL = re.compile(r"[^\w .%()+-]")


class HasMachine(Protocol):
    """What can be drawn: a ``DataOnlineGenerator``."""

    @property
    def states(self) -> Sequence[str]:
        """The names of all states."""

    @property
    def initial_state(self) -> str:
        """Where every subject starts."""

    @property
    def transition_matrix(self) -> Mapping[str, Mapping[str, Transition]]:
        """Transitions by state and trigger."""


class DataOnlineGeneratorGrapher:
    """Draws a generator's state machine.

    In a notebook it shows itself as a picture; Jupyter draws the Mermaid text where Graphviz is not installed.

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
        driver = _graphviz()
        graph = driver.Digraph("states", graph_attr={"rankdir": "LR"}, node_attr={"shape": "box", "style": "rounded"})
        names = {state: _graphviz_name(state, number) for number, state in enumerate(self.generator.states)}
        for state, name in names.items():
            graph.node(name, driver.escape(state))
        for transition in self._transitions():
            text = driver.escape(label(transition))
            graph.edge(names[transition.from_state], names[transition.to_state], text)
        return graph

    def render(self, path: str | Path = "doge-graph.svg", *, view: bool = False) -> Path:
        """Draw the graph into a file whose ending says the format (svg, png, pdf, ...), and give its path.

        Args:
            path: where to; one of that name is replaced.
            view: open it in the system's viewer.

        Raises:
            ModelError: the path has no ending, or one that is no format of Graphviz.
            MissingDriverError: the extra ``graph`` is not installed.
            MissingProgramError: Graphviz's program ``dot`` is not installed.
        """
        driver, path = _graphviz(), Path(path)
        form = _format(driver, path)
        # Not by the package's own render: on its way it writes and deletes a file of the same name with the ending .gv.
        picture = self._picture(form)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture)
        if view:
            driver.view(path)
        return path

    def mermaid(self) -> str:
        """The graph as Mermaid text, which GitHub, GitLab and Jupyter draw themselves."""
        return "".join(f"{line}\n" for line in self._mermaid_lines())

    def _mermaid_lines(self) -> Iterator[str]:
        names = {state: _mermaid_name(state, number) for number, state in enumerate(self.generator.states)}
        yield "stateDiagram-v2"
        for state, name in names.items():
            if name != state:
                yield f'    state "{_mermaid_text(state)}" as {name}'
        yield f"    [*] --> {names[self.generator.initial_state]}"
        for transition in self._transitions():
            ends = f"{names[transition.from_state]} --> {names[transition.to_state]}"
            yield f"    {ends} : {_mermaid_text(label(transition))}"

    def _transitions(self) -> Iterator[Transition]:
        for leaving in self.generator.transition_matrix.values():
            yield from leaving.values()

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """What Jupyter shows: the richest of these that it can."""
        text = self.mermaid()
        bundle = {"text/plain": text, "text/vnd.mermaid": text}
        try:
            bundle["image/svg+xml"] = self._picture("svg").decode()
        except (MissingDriverError, MissingProgramError):
            return bundle  # the Mermaid text is a picture too
        return bundle

    def _picture(self, form: str) -> bytes:
        with _dot_installed(_graphviz()):
            return bytes(self.generate_graph().pipe(format=form))


def label(transition: Transition) -> str:
    """What stands on an edge: trigger and probability in percent."""
    return f"{transition.trigger} {transition.probability:.15g} %"


def _graphviz() -> Any:
    try:
        return import_module("graphviz")
    except ImportError as error:
        raise MissingDriverError("DataOnlineGeneratorGrapher", "graph") from error


def _format(driver: Any, path: Path) -> str:
    form = path.suffix[1:].lower()
    if form in driver.FORMATS:
        return form
    problem = f"ends with {path.suffix}, which is no format" if form else "has no ending"
    raise ModelError("render(path)", f"{path.name!r} {problem}; end it with .svg, .png or .pdf")


@contextmanager
def _dot_installed(driver: Any) -> Iterator[None]:
    try:
        yield
    except driver.ExecutableNotFound as error:
        raise MissingProgramError("dot", "install Graphviz, or use mermaid(), which needs no program") from error


def _graphviz_name(state: str, number: int) -> str:
    """The state itself, unless Graphviz would take a part of it for a port."""
    return f"state {number}" if ":" in state else state


def _mermaid_name(state: str, number: int) -> str:
    return state if PLAIN_NAME.fullmatch(state) and state not in MERMAID_WORDS else f"state_{number}"


def _mermaid_text(text: str) -> str:
    return SAFE_IN_LABEL.sub(lambda found: f"#{ord(found[0])};", text)
