"""The kernel that walks subjects, and what is kept of each of them."""

from __future__ import annotations

from typing import Any, Protocol

from doge_datagen.engine.codegen import assigned
from doge_datagen.engine.compiled.kernel_source import kernel
from doge_datagen.engine.compiled.subject_columns import SubjectColumns
from doge_datagen.engine.compiled.timed_kernel import timed_kernel
from doge_datagen.engine.initial_states import machine_of, transition_label
from doge_datagen.engine.waiting.plan_arrays import plan_arrays
from doge_datagen.engine.waiting.timed_waits import TimingSource
from doge_datagen.engine.waiting.transition_plan import plan
from doge_datagen.program.program import Program

BUCKETS = 2**16
"""How many buckets the events of a window are counted in, if its ticks are many more than its events."""


class Lives(Protocol):
    """The state of all subjects, and how they are walked.

    Attributes:
        kernel: the source code of the kernel.
        columns: what is kept of each subject.
    """

    kernel: str
    columns: SubjectColumns

    def plan(self, shift: int) -> tuple[Any, ...]:
        """What the kernel looks up; ``shift`` says that a bucket of its tallies has 2**shift ticks."""

    def shift(self, ticks: int) -> int:
        """The shift for a window of so many ticks."""

    def place(self, location: int) -> str:
        """The location in the model of a fault: a transition, or an expression."""


class PlannedLives:
    """Subjects whose transitions have constant probabilities per tick: how they wait is known before the run."""

    def __init__(self, program: Program, count: int) -> None:
        spec = program.spec
        machine, numbers = machine_of(spec.population, spec.population.transitions)
        self.kernel = kernel(program)
        self._spec = spec
        self._plan = tuple(plan_arrays(plan(machine), numbers))
        self.columns = SubjectColumns(program, count)

    def plan(self, _shift: int) -> tuple[Any, ...]:
        """The plan as arrays."""
        return self._plan

    def shift(self, ticks: int) -> int:
        """0, as windows have few ticks; if nothing ever happens they have many, and one bucket."""
        return 0 if self._spec.population.events else ticks.bit_length()

    def place(self, location: int) -> str:
        """The transition with this number."""
        return transition_label(self._spec.population, location)


class TimedLives:
    """Subjects that do something at any moment: how they wait is calculated while they are walked."""

    def __init__(self, program: Program, count: int) -> None:
        timing = program.timing
        assert timing is not None  # noqa: S101 - the caller has checked it; for the type checker
        self._source = TimingSource(timing, assigned(program))
        self._spec = program.spec
        self.kernel = timed_kernel(program, timing, self._source)
        self.columns = SubjectColumns(program, count)

    def plan(self, shift: int) -> tuple[Any, ...]:
        """Only the shift: the rest is code."""
        return (shift,)

    def shift(self, ticks: int) -> int:
        """The smallest shift with at most ``BUCKETS`` buckets."""
        return max(0, (ticks - 1).bit_length() - (BUCKETS - 1).bit_length())

    def place(self, location: int) -> str:
        """The transition with this number, or the expression of the timing that a negative number names."""
        return self._source.place_of(location) if location < 0 else transition_label(self._spec.population, location)


def lives_of(program: Program, count: int) -> Lives:
    """So many subjects of a program."""
    return PlannedLives(program, count) if program.timing is None else TimedLives(program, count)
