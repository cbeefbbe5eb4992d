"""Translate the actions of a population's events; the cells of a matrix share theirs."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from doge_datagen.language.actions import Action, action, never_rejected
from doge_datagen.language.assignments import assignments, misspelt
from doge_datagen.language.constants import with_constants
from doge_datagen.language.function_source import body_of, invalid_targets, subject_in
from doge_datagen.language.types import Typed
from doge_datagen.model.arrival import NOWHERE
from doge_datagen.model.transition import Transition
from doge_datagen.program.population_model import PopulationModel
from doge_datagen.program.problem_collection import ProblemCollection
from doge_datagen.program.scopes import Scopes

Body = Sequence[ast.stmt]
Do = str | Callable[..., Any] | None  # Any: Python functions are read, never called


class ActionTranslation:
    """Parses the actions of a population when it is created, and translates them when the attributes are known.

    Attributes:
        bodies: for each event, the statements of its action.
        assigned: the names that some action assigns, attributes and variables alike.
        is_complete: whether all actions have been parsed.

    Args:
        model: the model as the population sees it.
        problems: those found so far; there are none yet.
        scopes: what expressions may use.
    """

    def __init__(self, model: PopulationModel, problems: ProblemCollection, scopes: Scopes) -> None:
        self._model, self._problems, self._scopes = model, problems, scopes
        self.bodies = self._parsed()
        distinct = {id(body): body for body in self.bodies}.values()
        self.assigned = dict.fromkeys(name for body in distinct for name, _ in assignments(body))
        self.is_complete = not problems.found
        self._targets: dict[str, Typed] = {}

    def actions(self) -> tuple[Action | None, ...]:
        """The action of each event.

        Their draws need no purposes of their own: a subject takes one transition per moment.
        """
        readable, events = self._scopes.readable, self._model.events
        self._targets = {name: readable[name] for name in self.assigned if name in readable}
        found = {number: self._action(number, [it]) for number, it in enumerate(events) if not it.in_matrix}
        shared: dict[Do, list[int]] = {}
        for number, event in enumerate(events):
            if event.in_matrix:
                shared.setdefault(event.do, []).append(number)
        for cells in shared.values():
            found |= dict.fromkeys(cells, self._action(cells[0], [events[number] for number in cells]))
        return tuple(found[number] for number in range(len(events)))

    def _parsed(self) -> list[Body]:
        """The statements of each action; those of the cells of a matrix are parsed once."""
        shared: dict[Do, Body] = {}
        bodies = []
        for position, event in enumerate(self._model.events):
            # A matrix of 100 states has 10,000 cells, all of which have one action.
            if event.in_matrix and event.do in shared:
                bodies.append(shared[event.do])
            else:
                bodies.append(self._body(position, event))
                shared |= {event.do: bodies[-1]} if event.in_matrix else {}
        return bodies

    def _body(self, position: int, event: Transition) -> Body:
        if event.do is None:
            return ()
        taken = {*self._model.population.attributes, *self._model.spec.constants}
        body = self._problems.attempt(self._path(position), partial(body_of, event.do or "", taken)) or ()
        return [with_constants(it, self._model.constants) for it in body]

    def _action(self, position: int, transitions: Sequence[Transition]) -> Action | None:
        """The action that some transitions have in common; the first of them stands at the position."""
        body, attributes, transition = self.bodies[position], self._model.population.attributes, transitions[0]
        if not body:
            return None
        scope, path = self._scopes.of_action(transitions, self._targets), self._path(position)
        arrives = transition.from_state == NOWHERE
        if arrives:
            self._problems.attempt(path, partial(never_rejected, body))
        found = self._problems.attempt(path, partial(action, body, scope, rejects=not arrives))
        strange = invalid_targets(transition.do, attributes)
        unread = misspelt(body, attributes, kept=strange, before=subject_in(transition.do))
        for refused in (*(found[1] if found else ()), *strange.values(), *unread):
            self._problems.add(path, refused)
        return found[0] if found else None

    def _path(self, position: int) -> tuple[str | int, ...]:
        return (*self._model.population.path_of_event(position), "do")
