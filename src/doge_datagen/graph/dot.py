"""Render a drawing with Graphviz, as text or as a picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from doge_datagen.errors import MissingDriverError, MissingProgramError
from doge_datagen.graph.drawing import Drawing
from doge_datagen.safe_text import one_line

if TYPE_CHECKING:
    import graphviz

FINAL = {"peripheries": "2"}


def driver(needed_by: str) -> Any:
    """Import the package ``graphviz``.

    Raises:
        MissingDriverError: the extra ``graph`` is not installed.
    """
    try:
        return import_module("graphviz")
    except ImportError as error:
        raise MissingDriverError(needed_by, "graph") from error


def digraph(needed_by: str) -> graphviz.Digraph:
    """A Graphviz graph without anything in it.

    Raises:
        MissingDriverError: the extra ``graph`` is not installed.
    """
    package = driver(needed_by)
    found: graphviz.Digraph = package.Digraph(
        "states", graph_attr={"rankdir": "LR"}, node_attr={"shape": "box", "style": "rounded"}
    )
    return found


def draw(graph: graphviz.Digraph, drawing: Drawing, prefix: str = "") -> None:
    """Add the states and labelled transitions of a drawing to a graph, without the initial states.

    Args:
        graph: the graph.
        drawing: what to add.
        prefix: begins the name of each node.
    """
    escape = import_module("graphviz").escape
    names = node_names(drawing, prefix)
    for state, name in names.items():
        graph.node(name, escape(one_line(state)), **(FINAL if state in drawing.final else {}))
    for edge in drawing.edges:
        graph.edge(names[edge.source], names[edge.target], escape(one_line(edge.text)))


def node_names(drawing: Drawing, prefix: str = "") -> Mapping[str, str]:
    """Node names by state: the state, unless Graphviz would read a port in it or it has control characters."""
    return {
        state: f"{prefix}state {number}" if prefix or ":" in state or one_line(state) != state else state
        for number, state in enumerate(drawing.states)
    }


def picture(graph: graphviz.Digraph, form: str) -> bytes:
    """Render the graph in one of Graphviz's formats.

    Raises:
        MissingProgramError: Graphviz's program ``dot`` is not installed.
    """
    try:
        return bytes(graph.pipe(format=form))
    except import_module("graphviz").ExecutableNotFound as error:
        raise MissingProgramError("dot", "install Graphviz, or use mermaid(), which needs no program") from error


def write(path: Path, content: bytes) -> Path:
    """Write a file and return its path; graphviz's own ``render`` would overwrite and delete a .gv file next to it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def bundle(mermaid: str, graph: Callable[[], graphviz.Digraph]) -> dict[str, str]:
    """All available representations by MIME type; Jupyter shows the richest that it supports."""
    shown = {"text/plain": mermaid, "text/vnd.mermaid": mermaid}
    try:
        shown["image/svg+xml"] = picture(graph(), "svg").decode()
    except (MissingDriverError, MissingProgramError):
        return shown  # the Mermaid text is a picture too
    return shown
