"""Check that the transitions of a model that leave one state can compete with each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import log1p

from doge_datagen.errors import Problem, did_you_mean
from doge_datagen.model.reference_data import number_of
from doge_datagen.model.spec import Spec
from doge_datagen.model.transition import REST, STAY, Transition

DAY = 86_400_000


def timing_problems(spec: Spec) -> Iterator[Problem]:
    """Everything that is wrong with how a model's states are left, except for the expressions themselves."""
    for position, transition in enumerate(spec.population.transitions):
        yield from _has_one_cause(position, transition)
        yield from _branches(spec, position, transition)
    yield from _states_are_left_one_way(spec)
    yield from _dwells_and_weights_belong_together(spec)


def _has_one_cause(position: int, transition: Transition) -> Iterator[Problem]:
    causes = list(transition.causes)
    path = ("transitions", position)
    if not causes:
        hint = "give it a probability per tick, a rate such as 3/d, a weight, or after, every or at"
        yield Problem(path, f"says neither how often nor when it happens. Hint: {hint}")
    elif len(causes) > 1:
        yield Problem((*path, causes[1]), f"it has {' and '.join(causes)}. Hint: keep one of them")
    if "probability" in causes and transition.to_state is None:
        yield Problem(path, "'to' is missing. Hint: add it, such as 'to: online'")
    if transition.when is not None and "probability" in causes:
        hint = "give it a rate, or begin 'do' with require(...)"
        yield Problem((*path, "when"), f"a condition cannot be combined with a probability. Hint: {hint}")


def _branches(spec: Spec, position: int, transition: Transition) -> Iterator[Problem]:
    to, path = transition.to_state, ("transitions", position, "to")
    if not isinstance(to, Mapping):
        return
    for state in to:
        if state != STAY and state not in spec.population.states:
            hint = did_you_mean(state, (*spec.population.states, STAY))
            yield Problem((*path, state), f"{state!r} is not a state. Hint: {hint}")
    numbers = [it for share in to.values() if (it := number_of(share, spec.constants)) is not None]
    if list(to.values()).count(REST) > 1:
        yield Problem(path, f"{REST} is given twice. Hint: give one of the two a share")
    elif REST in to.values() and sum(numbers) > 1:
        yield Problem(path, f"the shares sum to {sum(numbers):g} and leave no rest. Hint: let them sum to 1 or less")
    elif not sum(numbers) and len(numbers) == len(to):
        yield Problem(path, "all shares are 0. Hint: give one that is above 0")


def _states_are_left_one_way(spec: Spec) -> Iterator[Problem]:
    """A state is left by probabilities alone, or by any mix of the others."""
    left: dict[str, list[tuple[int, Transition]]] = {}
    for position, transition in enumerate(spec.population.transitions):
        for state in spec.population.sources(transition):
            left.setdefault(state, []).append((position, transition))
    for state, leaving in left.items():
        ticks = [(position, it) for position, it in leaving if it.probability is not None]
        others = [it for _, it in leaving if it.probability is None]
        cells = [(position, it) for position, it in leaving if it.in_matrix]
        if ticks and cells:
            problem = f"{state!r} is left by a probability per tick too, by {ticks[0][1].trigger!r}"
            hint = f"give that {_as_rate(ticks[0][1].chance, spec.clock.attempt_ms or spec.clock.tick_ms)}"
            yield Problem(("transitions", cells[0][0], "from"), f"{problem}. Hint: {hint}")
        elif ticks and others:
            position, it = ticks[-1]
            problem = f"{state!r} is left by a probability per tick and by {next(iter(others[0].causes), 'another')}"
            hint = f"write {_as_rate(it.chance, spec.clock.attempt_ms or spec.clock.tick_ms)} instead"
            yield Problem(("transitions", position, "probability"), f"{problem}. Hint: {hint}")


def _as_rate(percent: float, tick_ms: int) -> str:
    """The rate with the same mean time until it happens, for small percentages."""
    if not 0 < percent < 100:
        return "a rate"
    return f"rate: {-log1p(-percent / 100) * DAY / tick_ms:.4g}/d"


def _dwells_and_weights_belong_together(spec: Spec) -> Iterator[Problem]:
    weighed: set[str] = set()
    for position, transition in enumerate(spec.population.transitions):
        if transition.weight is None:
            continue
        weighed.update(spec.population.sources(transition))
        for state in spec.population.sources(transition):
            if state in spec.population.states and state not in spec.population.dwells:
                hint = f"write {state}: {{dwell: 20 s}} in states, or give a rate instead"
                key = "from" if transition.in_matrix else "weight"
                yield Problem(("transitions", position, key), f"{state!r} has no dwell time. Hint: {hint}")
                break
    for state in spec.population.dwells:
        if state not in weighed:
            problem = f"no transition leaves {state!r} by weight when its dwell time ends"
            yield Problem(("states", state), f"{problem}. Hint: give one a weight, or use after")
