"""How a subject begins in plain Python: its first values and its first state."""

from __future__ import annotations

from collections.abc import Sequence

from doge_datagen.engine.codegen import starts, texts_kept
from doge_datagen.engine.initial_states import initial_states
from doge_datagen.engine.interpreted.model_code import Code, Life
from doge_datagen.language.scope import attribute_code
from doge_datagen.numeric.calendar import place_of
from doge_datagen.numeric.functions import draw, unit
from doge_datagen.program.program import Program


class NewSubjects:
    """Gives subjects their first values and their first state.

    Args:
        program: the model.
        seed: 64 bits.
    """

    def __init__(self, program: Program, seed: int) -> None:
        self._starts = starts(program)
        arrives = program.spec.population.arrive is not None
        self._kept = list(texts_kept(program)) if arrives else []
        self._initial = initial_states(program.spec.population)
        self._key = seed & 0xFFFFFFFF, seed >> 32

    def values(self, code: Code, life: Life, tick: int) -> None:
        """Compute the first values of a subject at a tick, except for strings that are composed before the run.

        Raises:
            CalculationError: one of them cannot be calculated.
        """
        for name, function in self._starts.items():
            life[attribute_code(name)] = code.call(function, life, tick, f"subjects.attributes.{name}")
        for name, function, kept in self._kept:
            life.update(zip(kept, code.call(function, life, tick, f"subjects.attributes.{name}"), strict=True))

    def place(self, subject: int, key: Sequence[int] | None = None) -> int:
        """The first state of a subject, by its position among the initial states.

        Args:
            subject: its index, or that of its root.
            key: the key of its draws if that is not the seed.
        """
        limits, _, drawn_for = self._initial
        key0, key1 = key or self._key
        return int(place_of(limits, unit(draw(key0, key1, subject, 0, drawn_for, 0)))) if limits else 0

    def state(self, subject: int) -> int:
        """The number of the first state of a subject."""
        return self._initial.states[self.place(subject)]
