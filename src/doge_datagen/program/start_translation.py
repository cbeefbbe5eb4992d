"""Translate how the attributes of a population start, one after the other: each may use those before it."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import partial
from typing import TypeVar
from unicodedata import normalize

from doge_datagen.errors import did_you_mean
from doge_datagen.language.constants import parsed
from doge_datagen.language.errors import ExpressionError, FollowUpError, LaterValueError
from doge_datagen.language.subject_references import FirstValue
from doge_datagen.language.texts import Columns, Text
from doge_datagen.language.types import ANY_TEXT, KINDS
from doge_datagen.model.spec import Attribute
from doge_datagen.program.action_translation import ActionTranslation
from doge_datagen.program.events import texts_by_attribute
from doge_datagen.program.initial_values import NUMBERS, first_values, from_kept, kept_starts, stand_in, starts_of
from doge_datagen.program.population_model import PopulationModel
from doge_datagen.program.problem_collection import Path, ProblemCollection
from doge_datagen.program.program import Start
from doge_datagen.program.scopes import Scopes

Shown = TypeVar("Shown", int | Text, Text)


class StartTranslation:
    """Parses the starts of a population's attributes when it is created, and translates them in order.

    Args:
        model: the model as the population sees it.
        problems: those found so far.
        scopes: what expressions may use; each attribute is added.
        actions: the actions of the population, which say what strings an attribute can become.
    """

    def __init__(
        self, model: PopulationModel, problems: ProblemCollection, scopes: Scopes, actions: ActionTranslation
    ) -> None:
        self._model, self._problems, self._scopes = model, problems, scopes
        self._assigned = actions.assigned
        self._trees = {name: self._tree(name, it) for name, it in model.population.attributes.items()}
        self._texts = texts_by_attribute(model.population, self._trees, actions.bodies)
        if not actions.is_complete:
            self._texts = {name: texts | {ANY_TEXT} for name, texts in self._texts.items()}
        self._starts: dict[str, Start] = {}

    def starts(self) -> dict[str, Start]:
        """How each attribute starts; where subjects arrive, also the values that are kept of initial strings."""
        self._translate()
        if self._model.arrives:
            self._starts = {it.name: it for start in self._starts.values() for it in (start, *kept_starts(start))}
        return dict(self._starts)

    def first_values(self) -> Mapping[str, FirstValue]:
        """The first values of the attributes, as far as they can be calculated."""
        self._translate()
        rejected = {str(it.path[2]) for it in self._problems.found if it.path[:2] == ("subjects", "attributes")}
        rejected |= self._scopes.unknown
        return {name: it for name, it in first_values(self._starts.values()).items() if name not in rejected}

    def from_kept(self, part: Shown, columns: Columns) -> Shown:
        """A part of a record; where subjects arrive, initial strings are composed when they are shown."""
        return from_kept(part, columns, self._starts) if self._model.arrives else part

    def _tree(self, name: str, attribute: Attribute) -> ast.expr | None:
        """The syntax tree of an attribute's start; None if it has been rejected."""
        if (plain := normalize("NFKC", name)) != name:
            problem = f"{name!r} is read as {plain!r} in expressions. Hint: rename it to {plain!r}"
            self._problems.add(_path(name), ExpressionError(None, problem))
            return None
        if attribute.type not in (None, *KINDS):
            problem = f"{attribute.type!r} is not a type. Hint: {did_you_mean(attribute.type, KINDS)}"
            self._problems.add((*_path(name), "type"), ExpressionError(None, problem))
            return None
        return self._problems.attempt((*_path(name), "start"), partial(parsed, attribute.start, self._model.constants))

    def _translate(self) -> None:
        for name, attribute in self._model.population.attributes.items():
            start = self._problems.attempt((*_path(name), "start"), partial(self._start, name, attribute))
            if start is None and (attribute.values is not None or attribute.type in NUMBERS):
                start = stand_in(name, attribute)
            if start is not None:
                self._starts[name] = start
            self._scopes.define(name, start)

    def _start(self, name: str, attribute: Attribute) -> Start:
        node, lineage = self._trees[name], self._model.lineage
        if lineage is not None and name in (*lineage.given, *lineage.texts):
            return lineage.start(name, self._model.data)
        if node is None:
            raise FollowUpError(None, "its start has been rejected")
        scope = self._scopes.of_start(name)
        written = name in self._assigned
        try:
            *hidden, found = starts_of(name, attribute, node, scope, written=written, texts=self._texts[name])
        except LaterValueError as later:
            self._refuse_circle(name, later.node)
            raise
        self._starts |= {it.name: it for it in hidden}
        return found

    def _refuse_circle(self, name: str, later: ast.Name) -> None:
        """Raise an error if a later attribute that a first value uses needs it in turn: no order would be right."""
        if later.id == name:
            problem = f"{name!r} is used in its own first value"
            raise ExpressionError(later, f"{problem}. Hint: give a value without it; actions may change it")
        ways: dict[str, tuple[str, ...]] = {later.id: (name, later.id)}
        queue = [later.id]
        for user in queue:
            tree = self._trees.get(user)
            for used in () if tree is None else [it.id for it in ast.walk(tree) if isinstance(it, ast.Name)]:
                if used == name and self._scopes.unknown.intersection(ways[user]):
                    raise FollowUpError(later, "the circle has been reported")
                if used == name:
                    circle = " -> ".join((*ways[user], name))
                    problem = f"first values use each other in a circle: {circle}"
                    raise ExpressionError(later, f"{problem}. Hint: give one of them a value without the others")
                if used not in ways:
                    ways[used] = (*ways[user], used)
                    queue.append(used)


def _path(name: str) -> Path:
    return "subjects", "attributes", name
