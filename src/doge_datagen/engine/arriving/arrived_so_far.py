"""When those have arrived whom a program draws: all of their population, whichever slice an engine simulates.

The moments take 8 bytes for each arrival, from the start of the run up to where an engine has come. They are in no
checkpoint, since they can be calculated again. Behind them stands one that never comes.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import Protocol

import numpy as np

from doge_datagen.engine.arriving.arrivals import ArrivalSchedule, ExpectedArrivals, Moments
from doge_datagen.errors import CalculationError
from doge_datagen.numeric.calendar import FAR
from doge_datagen.numeric.timelines import HOUR
from doge_datagen.program.fault_messages import fault_of_population
from doge_datagen.program.program import Program

ROOM = 1024
"""For how many moments a column has room; it doubles when it is full."""
MOST_EXPECTED = 2**20
"""How many at most stand for those who are expected to arrive, where subjects are only sampled."""


class ArrivedSoFar(Protocol):
    """The moments of all populations that a program draws from, as CPython reads them."""

    lists: tuple[array[int], ...]

    def reach(self, moment: int) -> int:
        """Extend the lists to a moment or further; return the first moment that they do not cover."""


class NextArrivals:
    """Gives the moments at which the subjects of a population arrive, hour by hour.

    Args:
        program: that of whoever draws them.
        name: the name of the population.
        seed: 64 bits.

    Raises:
        CalculationError: its rate cannot be calculated.
    """

    def __init__(self, program: Program, name: str, seed: int) -> None:
        self._population = name if name in program.arriving else None
        self._hour = self._count = 0
        try:
            self._schedule = ArrivalSchedule(program.of_arriving(name), seed)
        except CalculationError as fault:
            raise self._located(fault) from None

    @property
    def end(self) -> int:
        """The moment up to which they have been given."""
        return self._hour * HOUR

    def before(self, moment: int) -> Moments:
        """Those of all hours that begin before a moment, except for those that were given already.

        Raises:
            CalculationError: too many arrive in an hour.
        """
        found = [np.empty(0, np.int64)]
        while self.end < moment:
            try:
                found.append(self._schedule.moments(self._hour, self._count))
            except CalculationError as fault:
                raise self._located(fault) from None
            self._hour += 1
            self._count += len(found[-1])
        return np.concatenate(found)

    def _located(self, fault: CalculationError) -> CalculationError:
        """The error with its path in the whole model, if it is about another population."""
        return fault if self._population is None else fault_of_population(self._population, fault)


class ArrivedColumns:
    """The moments of all populations that a program draws from, as compiled code reads them.

    Args:
        program: the model.
        seed: 64 bits.
    """

    def __init__(self, program: Program, seed: int) -> None:
        self._next = [NextArrivals(program, name, seed) for name in program.data.arrived]
        self._columns = [np.full(ROOM, FAR, np.int64) for _ in self._next]
        self._counts = [0] * len(self._next)

    def __len__(self) -> int:
        return len(self._next)

    def until(self, moment: int) -> tuple[Moments, ...]:
        """The columns, each as far as to a moment, or further.

        Raises:
            CalculationError: too many arrive in an hour.
        """
        return tuple(self._column(number, it.before(moment)) for number, it in enumerate(self._next))

    def _column(self, number: int, more: Moments) -> Moments:
        column, count = self._columns[number], self._counts[number]
        end = self._counts[number] = count + len(more)
        # One row more than are known, for the moment that never comes: with it, a search needs no check for the end.
        if end >= len(column):
            self._columns[number] = np.full(max(end + 1, 2 * len(column)), FAR, np.int64)
            self._columns[number][:count] = column[:count]
        self._columns[number][count:end] = more
        # The kernel searches all of it, so it ends with what is known.
        return self._columns[number][: end + 1]


class ArrivedLists:
    """The same for CPython; the lists grow in place, so everybody who has one sees those who have arrived since.

    Args:
        program: the model.
        seed: 64 bits.
    """

    def __init__(self, program: Program, seed: int) -> None:
        self._next = [NextArrivals(program, name, seed) for name in program.data.arrived]
        self.lists = tuple(array("q", [FAR]) for _ in self._next)

    def reach(self, moment: int) -> int:
        """Extend the lists to a moment or further; return the first moment that they do not cover.

        Raises:
            CalculationError: too many arrive in an hour.
        """
        for found, it in zip(self.lists, self._next, strict=True):
            # The moment that never comes moves to the end.
            found.pop()
            found.frombytes(it.before(moment + 1).tobytes())
            found.append(FAR)
        return min((it.end for it in self._next), default=FAR)


class ExpectedLists:
    """The same where subjects are only sampled: others arrive when they are expected to, and stand for more if needed.

    Args:
        program: the model; its run has an end.
    """

    def __init__(self, program: Program) -> None:
        self.lists = tuple(map(array, "q" * len(program.data.arrived), _expected(program)))

    def reach(self, moment: int) -> int:  # noqa: ARG002 - as others have it
        """Nothing has to be extended."""
        return FAR


def _expected(program: Program) -> Iterator[list[int]]:
    for name in program.data.arrived:
        of = program.of_arriving(name)
        initially = [0] * of.spec.population.at_start
        yield [*initially, *ExpectedArrivals(of).moments(MOST_EXPECTED).tolist(), FAR]
