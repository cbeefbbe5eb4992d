"""Initial strings of subjects that arrive: composed when they are shown, from values that are kept of each subject.

Strings of subjects that are there from the start are composed once, before the run. Those of subjects that come and go
would have to be stored one by one and removed again; the numbers in them are attributes like all others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

from doge_datagen.language.scope import INDEX, NOW, attribute_code
from doge_datagen.language.texts import Columns, Either, InitialText, Joined, ShownValue, Text
from doge_datagen.language.types import Typed
from doge_datagen.program.program import Start

Shown = TypeVar("Shown", int | Text, Text)
Place = Callable[[int], int]


def kept_name(attribute: str, number: int) -> str:
    """The hidden attribute that keeps a value shown in an initial string; no attribute of a model has such a name."""
    return f"0{number}_{attribute}"


def kept_columns(start: Start) -> Iterator[tuple[int, Typed, str]]:
    """The values of an initial string that are kept, with their numbers and the names of their hidden attributes."""
    for number, column in enumerate(start.columns):
        if column.code != INDEX.code:
            yield number, column, kept_name(start.name, number)


def kept_starts(start: Start) -> Iterator[Start]:
    """The hidden attributes of an initial string; none for other attributes."""
    for _, column, name in kept_columns(start):
        code = NOW.code if column.code == NOW.code else ""
        yield Start(name, replace(column, code=attribute_code(name), constant=None), stored=True, code=code)


def computed_names(start: Start) -> tuple[str, ...]:
    """The hidden attributes of an initial string that its function computes: all but the moment of the arrival."""
    return tuple(name for _, column, name in kept_columns(start) if column.code != NOW.code)


def from_kept(part: Shown, columns: Columns, starts: Mapping[str, Start]) -> Shown:
    """A part of a record in which initial strings are composed from what is kept of them.

    Args:
        part: the number of a column, or a string.
        columns: those of the record; values that are kept are added.
        starts: the attributes by name.
    """
    match part:
        case InitialText():
            return _composed(starts[part.attribute], columns, starts)
        case Joined():
            return Joined(tuple(from_kept(it, columns, starts) for it in part.parts))
        case Either():
            then, otherwise = (from_kept(it, columns, starts) for it in (part.then, part.otherwise))
            return Either(part.column, then, otherwise)
        case _:
            return part


def _composed(start: Start, columns: Columns, starts: Mapping[str, Start]) -> Text:
    names = {number: name for number, _, name in kept_columns(start)}

    def place(number: int) -> int:
        kept = names.get(number)
        return columns.place(INDEX if kept is None else starts[kept].typed)

    assert start.text is not None  # noqa: S101 - it is an initial string; for the type checker
    return from_kept(_renumbered(start.text, place), columns, starts)


def _renumbered(text: Text, place: Place) -> Text:
    match text:
        case ShownValue():
            return replace(text, column=place(text.column))
        case Joined():
            return Joined(tuple(_renumbered(it, place) for it in text.parts))
        case Either():
            return Either(place(text.column), _renumbered(text.then, place), _renumbered(text.otherwise, place))
        case _:
            return text
