"""The subjects of a run as the user's factory makes them, and where each of them is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from doge_datagen.engine.interpreted import Population
from doge_datagen.errors import ModelError


def create_population(create: Callable[[], Any], count: int, state: int) -> Population:
    """``count`` subjects, all in one state.

    Raises:
        ModelError: ``create`` gives nothing, or the same object twice.
        Exception: whatever ``create`` raises.
    """
    subjects: list[Any] = []
    seen: dict[int, int] = {}
    for index in range(count):
        subject = create()
        if subject is None:
            raise ModelError("subject_factory.create", f"returned None for subject {index}; return a new subject")
        if seen.setdefault(id(subject), index) != index:
            problem = f"gave the same object for subjects {seen[id(subject)]} and {index}: {subject!r}"
            raise ModelError("subject_factory.create", f"{problem}; make a new one in each call")
        subjects.append(subject)
    return Population(subjects, [state] * count)


class SubjectsStates(Mapping[Any, str]):
    """A live view of which state each subject is in; subjects are told apart by identity and need no hash."""

    def __init__(self, population: Population, names: Sequence[str]) -> None:
        self._population = population
        self._names = names
        self._index: dict[int, int] = {}

    def __getitem__(self, subject: Any) -> str:
        if not self._index:
            self._index = {id(known): index for index, known in enumerate(self._population.subjects)}
        index = self._index.get(id(subject))
        if index is None:
            raise KeyError(subject)
        return self._names[self._population.states[index]]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._population.subjects)

    def __len__(self) -> int:
        return len(self._population.subjects)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({list(self.items())!r})"
