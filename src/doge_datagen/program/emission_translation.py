"""Translate the conditions under which events are recorded in the streams that they feed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from doge_datagen.language.expressions import ExpressionTranslator
from doge_datagen.language.operators import truth
from doge_datagen.language.scope import Scope
from doge_datagen.model.transition import Transition, conditions
from doge_datagen.program.stream_translation import Attempt, Path, parsed

ALWAYS = "True"


def emission_conditions(
    events: Sequence[Transition],
    place: Callable[[int], Path],
    scope: Callable[[Sequence[Transition], str], Scope],
    attempt: Attempt[Any],
) -> tuple[Mapping[str, str], ...]:
    """For each event, by stream, the code of the condition under which it is recorded there; those always true not.

    Args:
        events: the transitions, and the arrival behind them.
        place: the path of an event by its number.
        scope: what conditions of events may use, by these events and the stream.
        attempt: runs a translation, and keeps what is wrong with it.
    """
    found: dict[int, Mapping[str, str]] = {}
    for numbers in _alike(events):
        alike = [events[number] for number in numbers]
        code: dict[str, str | None] = {}
        for stream, when in conditions(alike[0].emit).items():
            path = (*place(numbers[0]), "emit", stream)
            code[stream] = attempt(path, partial(_condition, scope(alike, stream), when))
        kept = {stream: it for stream, it in code.items() if it is not None and it != ALWAYS}
        found |= dict.fromkeys(numbers, kept)
    return tuple(found[number] for number in range(len(events)))


def _alike(events: Sequence[Transition]) -> Iterator[list[int]]:
    """The numbers of events whose conditions are translated together: the cells of a matrix, and each other event."""
    cells: dict[tuple[tuple[str, str], ...], list[int]] = {}
    for number, event in enumerate(events):
        if event.in_matrix:
            cells.setdefault(tuple(conditions(event.emit).items()), []).append(number)
        else:
            yield [number]
    yield from cells.values()


def _condition(scope: Scope, when: str) -> str:
    node = parsed(when, scope.constants)
    return truth(node, ExpressionTranslator(scope).scalar(node))
