"""Puts lines of generated source code together: blocks, conditions and a search that is written out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence


def indented(lines: Iterable[str]) -> Iterator[str]:
    """Lines one level deeper."""
    return (f"    {line}" for line in lines)


def either(name: str, blocks: Mapping[int, Sequence[str]]) -> Iterator[str]:
    """An ``if`` chain that runs the block whose number the variable has."""
    for index, (number, lines) in enumerate(blocks.items()):
        yield f"{'elif' if index else 'if'} {name} == {number}:"
        yield from indented(lines)


def when_one_of(name: str, numbers: Sequence[int], lines: Sequence[str], word: str = "if") -> Iterator[str]:
    """Lines that run if a variable has one of these values; none if there are no values."""
    if numbers:
        yield f"{word} {' or '.join(f'{name} == {number}' for number in numbers)}:"
        yield from indented(lines)


def halved(limits: Sequence[str], lines: Sequence[str]) -> Iterator[str]:
    """Run the line whose limit is the first above ``part``; the last limit is not compared."""
    if len(lines) == 1:
        yield lines[0]
        return
    half = len(lines) // 2
    yield f"if part < {limits[half - 1]}:"
    yield from indented(halved(limits[:half], lines[:half]))
    yield "else:"
    yield from indented(halved(limits[half:], lines[half:]))
