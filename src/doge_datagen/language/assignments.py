"""Find which values are assigned to which names: the strings each can hold, and names that are never read."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from doge_datagen.errors import taken_for
from doge_datagen.language.calls import RESERVED
from doge_datagen.language.choices import SELECTIONS
from doge_datagen.language.errors import ExpressionError
from doge_datagen.language.scope import WORDS
from doge_datagen.language.types import ANY_TEXT

LISTS = ast.List | ast.Tuple


@dataclass(slots=True)
class Sources:
    """The values that are assigned to a name.

    Attributes:
        texts: literal strings.
        names: other names.
        whole: whether these are all; False if a value is something else.
    """

    texts: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    whole: bool = True

    def add(self, node: ast.expr, qualified: Callable[[str], str]) -> None:
        """Add what an expression can evaluate to; ``qualified`` maps each name to its qualified name."""
        for part in _ends(node):
            if isinstance(part, ast.Name):
                self.names.add(qualified(part.id))
            elif isinstance(part, ast.Constant) and isinstance(part.value, str):
                self.texts.add(part.value)
            else:
                # Such as a call or a table's column: the set is not closed then.
                self.whole = False


def assignments(body: Sequence[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    """Yield the names that the statements assign, each with the assigned expression."""
    for node in (node for statement in body for node in ast.walk(statement)):
        if isinstance(node, ast.Assign | ast.AugAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from ((target.id, node.value) for target in targets if isinstance(target, ast.Name))


def never_read(body: Sequence[ast.stmt], kept: Container[str]) -> list[ast.Name]:
    """The first assignment of each name that the statements never read; names in ``kept`` may be read elsewhere."""
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
    """Return an error for each name that is set, never read, and resembles an attribute, unless it begins with ``_``.

    Args:
        body: the statements of an action.
        attributes: the names of the attributes.
        kept: other names that are not reported.
        before: the prefix of attributes in the action, such as ``subject.``.
    """
    errors = []
    for node in never_read(body, {*kept, *WORDS, *RESERVED}):
        if node.id in attributes:
            continue
        plain = node.id.rstrip("_")
        was_renamed = before and (plain in attributes or plain in RESERVED)  # function_source renamed it
        name = plain if was_renamed else node.id
        near = None if name.startswith("_") else taken_for(name, attributes)
        if near:
            hint = f"did you mean {before + near!r}?"
            errors.append(ExpressionError(node, f"{name!r} is set but never read. Hint: {hint}"))
    return errors


def closed_sets(sources: Mapping[str, Sources]) -> dict[str, frozenset[str]]:
    """For each name, all strings that it can ever hold; ``ANY_TEXT`` is among them if not all are known."""
    return {name: _reached(name, sources) for name in sources}


def _reached(name: str, sources: Mapping[str, Sources]) -> frozenset[str]:
    seen, waiting = {name}, [name]
    texts: set[str] = set()
    while waiting:
        here = sources.get(waiting.pop(), Sources(whole=False))
        # With a mark and not dropped: strings that are known still get numbers.
        texts |= here.texts if here.whole else {*here.texts, ANY_TEXT}
        waiting += here.names - seen
        seen |= here.names
    return frozenset(texts)


def _ends(node: ast.expr) -> Iterator[ast.expr]:
    """Yield the parts of an expression that can be its value."""
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
