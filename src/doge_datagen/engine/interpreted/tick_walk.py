"""Walks the subjects of a model whose transitions have constant probabilities per tick."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from doge_datagen.engine.initial_states import machine_of
from doge_datagen.engine.interpreted.lookahead import SIZES, LookaheadSizes
from doge_datagen.engine.interpreted.model_code import Attributes
from doge_datagen.engine.interpreted.timed_walk import Attempt
from doge_datagen.engine.interpreted.walk import Subjects, Walk
from doge_datagen.model.transition import Transition
from doge_datagen.program.program import Program, purpose

Integers = npt.NDArray[Any]  # Any: of different sizes


class TickWalk:
    """The walk of Python subjects through a model: its transitions call back to attempt a way.

    Args:
        program: the model.
        subjects: the subjects.
        states: the first state of each.
        seed: 64 bits.
        attempt: attempts a way.
        indexes: the indexes of the subjects.
        lookahead: how far to look ahead.

    Attributes:
        states: by subject, its state.
    """

    def __init__(
        self,
        program: Program,
        subjects: Sequence[Attributes],
        states: Sequence[int],
        seed: int,
        attempt: Attempt,
        indexes: range,
        lookahead: LookaheadSizes = SIZES,
    ) -> None:
        self._tick = 0
        self._attempt = attempt
        spec = program.spec
        transitions = [self._transition(number, it) for number, it in enumerate(spec.population.transitions)]
        machine, self._numbers = machine_of(spec.population, transitions)
        self._subjects = subjects
        self.states = list(states)
        population = Subjects(subjects, self.states)
        walk = purpose(spec.population, "walk")
        self._walk = Walk(machine, population, spec.clock, seed, walk, indexes, lookahead)

    @property
    def attempts(self) -> int:
        """How many transitions have been attempted so far, whether they happened or not."""
        return self._walk.attempts

    @property
    def counts(self) -> list[int]:
        """How often each transition has happened so far."""
        return [count for _, count in sorted(zip(self._numbers, self._walk.counts, strict=True))]

    def advance(self, end: int) -> Iterator[int]:
        """Walk up to a tick in pieces; after each, yield the tick up to which it has got."""
        for piece in self._walk.pieces(end):
            # The callback gets no time, so it is kept here.
            for tick in piece.ticks:
                self._tick = tick
            yield piece.window.end

    def columns(self) -> dict[str, Integers]:
        """By name what each subject remembers: when it wakes, what it attempts then, and how many draws it has made."""
        wakes, ways, steps = self._walk.pending()
        numbers = np.array([*self._numbers, -1], dtype=np.int32)  # -1 also if there are no transitions
        return {"wakes": wakes, "tries": numbers[ways], "steps": steps}

    def subjects(self) -> Sequence[Attributes]:
        """The subjects in the order of their indexes."""
        return self._subjects

    def restore(self, columns: Mapping[str, Integers], _subjects: Sequence[Attributes]) -> None:
        """Continue from what :meth:`columns` returned, with the subjects that it has."""
        indexes = {number: index for index, number in enumerate(self._numbers)}
        # Whoever never wakes has no transition; any way will do, as it is never attempted.
        ways = np.array([indexes.get(number, 0) for number in columns["tries"].tolist()], dtype=np.int64)
        self._walk.continue_from(columns["wakes"].copy(), ways, columns["steps"].copy())

    def _transition(self, number: int, given: Transition) -> Transition:
        """A transition for the walk, whose callback attempts it."""
        return Transition(given.trigger, given.source, given.target, given.chance, partial(self._act, number))

    def _act(self, number: int, attributes: Attributes, _: Transition) -> bool:
        return self._attempt(number, number, attributes, self._tick)
