"""Read durations such as ``30 d`` in expressions, which Python's parser does not know.

Each is replaced by an imaginary number of the same length, so that all columns stay as they are; no model can contain
one otherwise. Afterwards the numbers in the syntax tree are replaced by the durations, in the order of the text: the
columns in f-strings differ between Python versions, their order does not.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from keyword import iskeyword

from doge_datagen.language.errors import ExpressionError
from doge_datagen.language.f_strings import code_parts
from doge_datagen.language.time.units import UNITS, duration, nearest_unit

WRITTEN = re.compile(
    # Comments are matched as a whole, so that nothing in them is taken for a duration.
    r"#[^\n]*"
    r"|(?<![\w.])(?P<number>[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)[ \t]*(?P<unit>[A-Za-z_]\w*)"
)
# No shorter duration has fewer characters: a digit and a unit of one letter.
STAND_IN = "1j"
NO_LENGTH = ("month", "year")


@dataclass(frozen=True, slots=True)
class Duration:
    """The value of a constant in the syntax tree that is a duration.

    Attributes:
        milliseconds: its length.
        text: how it is written, as errors quote it.
    """

    milliseconds: int
    text: str

    def __repr__(self) -> str:
        """Return the text, which is how ``ast.unparse`` writes a constant."""
        return self.text


@dataclass(frozen=True, slots=True)
class Replaced:
    """A text whose durations have been replaced.

    Attributes:
        text: the text for Python's parser.
        durations: the durations in order.
        unknown: what looks like a duration with a misspelt unit: where it begins, and what is wrong with it.
        invalid: the same for durations that are not whole milliseconds.
    """

    text: str
    durations: tuple[Duration, ...]
    unknown: tuple[tuple[int, str], ...]
    invalid: tuple[tuple[int, str], ...]


def replaced(text: str) -> Replaced:
    """Replace the durations of a text whose f-strings have been checked.

    >>> replaced("timestamp + 30 d").text, replaced("timestamp + 30 d").durations
    ('timestamp + 1j  ', (30 d,))
    """
    pieces, at = [], 0
    durations: list[Duration] = []
    unknown: list[tuple[int, str]] = []
    invalid: list[tuple[int, str]] = []
    for match in _numbers_with_names(text):
        unit, whole = match["unit"], match[0]
        length = _length(match)
        if _is_unit(unit):
            durations.append(Duration(length if isinstance(length, int) else 0, whole))
            pieces += [text[at : match.start()], STAND_IN.ljust(len(whole))]
            at = match.end()
        if unit.removesuffix("s") in NO_LENGTH:
            problem = f"{whole!r} has no fixed length"
            unknown.append((match.start(), f"{problem}. Hint: write add_months(timestamp, 1), or a number of days"))
        elif isinstance(length, str) and (_is_unit(unit) or nearest_unit(unit)):
            (invalid if _is_unit(unit) else unknown).append((match.start(), length))
    return Replaced("".join((*pieces, text[at:])), tuple(durations), tuple(unknown), tuple(invalid))


def put_back(tree: ast.AST, durations: tuple[Duration, ...]) -> None:
    """Replace the imaginary numbers of a syntax tree by the durations they stand for.

    Raises:
        ExpressionError: the text has imaginary numbers of its own.
    """
    if not durations:
        return
    constants = [it for it in _in_order(tree) if isinstance(it, ast.Constant) and isinstance(it.value, complex)]
    # Otherwise durations would be put in the place of others, and the model mean something else.
    if len(constants) != len(durations):
        raise ExpressionError(None, "imaginary numbers are not allowed. Hint: remove them", line=1, column=1)
    for constant, found in zip(constants, durations, strict=True):
        constant.value = found  # type: ignore[assignment]  # only our translator reads it


def refused(text: str, at: int, problem: str) -> ExpressionError:
    """The error about the duration that begins at an index of a text."""
    return ExpressionError(None, problem, line=text.count("\n", 0, at) + 1, column=at - text.rfind("\n", 0, at))


def _numbers_with_names(text: str) -> Iterator[re.Match[str]]:
    """Yield each number that is followed by a name on the same line, which is no operator such as ``if``."""
    for first, last in code_parts(text):
        for match in WRITTEN.finditer(text, first, last):
            if match["unit"] and not iskeyword(match["unit"]):
                yield match


def _is_unit(name: str) -> bool:
    return name in UNITS or name.removesuffix("s") in UNITS


def _length(match: re.Match[str]) -> int | str:
    """The milliseconds of a duration, or what is wrong with it."""
    number = match["number"].replace("_", "")
    leading = "0" if number.startswith(".") else ""
    try:
        return duration(f"{leading}{number.removesuffix('.')} {match['unit']}")
    except ValueError as error:
        return str(error)


def _in_order(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes in the order of the text, without recursion, since sums may be thousands of nodes deep."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += reversed(_children(node))


def _children(node: ast.AST) -> list[ast.AST]:
    match node:
        case ast.IfExp():
            # In a if b else c the text has another order than the fields of the tree.
            return [node.body, node.test, node.orelse]
        case ast.Dict():
            return [part for pair in zip(node.keys, node.values, strict=True) for part in pair if part is not None]
    return list(ast.iter_child_nodes(node))
