"""What the parts of a model mean, independent of how its code is written and put together."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from doge_datagen.errors import ModelError
from doge_datagen.language import parse
from doge_datagen.language.constants import with_constants
from doge_datagen.language.errors import ExpressionError
from doge_datagen.language.function_source import body_of
from doge_datagen.language.parse import canonical
from doge_datagen.model.spec import Attribute, Population, Spec, Stream
from doge_datagen.model.timelines import Incident
from doge_datagen.model.transition import Emission, Expression, Spawn, Transition, conditions
from doge_datagen.program.expression_names import constant_trees


def parts_of(spec: Spec) -> dict[str, Any]:
    """The meaning of each part of a model that decides its records, as lists, strings and numbers.

    Of several populations, it is a list of what the part is in each of them.

    Raises:
        ModelError: an action is a function whose source is not available.
    """
    constants = constant_trees(spec)
    each = [_of_population(_Meaning(population, constants)) for population in spec.populations]
    found = {part: [it[part] for it in each] if len(each) > 1 else each[0][part] for part in each[0]}
    meaning = _Meaning(spec.populations[0], constants)
    return {**found, "streams": [[name, meaning.stream(it)] for name, it in spec.streams.items()]}


def incidents_of(spec: Spec) -> list[Any]:
    """The meaning of each incident, whichever population there is."""
    meaning = _Meaning(spec.populations[0], constant_trees(spec))
    return [[name, *meaning.incident(it)] for name, it in spec.incidents.items()]


def _of_population(meaning: _Meaning) -> dict[str, Any]:
    population = meaning.population
    return {
        "subjects": [population.name, meaning.number(), meaning.attributes(), *filter(None, [population.zone])],
        "states": [meaning.state(state) for state in population.states],
        "initial": [[state, float(weight)] for state, weight in population.initial.items()],
        "transitions": [meaning.transition(it) for it in population.transitions],
    }


@dataclass(frozen=True, slots=True)
class _Meaning:
    population: Population
    constants: Mapping[str, ast.expr]

    def number(self) -> Any:
        """How many subjects there are, or how they arrive."""
        given = self.population.arrive
        if given is None:
            return self.population.count
        _, kind = self.population.path_of_arrival
        do = self._body(f"subjects.{kind}.do", given.do)
        number = [kind, given.initially, self._of(given.rate), given.rhythm, given.trigger, do]
        return [*number, self._emission(given.emit), *self._spawn(given.spawn)]

    def attributes(self) -> list[Any]:
        return [[name, self._attribute(it)] for name, it in self.population.attributes.items()]

    def _attribute(self, attribute: Attribute) -> list[Any]:
        return [self._of(attribute.start), attribute.type, attribute.values]

    def state(self, state: str) -> Any:
        """The name of a state, with its dwell time if it has one."""
        dwell = self.population.dwells.get(state)
        return state if dwell is None else [state, self._of(dwell), self.population.dwell_rhythms.get(state)]

    def incident(self, it: Incident) -> list[Any]:
        codes = [None if given is None else self._of(given) for given in (it.every, it.lasts, it.affects)]
        return [it.start, it.end, *codes, list(it.per), list(it.emit)]

    def transition(self, it: Transition) -> list[Any]:
        do = self._body(f"transitions.{it.trigger}.do", it.do)
        outputs = [self._emission(it.emit), *self._spawn(it.spawn)]
        lines = [] if it.lines is None else [{"lines": [self._of(it.lines.count), self._each(it.lines.fields)]}]
        return [it.trigger, it.from_state, self._to(it.to_state), *self._cause(it), do, *outputs, *lines]

    def _emission(self, emit: Emission) -> list[Any]:
        """The names of streams, each with its condition if it has one."""
        found = conditions(emit)
        return [[stream, self._of(found[stream])] if stream in found else stream for stream in emit]

    def _spawn(self, each: Sequence[Spawn]) -> list[Any]:
        """What an event spawns, if anything: identities of others are as they always were."""
        found = [[it.population, self._given(it.values), it.each or self._of(it.times)] for it in each]
        return [found] if found else []

    def _given(self, values: Mapping[str, Expression]) -> list[Any]:
        return [[name, self._of(it)] for name, it in values.items()]

    def _to(self, to: str | Mapping[str, Expression] | None) -> Any:
        """Where a transition leads. Its shares are as written, but for constants: identities always had them so."""
        return {state: self._share(it) for state, it in to.items()} if isinstance(to, Mapping) else to

    def _share(self, given: Expression) -> Any:
        tree = parse.expression(given) if isinstance(given, str) and self.constants else ast.Constant(given)
        before = ast.dump(tree)
        meant = with_constants(tree, self.constants)
        return given if ast.dump(meant) == before else ast.unparse(meant)

    def _cause(self, transition: Transition) -> list[Any]:
        """When it happens: the probability alone if it has nothing else, as identities always had it."""
        if transition.is_plain:
            return [float(transition.chance)]
        when = None if transition.when is None else self._of(transition.when)
        return [[[name, self._of(given)] for name, given in transition.causes.items()], when, transition.rhythm]

    def _body(self, path: str, do: str | Callable[..., Any] | None) -> Any:
        # The same names as in the translation: local variables of a function are renamed if they are taken, and must be
        # here as well.
        taken = {*self.population.attributes, *self.constants}
        try:
            return None if do is None else [canonical(with_constants(it, self.constants)) for it in body_of(do, taken)]
        except ExpressionError as refused:
            raise ModelError(path, refused.message) from None

    def stream(self, stream: Stream) -> list[Any]:
        key = None if stream.key is None else self._of(stream.key)
        return [self._each(stream.fields), key, self._each(stream.headers), *filter(None, [stream.each])]

    def _each(self, given: Mapping[str, Any]) -> list[Any]:
        return [[name, self._of(expression)] for name, expression in given.items()]

    def _of(self, given: Expression) -> Any:
        """The canonical form of an expression, which may be given as a plain number."""
        tree = parse.expression(given if isinstance(given, str) else repr(given))
        return canonical(with_constants(tree, self.constants))
