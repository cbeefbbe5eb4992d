"""Where in a matrix the problems of its cells are, as paths in a model file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from doge_datagen.errors import Problem
from doge_datagen.model.transition import Transition

Path = tuple[str | int, ...]


def placed(path: Path, transitions: Sequence[Transition]) -> Path:
    """The path of a problem; for a transition that a matrix has made, its cell, its row, or a key of the matrix.

    >>> from doge_datagen.model.transition import Matrix
    >>> placed(('transitions', 0, 'weight'), [*Matrix({'home': {'song': -1}}).transitions()])
    ('matrix', 'weights', 'home', 'song')
    """
    match path:
        case ("transitions", int(number), *below) if transitions[number].in_matrix:
            return _in_matrix(transitions[number], below)
    return path


def distinct(problems: Iterable[Problem], transitions: Sequence[Transition]) -> Iterator[Problem]:
    """The problems at their places; one that all cells of a row or a matrix have in common is reported once."""
    seen: set[Problem] = set()
    for each in problems:
        problem = replace(each, path=placed(each.path, transitions))
        if problem not in seen:
            seen.add(problem)
            yield problem


def _in_matrix(cell: Transition, below: Sequence[str | int]) -> Path:
    match below:
        case ["do" | "emit", *_]:
            return ("matrix", *below)
        case ["from", *_]:
            return ("matrix", "weights", cell.source)
    return ("matrix", "weights", cell.source, cell.target)
