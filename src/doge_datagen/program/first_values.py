"""The first values of a population as code, for expressions of others that refer to its subjects."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from doge_datagen.language.references import FirstValue
from doge_datagen.language.scope import attribute_code
from doge_datagen.program.program import Start

ATTRIBUTE = re.compile(r"\ba_\w+")
LONGEST = 10_000
"""So much code gives a first value at most; one that depends on many others, each of which does too, has more."""


def first_values(starts: Iterable[Start]) -> Mapping[str, FirstValue]:
    """How each attribute begins, in terms of the subject alone: attributes that it depends on are written out.

    Args:
        starts: how the attributes of a population start, in order.
    """
    codes: dict[str, str] = {}
    found: dict[str, FirstValue] = {}

    def whole(code: str) -> str:
        return ATTRIBUTE.sub(lambda name: codes.get(name[0], name[0]), code)

    for start in starts:
        if start.text is not None:
            columns = tuple(replace(it, code=whole(it.code)) for it in start.columns)
            found[start.name] = FirstValue(start.typed, start.text, columns)
        elif start.code or not start.stored:
            code = whole(start.code or start.typed.code)
            codes[attribute_code(start.name)] = f"({code})"
            found[start.name] = FirstValue(replace(start.typed, code=code))
    return {name: it for name, it in found.items() if not _is_long(it)}


def _is_long(value: FirstValue) -> bool:
    return any(len(it.code) > LONGEST for it in (value.typed, *value.columns))
