"""Draws that the functions of a timing need, made for many subjects at once, which takes a tenth of the time.

Which draw a subject needs at a moment follows from its state: one draw chooses by weight what it leaves its state by,
and the first one in ``wait`` is mostly the only one. These get their words as parameters; all other draws stay calls.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import accumulate

from doge_datagen.engine.codegen import Function
from doge_datagen.language.calls import DRAWS
from doge_datagen.language.distributions import INVERTED

WORDS = ("v0", "v1", "v2", "v3")
"""The parameters with the words of the draw that is made ahead."""
DRAW = re.compile(rf"\b({'|'.join((*DRAWS, *INVERTED))})\(fault, key0, key1, subject, tick, ([^,]+), (\d+)")
BLOCK = re.compile(r"(?:el)?if ALIKE\[state\] == (\d+):")
Tables = Mapping[str, Sequence[float]]


def with_words(function: Function, draw: str) -> Function:
    """A function that gets the words of one draw as parameters.

    Args:
        function: the function.
        draw: the code of the draw, without the closing parenthesis.
    """
    name = draw.partition("(")[0]
    given = f"from_words_{name}(fault, {', '.join(WORDS)}"
    return _with_words(function, [line.replace(draw, given) for line in function.lines])


def with_first_words(function: Function, tables: Tables) -> tuple[Function, list[int]]:
    """The function ``wait`` with the words of the first draw in each state, and by state this draw.

    A draw is its purpose and, in the upper 32 bits, its number.

    Args:
        function: the function.
        tables: what it looks up.
    """
    numbers = accumulate((BLOCK.match(line) is not None for line in function.lines), initial=-1)
    blocks: dict[int, list[str]] = {}
    for number, line in zip(list(numbers)[1:], function.lines, strict=True):
        blocks.setdefault(number, []).append(line)
    found, lines = dict[int, tuple[str, str]](), list[str]()
    for number, block in blocks.items():
        text = "\n".join(block)
        first = DRAW.search(text) if BLOCK.match(block[0]) else None
        if first is not None:
            found[number] = first[2], first[3]
            text = f"{text[: first.start()]}from_words_{first[1]}(fault, {', '.join(WORDS)}{text[first.end() :]}"
        lines += text.split("\n")
    by_state = enumerate(found.get(int(alike), ("0", "0")) for alike in tables["ALIKE"])
    draws = [_purpose(purpose, state, tables) | int(number) << 32 for state, (purpose, number) in by_state]
    return _with_words(function, lines), draws


def _with_words(function: Function, lines: Sequence[str]) -> Function:
    return Function(function.name, (*function.reads, *WORDS), tuple(lines))


def _purpose(code: str, state: int, tables: Tables) -> int:
    """The purpose of a draw in a state: a number, or the name of a table by state."""
    return int(code) if code.isdigit() else int(tables[code.partition("[")[0]][state])
