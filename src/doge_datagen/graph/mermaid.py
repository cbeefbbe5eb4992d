"""Render a drawing as Mermaid text, which GitHub, GitLab and Jupyter display."""

from __future__ import annotations

import re
from collections.abc import Iterator

from doge_datagen.graph.drawing import Drawing
from doge_datagen.safe_text import one_line

PLAIN_NAME = re.compile(r"[A-Za-z]\w*")
KEYWORDS = frozenset({"as", "class", "classDef", "click", "direction", "end", "note", "state", "stateDiagram", "style"})
SAFE_IN_LABEL = re.compile(r"[^\w .%()+-]")


def mermaid_text(drawing: Drawing) -> str:
    """Render the drawing as a Mermaid state diagram."""
    return "".join(f"{line}\n" for line in _lines(drawing))


def _lines(drawing: Drawing) -> Iterator[str]:
    names = {state: _name(state, number) for number, state in enumerate(drawing.states)}
    yield "stateDiagram-v2"
    for state, name in names.items():
        if name != state:
            yield f'    state "{_safe(state)}" as {name}'
    for state, text in drawing.starts.items():
        yield f"    [*] --> {names[state]}" + (f" : {_safe(text)}" if text else "")
    for state in drawing.final:
        yield f"    {names[state]} --> [*]"
    for edge in drawing.edges:
        yield f"    {names[edge.source]} --> {names[edge.target]} : {_safe(edge.text)}"


def _name(state: str, number: int) -> str:
    return state if PLAIN_NAME.fullmatch(state) and state not in KEYWORDS else f"state_{number}"


def _safe(text: str) -> str:
    return SAFE_IN_LABEL.sub(lambda found: f"#{ord(found[0])};", one_line(text))
