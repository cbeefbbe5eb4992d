"""Render a drawing as Mermaid text, which GitHub, GitLab and Jupyter display."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import count

from doge_datagen.graph.drawing import Drawing, Legend, Picture
from doge_datagen.safe_text import one_line

PLAIN_NAME = re.compile(r"[A-Za-z]\w*")
KEYWORDS = frozenset({"as", "class", "classDef", "click", "direction", "end", "note", "state", "stateDiagram", "style"})
SAFE_IN_LABEL = re.compile(r"[^\w .%()+-]")


def mermaid_text(picture: Picture) -> str:
    """Render a picture as one Mermaid state diagram; each of several state machines is a box with a title.

    Mermaid has one style of arrow, and none between states of different boxes: links are arrows between the boxes.
    """
    several = len(picture.drawings) > 1
    lines: list[str] = []
    for number, drawing in enumerate(picture.drawings):
        within = list(_lines(drawing, f"population_{number}_" if several else ""))
        lines += _boxed(number, drawing.title, within) if several else within
    lines += (f"population_{it.source} --> population_{it.target} : {_safe(it.text)}" for it in picture.links)
    taken = {state for drawing in picture.drawings for state in drawing.states}
    for number, legend in enumerate(picture.legends):
        lines += _legend(legend, next(name for name in _legend_names(number) if name not in taken))
    return "".join(f"{line}\n" for line in ["stateDiagram-v2", *(f"    {line}" for line in lines)])


def _boxed(number: int, title: str, within: Iterable[str]) -> Iterator[str]:
    yield f'state "{_safe(title)}" as population_{number} {{'
    yield from (f"    {line}" for line in within)
    yield "}"


def _legend_names(number: int) -> Iterator[str]:
    return (f"{'_' * underscores}legend_{number}" for underscores in count())


def _legend(legend: Legend, name: str) -> Iterator[str]:
    yield f'state "{_safe(legend.title)}" as {name}'
    yield from (f"{name} : {_safe(line)}" for line in legend.lines)


def _lines(drawing: Drawing, prefix: str) -> Iterator[str]:
    names = {state: _name(drawing, state, number, prefix) for number, state in enumerate(drawing.states)}
    for state, name in names.items():
        if name != state:
            yield f'state "{_safe(state)}" as {name}'
        if state in drawing.dwells:
            yield f"{name} : {_safe(drawing.dwells[state])}"
    for state, text in drawing.starts.items():
        yield f"[*] --> {names[state]}" + (f" : {_safe(text)}" if text else "")
    for state in drawing.final:
        yield f"{names[state]} --> [*]"
    for edge in drawing.edges:
        yield f"{names[edge.source]} --> {names[edge.target]} : {_safe(edge.text)}"


def _name(drawing: Drawing, state: str, number: int, prefix: str) -> str:
    """The name of a state in the diagram, in which each name stands for one state.

    With a text below its name, the name is a title, which cannot be the name in the diagram, too.
    """
    plain = not prefix and state not in drawing.dwells and PLAIN_NAME.fullmatch(state) and state not in KEYWORDS
    return state if plain else f"{prefix}state_{number}"


def _safe(text: str) -> str:
    return SAFE_IN_LABEL.sub(lambda found: f"#{ord(found[0])};", one_line(text))
