"""Collect the problems of a population's expressions and actions with their paths, so that all are reported at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from doge_datagen.errors import Problem
from doge_datagen.language.errors import ExpressionError, FollowUpError
from doge_datagen.language.function_source import file_of
from doge_datagen.language.parse import TOO_DEEP
from doge_datagen.model.spec import Population
from doge_datagen.program.time.checks import placed

MOST_OF_A_KIND = 100
"""How many problems one check reports at most."""
Made = TypeVar("Made")
Path = tuple[str | int, ...]
Attempt = Callable[[Path, Callable[[], Made]], Made | None]
"""Translates the expression at a path of the model; returns None if it is wrong, and records why."""


class ProblemCollection:
    """The problems found so far while the expressions and actions of a population are translated.

    Attributes:
        found: the problems.

    Args:
        population: the population; problems of its actions that are Python functions name the file.
    """

    def __init__(self, population: Population) -> None:
        self.found: list[Problem] = []
        self._transitions, self._events = population.transitions, population.events

    def attempt(self, path: Path, make: Callable[[], Made]) -> Made | None:
        """What a translation makes of the expression at a path; None if it is wrong, which is recorded."""
        if len(self.found) > MOST_OF_A_KIND:
            return None  # the report is cut off here anyway, and thousands of hints would take minutes
        try:
            return make()
        except ExpressionError as refused:
            self.add(path, refused)
        except RecursionError:
            self.add(path, ExpressionError(None, TOO_DEEP))
        return None

    def add(self, path: Path, refused: ExpressionError) -> None:
        """Record an error of the expression at a path, unless it only follows from another."""
        if isinstance(refused, FollowUpError):
            return
        position = int(path[1]) if path[0] == "transitions" else len(self._events) - 1
        file = file_of(self._events[position].do) if path[-1] == "do" else ""
        problem = Problem(placed(path, self._transitions), refused.message, refused.line, refused.column, file)
        if problem not in self.found:  # the cells of a matrix share their action
            self.found.append(problem)
