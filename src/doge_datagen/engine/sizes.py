"""How many bytes records take, about: what is made at once, and handed on together, is bounded by them too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from doge_datagen.language.kinds import STRING, Typed
from doge_datagen.language.texts import Either, Held, Joined, Literal, Shown, Text, numbers_in

NUMBER = 8
DIGITS = 24
"""Of most numbers and all timestamps as texts. A format may show a float in 17 times as many."""


def size_of(part: int | Text, columns: Sequence[Typed], held: Mapping[str, pa.Array]) -> int:
    """Bytes of a number or text in a record: of the longest that it can be, but for numbers with a format.

    Args:
        part: the number of a column, or a text.
        columns: those of the stream.
        held: by attribute, the texts made at the start.

    >>> size_of(Joined((Literal("ß"), Shown(0, "integer", ">30"))), [Typed("a_balance", "integer")], {})
    56
    """
    match part:
        case int():
            return NUMBER
        case Literal():
            return _longest([part.text])
        case Held():
            return int(pc.max(pc.binary_length(held[part.attribute])).as_py() or 0)
        case Joined():
            return sum(size_of(it, columns, held) for it in part.parts)
        case Either():
            return max(size_of(it, columns, held) for it in (part.then, part.otherwise))
        case Shown():
            return _longest(columns[part.column].values) if part.kind == STRING else _number(part.format)


def _number(form: str) -> int:
    broadest = _longest(form or "0")  # of the format's letters, for one of them may fill it up
    return broadest * (DIGITS + max(numbers_in(form), default=0))


def _longest(texts: Iterable[str]) -> int:
    return max((len(text.encode()) for text in texts), default=0)
