"""Render a drawing as Mermaid text, which GitHub, GitLab and Jupyter display."""

from __future__ import annotations

import re
from collections.abc import Iterator

from doge_datagen.graph.drawing import Drawing
from doge_datagen.safe_text import one_line

PLAIN_NAME = re.compile(r"[A-Za-z]\w*")
KEYWORDS = frozenset({"as", "class", "classDef", "click", "direction", "end", "note", "state", "stateDiagram", "style"})
SAFE_IN_LABEL = re.compile(r"[^\w .%()+-]")


def mermaid_text(*drawings: Drawing) -> str:
    """Render drawings as one Mermaid state diagram; each of several is a box with a title."""
    lines = ["stateDiagram-v2"]
    for number, drawing in enumerate(drawings):
        several = len(drawings) > 1
        within = [f"    {line}" for line in _lines(drawing, f"population_{number}_" if several else "")]
        if several:
            opened = f'    state "{_safe(drawing.title)}" as population_{number} {{'
            within = [opened, *(f"    {line}" for line in within), "    }"]
        lines += within
    return "".join(f"{line}\n" for line in lines)


def _lines(drawing: Drawing, prefix: str) -> Iterator[str]:
    names = {state: _name(state, number, prefix) for number, state in enumerate(drawing.states)}
    for state, name in names.items():
        if name != state:
            yield f'state "{_safe(state)}" as {name}'
    for state, text in drawing.starts.items():
        yield f"[*] --> {names[state]}" + (f" : {_safe(text)}" if text else "")
    for state in drawing.final:
        yield f"{names[state]} --> [*]"
    for edge in drawing.edges:
        yield f"{names[edge.source]} --> {names[edge.target]} : {_safe(edge.text)}"


def _name(state: str, number: int, prefix: str) -> str:
    """The name of a state in the diagram, in which each name stands for one state."""
    plain = not prefix and PLAIN_NAME.fullmatch(state) and state not in KEYWORDS
    return state if plain else f"{prefix}state_{number}"


def _safe(text: str) -> str:
    return SAFE_IN_LABEL.sub(lambda found: f"#{ord(found[0])};", one_line(text))
