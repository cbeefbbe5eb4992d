"""Begins subjects: their first values and their first state."""

from __future__ import annotations

from doge_datagen.engine.codegen import kept_initial_texts, starts
from doge_datagen.engine.initial_states import initial_states
from doge_datagen.engine.interpreted.model_code import Attributes, Code
from doge_datagen.language.scope import attribute_code
from doge_datagen.numeric.calendar import bisect_right
from doge_datagen.numeric.functions import draw, unit
from doge_datagen.program.program import Program


class NewSubjects:
    """Gives subjects their first values and their first state.

    Args:
        program: the model.
        code: its functions.
    """

    def __init__(self, program: Program, code: Code) -> None:
        self._code = code
        self._starts = starts(program)
        arrives = program.spec.population.arrive is not None
        # Where subjects arrive, no strings are built before the run: the values in them are kept as hidden attributes.
        self._kept = list(kept_initial_texts(program)) if arrives else []
        self._initial = initial_states(program.spec.population)

    def present_from_start(self, index: int) -> Attributes:
        """A subject that is there from the start.

        Raises:
            CalculationError: one of its first values cannot be calculated.
        """
        attributes = self._code.subject(index)
        self._set_first_values(attributes, 0)
        return attributes

    def begin(self, attributes: Attributes, tick: int) -> int:
        """Begin a subject that arrives at a tick; return its first state, by its position among the initial states.

        Raises:
            CalculationError: one of its first values cannot be calculated.
        """
        self._set_first_values(attributes, tick)
        return self._position(attributes)

    def state(self, attributes: Attributes) -> int:
        """The number of the first state of a subject."""
        return self._initial.states[self._position(attributes)]

    def _set_first_values(self, attributes: Attributes, tick: int) -> None:
        """Compute the first values of a subject, except for strings that are composed before the run."""
        for name, function in self._starts.items():
            path = f"subjects.attributes.{name}"
            attributes[attribute_code(name)] = self._code.call(function, attributes, tick, path)
        for name, function, kept in self._kept:
            values = self._code.call(function, attributes, tick, f"subjects.attributes.{name}")
            attributes.update(zip(kept, values, strict=True))

    def _position(self, attributes: Attributes) -> int:
        limits, _, drawn_for = self._initial
        key0, key1 = self._code.key(attributes)
        if not limits:
            return 0
        return int(bisect_right(limits, unit(draw(key0, key1, attributes["subject"], 0, drawn_for, 0))))
