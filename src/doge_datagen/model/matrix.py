"""Many weighted transitions at once: for each state, the states that follow it and their weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from doge_datagen.errors import ModelError
from doge_datagen.model.coercion import plain
from doge_datagen.model.emission import Emission
from doge_datagen.model.transition import Expression, Transition


@dataclass(frozen=True, slots=True)
class Matrix:
    """Weighted transitions as a table: a row for each state, and in it a weight for each state that follows.

    Each cell becomes a :class:`Transition` whose trigger is the name of the state that it leads to. The states of rows
    need a dwell time.

    Attributes:
        weights: for each state, the states that follow it, with their weights.
        emit: the names of the streams that all cells feed, or a mapping of them to conditions.
        do: the action of all cells.

    >>> matrix = Matrix({'home': {'song': 60, 'logout': 1}, 'song': {'song': 9, 'home': 1}}, emit='events')
    >>> next(matrix.transitions())
    Transition('song', 'home' -> 'song', weight 60)
    """

    weights: Mapping[str, Mapping[str, Expression]]
    emit: Emission = field(default=(), kw_only=True)
    do: str | Callable[..., Any] | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        for place, row in (("matrix.weights", self.weights), *_rows(self.weights)):
            if not isinstance(row, Mapping):
                raise ModelError(place, f"{row!r} is not a mapping. Hint: give a dict of states and weights")
        weights = {state: {to: plain(it) for to, it in row.items()} for state, row in self.weights.items()}
        object.__setattr__(self, "weights", weights)

    def transitions(self) -> Iterator[Transition]:
        """The transitions of its cells, row by row."""
        for state, row in self.weights.items():
            for to, weight in row.items():
                cell = Transition(to, state, to, weight=weight, do=self.do, emit=self.emit)
                object.__setattr__(cell, "in_matrix", True)
                yield cell


def _rows(weights: object) -> Iterator[tuple[str, object]]:
    if isinstance(weights, Mapping):
        yield from ((f"matrix.weights.{state}", row) for state, row in weights.items())
