"""What is assigned to which names: so which texts each can come to be, and which names nobody reads."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from doge_datagen.errors import taken_for
from doge_datagen.language.calls import FUNCTIONS, SELECTIONS
from doge_datagen.language.errors import ExpressionError
from doge_datagen.language.scope import WORDS
from doge_datagen.language.types import ANY_TEXT

LISTS = ast.List | ast.Tuple


@dataclass(slots=True)
class Sources:
    """Where a name has its values from.

    Attributes:
        texts: written as they are.
        names: of other values.
        whole: whether that is all; not where it has a value that is no known text.
    """

    texts: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    whole: bool = True

    def add(self, node: ast.expr, place: Callable[[str], str]) -> None:
        """What an expression can be; ``place`` makes one name of all that mean the same."""
        for part in _ends(node):
            if isinstance(part, ast.Name):
                self.names.add(place(part.id))
            elif isinstance(part, ast.Constant) and isinstance(part.value, str):
                self.texts.add(part.value)
            else:
                self.whole = False


def assignments(body: Sequence[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    """The names that statements give values to, each with what it is given."""
    for node in (node for statement in body for node in ast.walk(statement)):
        if isinstance(node, ast.Assign | ast.AugAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from ((target.id, node.value) for target in targets if isinstance(target, ast.Name))


def never_read(body: Sequence[ast.stmt], kept: Container[str]) -> list[ast.Name]:
    """Where statements first set each name that none of them reads; those that are kept may be read elsewhere."""
    nodes = [node for statement in body for node in ast.walk(statement)]
    read = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    targets = [node.targets[0] for node in nodes if isinstance(node, ast.Assign) and len(node.targets) == 1]
    unread = [it for it in targets if isinstance(it, ast.Name) and it.id not in read and it.id not in kept]
    first: dict[str, ast.Name] = {}
    for target in sorted(unread, key=lambda it: (it.lineno, it.col_offset)):
        first.setdefault(target.id, target)
    return list(first.values())


def misspelt(
    body: Sequence[ast.stmt], attributes: Collection[str], *, kept: Collection[str], before: str
) -> list[ExpressionError]:
    """The names that are set and never read, and that are taken for an attribute's, unless they begin with ``_``.

    Args:
        body: statements.
        attributes: their names.
        kept: other names, of which nothing is told.
        before: what an attribute has in front of it there, such as ``subject.``.
    """
    told = []
    for node in never_read(body, {*kept, *WORDS, *FUNCTIONS}):
        if node.id in attributes:
            continue
        plain = node.id.rstrip("_")
        was_renamed = before and (plain in attributes or plain in FUNCTIONS)  # being a function's own
        name = plain if was_renamed else node.id
        near = None if name.startswith("_") else taken_for(name, attributes)
        if near:
            told.append(ExpressionError(node, f"{name!r} is set and never read. Hint: did you mean {before + near!r}?"))
    return told


def closed_sets(sources: Mapping[str, Sources]) -> dict[str, frozenset[str]]:
    """By name, all texts that it can come to be; ``ANY_TEXT`` is among them where not all are known."""
    return {name: _reached(name, sources) for name in sources}


def _reached(name: str, sources: Mapping[str, Sources]) -> frozenset[str]:
    seen, waiting = {name}, [name]
    texts: set[str] = set()
    while waiting:
        here = sources.get(waiting.pop(), Sources(whole=False))
        texts |= here.texts if here.whole else {*here.texts, ANY_TEXT}
        waiting += here.names - seen
        seen |= here.names
    return frozenset(texts)


def _ends(node: ast.expr) -> Iterator[ast.expr]:
    """The parts of an expression that can be its value."""
    waiting = [node]
    while waiting:
        match waiting.pop():
            case ast.IfExp(body=then, orelse=otherwise):
                waiting += [then, otherwise]
            case ast.Subscript(value=chosen):
                waiting.append(chosen)
            case ast.Call(func=ast.Name(id=name), args=[ast.List(elts=values) | ast.Tuple(elts=values), *_]) if (
                name in SELECTIONS
            ):
                waiting += values
            case ast.Call(func=ast.Name(id="str"), args=[part]):
                waiting.append(part)
            case ast.Call(func=ast.Name(id=name), args=[], keywords=keywords) if name in SELECTIONS:
                lists = [it.value for it in keywords if it.arg in ("seq", "population")]
                waiting += [part for it in lists for part in (it.elts if isinstance(it, LISTS) else [it])]
            case end:
                yield end
