"""Translate when subjects leave a state and which way: rates, dwell times and weights, timers, moments and branches."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

from doge_datagen.language import types
from doge_datagen.language.constants import parsed
from doge_datagen.language.errors import ExpressionError
from doge_datagen.language.expressions import ExpressionTranslator
from doge_datagen.language.operators import as_float, convert, source, truth
from doge_datagen.language.scope import INCIDENTS, Scope
from doge_datagen.language.time.units import UNITS
from doge_datagen.language.types import BOOLEAN, DURATION, FLOAT, TIMESTAMP, Typed, a
from doge_datagen.model.spec import Spec
from doge_datagen.model.transition import REST, STAY, Transition
from doge_datagen.program.constant_values import constant_value
from doge_datagen.program.events import entered_by_arrival
from doge_datagen.program.problem_collection import Attempt, Path
from doge_datagen.program.time.timing import (
    AFTER,
    AT,
    EVERY,
    PROBABILITY,
    RATE,
    WEIGHT,
    Arrivals,
    Exit,
    Located,
    Timing,
)

Expression = str | float | bool
ScopeFor = Callable[..., Scope]
"""Makes a scope from the names of what draws are made for; ``lasting=True`` leaves out the time and all draws."""
MOST_ARRIVALS = 100_000_000
"""How many subjects can arrive in one hour: they are sorted together."""
HOUR = 3_600_000
EXAMPLES = {RATE: "3/d or 1/(8 h)", AFTER: "30 min", EVERY: "8 h", "dwell": "lognormal(median=20 s, sigma=1.2)"}


@dataclass(frozen=True, slots=True)
class TimingTranslation:
    """Translates the timing of a model.

    Attributes:
        spec: the model.
        attempt: translates one expression, and records what is wrong with it.
        scope: what an expression may use.
        purpose: makes a number that makes draws independent of all others, from the names of what they are made for.
        referenced: whether others name the subjects, even after these have left.
    """

    spec: Spec
    attempt: Attempt[Typed]
    scope: ScopeFor
    purpose: Callable[..., int]
    referenced: bool = False

    def timing(self) -> Timing:
        """The timing; use it only if nothing was wrong."""
        dwells = tuple(self._dwell(state) for state in self.spec.population.states)
        exits = [it for number, each in enumerate(self.spec.population.transitions) for it in self._exits(number, each)]
        # A stable sort: within a state the order of the model stays, on which cumulated shares and so the draws depend.
        exits.sort(key=lambda it: it.state)
        of_rhythms = tuple(self.purpose("timing", "rhythm", str(name)) for name in self.spec.rhythms)
        tick = self.spec.clock.attempt_ms or 1
        parts = (dwells, tuple(exits), tick, self.purpose("timing"), of_rhythms, self._arrivals())
        return Timing(*parts, tuple(self.spec.population.states))

    def _arrivals(self) -> Arrivals | None:
        population, names = self.spec.population, list(self.spec.rhythms)
        given = population.arrive
        if given is None:
            return None
        rate = self.attempt(
            (*population.path_of_arrival, "rate"),
            partial(_constant_rate, self.scope_of_arrivals, population.attributes, given.rate),
        )
        # An unknown rhythm is reported elsewhere; here it must not be an exception.
        rhythm = names.index(given.rhythm) if given.rhythm in names else None
        reached = entered_by_arrival(self.spec, referenced=self.referenced)
        states = tuple(population.states.index(it) for it in reached if it in population.states)
        purposes = self.purpose("arrive", "count"), self.purpose("arrive", "moment")
        found, number = rate or Typed("0.0", FLOAT, constant=0.0), len(population.transitions)
        varying = found.code if found.constant is None else ""
        return Arrivals(float(found.constant or 0.0), rhythm, number, states, *purposes, varying=varying)

    @property
    def scope_of_arrivals(self) -> Scope:
        """Nothing: the rate of arrivals is constant."""
        return replace(self.scope(lasting=True), names={})

    def _dwell(self, state: str) -> Located | None:
        given = self.spec.population.dwells.get(state)
        if given is None:
            return None
        scope = self.scope("states", state, "dwell")
        found = self._located(("states", state, "dwell"), f"states.{state}.dwell", partial(_duration, scope, given))
        return self._with_rhythm(found, self.spec.population.dwell_rhythms.get(state))

    def _with_rhythm(self, amount: Located, name: str | None) -> Located:
        names = list(self.spec.rhythms)
        return replace(amount, rhythm=names.index(name)) if name in names else amount

    def _exits(self, number: int, transition: Transition) -> Iterator[Exit]:
        if not _is_complete(self.spec, transition):
            return  # reported by the checks
        kind, given = next(iter(transition.causes.items()))
        sources = self.spec.population.sources(transition)
        shown_path = _shown_path(transition)
        amount = self._amount(number, transition, kind, given)
        when = None
        if transition.when is not None:
            when = self._when(number, transition, transition.when, lasting=kind == RATE)
        targets, shares = self._branches(number, transition, shown_path)
        for state in sources:
            yield Exit(number, self.spec.population.states.index(state), kind, amount, when, targets, shares)

    def _amount(self, number: int, transition: Transition, kind: str, given: Expression) -> Located:
        shown_path = _shown_path(transition) if transition.in_matrix else f"{_shown_path(transition)}.{kind}"
        # A constant keeps its exact decimal fraction, which the float of an expression would have lost.
        if transition.percent is not None:
            return Located(shown_path, Typed(repr(transition.chance), FLOAT, constant=transition.chance))
        make = MAKERS.get(kind, _duration)
        scope = self.scope("transitions", *_named(transition), kind, lasting=kind in (RATE, AT, PROBABILITY))
        found = self._located(("transitions", number, kind), shown_path, partial(make, scope, given))
        return self._with_rhythm(found, transition.rhythm)

    def _when(self, number: int, transition: Transition, given: Expression, *, lasting: bool) -> Located:
        scope = self.scope("transitions", *_named(transition), "when", lasting=lasting)
        make = partial(_condition, scope, given)
        return self._located(("transitions", number, "when"), f"transitions.{transition.trigger}.when", make)

    def _branches(
        self, number: int, transition: Transition, shown_path: str
    ) -> tuple[tuple[int | None, ...], tuple[Located, ...]]:
        """The states that a transition may lead to, and the shares with which it does."""
        states, to = self.spec.population.states, transition.to_state
        if not isinstance(to, Mapping):
            return (None if to is None else states.index(to),), ()
        targets = tuple(None if it == STAY else states.index(it) for it in to)
        scope = self.scope("transitions", *_named(transition), "to")
        given = {
            it: self._located(
                ("transitions", number, "to", it), f"{shown_path}.to.{it}", partial(_weight, scope, share)
            )
            for it, share in to.items()
            if share != REST
        }
        rest = f"(1.0 - ({' + '.join(it.code for it in given.values()) or '0.0'}))"
        shares = [given.get(it) or Located(f"{shown_path}.to.{it}", Typed(rest, FLOAT)) for it in to]
        return targets, tuple(_folded(shares, given))

    def _located(self, path: Path, shown_path: str, make: Callable[[], Typed]) -> Located:
        return Located(shown_path, self.attempt(path, make) or Typed("0.0", FLOAT))


def _shown_path(transition: Transition) -> str:
    """Where a transition is, for errors of a run."""
    if transition.in_matrix:
        return f"matrix.weights.{transition.source}.{transition.target}"
    return f"transitions.{transition.trigger}"


def _is_complete(spec: Spec, transition: Transition) -> bool:
    """Whether a transition says when it happens, and all its states exist."""
    ends = spec.population.ends(transition)
    states = (*ends["from_state"], *ends["to_state"])
    return len(transition.causes) == 1 and all(isinstance(it, str) and it in spec.population.states for it in states)


def _folded(shares: list[Located], given: Mapping[str, Located]) -> Iterator[Located]:
    """The shares, with the rest as a constant if all others are constants."""
    constants = [it.typed.constant for it in given.values()]
    for it in shares:
        if it.typed.constant is None and all(isinstance(one, int | float) for one in constants):
            # Calculated in the same order as the generated code would, so that both give the same bits.
            rest = 1.0 - sum(one for one in constants if isinstance(one, int | float))
            yield replace(it, typed=Typed(repr(rest), FLOAT, constant=rest))
        else:
            yield it


def _named(transition: Transition) -> tuple[str, str]:
    """What names the draws of a transition: the states it leaves, and its trigger."""
    given = transition.from_state
    return given if isinstance(given, str) else ",".join(given), transition.trigger


def _rate(scope: Scope, given: Expression) -> Typed:
    node = parsed(given, scope.constants)
    found = ExpressionTranslator(scope).scalar(node)
    if found.kind != types.RATE:
        problem = f"{source(node)} is {a(found.kind)}, not a number per unit of time"
        raise ExpressionError(node, f"{problem}. Hint: write a rate such as {EXAMPLES[RATE]}")
    return _not_negative(scope, node, found)


def _constant_rate(scope: Scope, attributes: Collection[str], given: Expression) -> Typed:
    node = parsed(given, scope.constants)
    for it in ast.walk(node):
        if isinstance(it, ast.Name) and it.id in attributes and it.id not in UNITS:
            problem = f"{it.id!r} is an attribute of those who arrive, and the rate is the same for all"
            raise ExpressionError(it, f"{problem}. Hint: give a constant one, such as 200/d")
    found, value = _rate(scope, given), constant_value(scope, node)
    # The engine calculates the rate anew whenever an incident begins or ends; between them it is constant.
    if value is None and INCIDENTS in found.code:
        return found
    if value is None:
        problem = f"{source(node)} is not a constant number per unit of time"
        raise ExpressionError(node, f"{problem}. Hint: give one such as 200/d; a rhythm makes it vary")
    # Negated, so that nan is refused, too.
    if not value * HOUR <= MOST_ARRIVALS:
        raise ExpressionError(node, f"{source(node)} is too large. Hint: give {MOST_ARRIVALS:,} per hour or less")
    return _not_negative(scope, node, replace(found, constant=value))


def _weight(scope: Scope, given: Expression) -> Typed:
    node = parsed(given, scope.constants)
    found = ExpressionTranslator(scope).scalar(node)
    code = as_float(node, found)  # first, as a string may be a constant, too
    constant = None if found.constant is None else float(found.constant)
    return _not_negative(scope, node, Typed(code, FLOAT, constant=constant))


def _probability(scope: Scope, given: Expression) -> Typed:
    node = parsed(given, scope.constants)
    found = ExpressionTranslator(scope).scalar(node)
    if found.kind == BOOLEAN:
        hint = f"begin 'do' with require({source(node)}), or write 50 if {source(node)} else 0"
        raise ExpressionError(node, f"{source(node)} is a condition, not a percentage. Hint: {hint}")
    return _weight(scope, given)


def _duration(scope: Scope, given: Expression) -> Typed:
    node = parsed(given, scope.constants)
    return _not_negative(scope, node, convert(node, ExpressionTranslator(scope).scalar(node), DURATION))


def _moment(scope: Scope, given: Expression) -> Typed:
    node = parsed(given, scope.constants)
    return convert(node, ExpressionTranslator(scope).scalar(node), TIMESTAMP)


def _condition(scope: Scope, given: Expression) -> Typed:
    node = parsed(given, scope.constants)
    return Typed(truth(node, ExpressionTranslator(scope).scalar(node)), BOOLEAN)


def _not_negative(scope: Scope, node: ast.expr, found: Typed) -> Typed:
    if (constant_value(scope, node) or 0) < 0:
        raise ExpressionError(node, f"{source(node)} is negative. Hint: give 0 or more")
    return found


MAKERS: Mapping[str, Callable[[Scope, Expression], Typed]] = {
    RATE: _rate,
    WEIGHT: _weight,
    AT: _moment,
    PROBABILITY: _probability,
}
"""By what makes a transition happen, how that is translated; anything else is a duration."""
