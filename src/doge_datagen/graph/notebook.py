"""A graph as a notebook shows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from doge_datagen.errors import MissingDriverError, MissingProgramError
from doge_datagen.graph.dot import picture

if TYPE_CHECKING:
    import graphviz


def bundle(mermaid: str, graph: Callable[[], graphviz.Digraph]) -> dict[str, str]:
    """By MIME type, all that can be shown; Jupyter takes the richest that it can show."""
    shown = {"text/plain": mermaid, "text/vnd.mermaid": mermaid}
    try:
        shown["image/svg+xml"] = picture(graph(), "svg").decode()
    except (MissingDriverError, MissingProgramError):
        return shown  # the Mermaid text is a picture too
    return shown
