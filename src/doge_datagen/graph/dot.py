"""Render a drawing with Graphviz, as text or as a picture."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from doge_datagen.errors import MissingDriverError, MissingProgramError
from doge_datagen.graph.drawing import Drawing, Edge
from doge_datagen.safe_text import one_line

if TYPE_CHECKING:
    import graphviz

WIDTH = 36
"""Characters in a line of a label, if words allow it."""
FINAL = {"peripheries": "2"}
CENTRED, LEFT = r"\n", r"\l"
"""How Graphviz ends a line of a label."""


def driver(needed_by: str) -> Any:
    """Import the package ``graphviz``.

    Raises:
        MissingDriverError: the extra ``graph`` is not installed.
    """
    try:
        return import_module("graphviz")
    except ImportError as error:
        raise MissingDriverError(needed_by, "graph") from error


def digraph(needed_by: str, direction: str = "LR") -> graphviz.Digraph:
    """A Graphviz graph without anything in it.

    Args:
        needed_by: what needs it.
        direction: where transitions lead to: ``LR`` for right, ``TB`` for down.

    Raises:
        MissingDriverError: the extra ``graph`` is not installed.
    """
    package = driver(needed_by)
    found: graphviz.Digraph = package.Digraph(
        "states", graph_attr={"rankdir": direction}, node_attr={"shape": "box", "style": "rounded"}
    )
    return found


def draw(graph: graphviz.Digraph, drawing: Drawing, prefix: str = "") -> None:
    """Add the states and labelled transitions of a drawing to a graph, without the initial states.

    Args:
        graph: the graph.
        drawing: what to add.
        prefix: begins the name of each node.
    """
    names = node_names(drawing, prefix)
    for state, name in names.items():
        below = wrapped(drawing.dwells[state]) if state in drawing.dwells else []
        graph.node(name, text(state, *below), **(FINAL if state in drawing.final else {}))
    for (source, target), labels in _arrows(drawing.edges):
        graph.edge(names[source], names[target], text(*(line for it in labels for line in wrapped(it)), end=LEFT))


def _arrows(edges: Iterable[Edge]) -> Iterator[tuple[tuple[str, str], list[str]]]:
    """The ends of each arrow, and its labels: loops of one state are one arrow, since several would cross labels."""
    loops: dict[str, list[str]] = {}
    for edge in edges:
        if edge.source == edge.target:
            loops.setdefault(edge.source, []).append(edge.text)
        else:
            yield (edge.source, edge.target), [edge.text]
    yield from (((state, state), labels) for state, labels in loops.items())


def text(*lines: str, end: str = CENTRED) -> str:
    """A label of some lines, each of which shows a string as it is.

    Args:
        lines: the strings.
        end: what ends each line.
    """
    package = import_module("graphviz")
    shown = [str(package.escape(one_line(line))) for line in lines]
    whole = shown[0] if len(shown) == 1 else "".join(f"{line}{end}" for line in shown)
    found: str = package.nohtml(whole)
    return found


def wrapped(label: str) -> list[str]:
    """A label in lines that are short enough for arrows beside it."""
    return wrap(one_line(label), WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False) or [""]


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
