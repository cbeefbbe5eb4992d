"""Check the clock, the time zone, and that transitions which leave one state can compete; locate cells of a matrix."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import log1p

from doge_datagen.errors import ModelError, Problem, did_you_mean
from doge_datagen.language.time.units import duration_text
from doge_datagen.language.time.zones import zone_of
from doge_datagen.model.clock import ENDLESS, Clock
from doge_datagen.model.coercion import whole_number
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
    # Only constants are known here; shares that are expressions are checked in the run.
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
    # -ln(1 - p) per tick has the same probability of staying. log1p, as 1 - p rounds for the small p that rates
    # replace.
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


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_MOMENT = (datetime.min.replace(tzinfo=UTC) - EPOCH) // timedelta(milliseconds=1)
LAST_MOMENT = (datetime.max.replace(tzinfo=UTC) - EPOCH) // timedelta(milliseconds=1)


def zone_problems(zone: str) -> Iterator[Problem]:
    """Check the name of a time zone."""
    try:
        zone_of(zone)
    except ValueError as error:
        yield Problem(("zone",), str(error))


def clock_problems(clock: Clock) -> Iterator[Problem]:
    """Check a clock, which depends on nothing else in the model."""
    yield from _whole(("clock", "start"), clock.start, FIRST_MOMENT, LAST_MOMENT + 1)
    yield from _whole(("clock", "tick"), clock.tick_ms, 1, LAST_MOMENT)
    yield from _whole(("clock", "ticks"), clock.ticks, 0, ENDLESS + 1)
    yield from _whole(("clock", "warm_up"), clock.warm_up, 0, LAST_MOMENT)
    yield from _time_has_room(clock)


def _whole(path: tuple[str, ...], value: object, at_least: int, below: int) -> Iterator[Problem]:
    try:
        whole_number("", value, at_least=at_least, below=below)
    except ModelError as error:
        yield Problem(path, str(error).removeprefix(": "))


def _time_has_room(clock: Clock) -> Iterator[Problem]:
    if not all(isinstance(number, int) for number in (clock.start, clock.tick_ms, clock.ticks, clock.warm_up)):
        return  # reported already
    # Years of more than four digits have no form in ISO 8601, nor in most destinations. A start beyond is reported
    # already.
    if clock.ticks < ENDLESS and clock.timestamp(clock.ticks) > LAST_MOMENT >= clock.start:
        most = (LAST_MOMENT - clock.start) // clock.tick_ms
        hint = f"give {most} or fewer" if most else "let them start earlier"
        yield Problem(("clock", "ticks"), f"{clock.ticks} ticks end after the year 9999. Hint: {hint}")
    if clock.start - clock.warm_up < FIRST_MOMENT <= clock.start:
        yield Problem(("clock", "warm_up"), "begins before the year 1. Hint: give a shorter one")


def warm_up_problems(clock: Clock) -> Iterator[Problem]:
    """Check that a warm-up is a number of ticks."""
    tick, given = clock.attempt_ms or clock.tick_ms, clock.warm_up
    if isinstance(given, int) and isinstance(tick, int) and tick > 0 and given % tick:
        problem = f"{duration_text(given)} is not a whole number of ticks of {duration_text(tick)}"
        yield Problem(("clock", "warm_up"), f"{problem}. Hint: give a multiple of clock.tick")


Path = tuple[str | int, ...]


def placed(path: Path, transitions: Sequence[Transition]) -> Path:
    """The path of a problem; for a transition that a matrix has made, its cell, its row, or a key of the matrix.

    >>> from doge_datagen.model.transition import Matrix
    >>> placed(('transitions', 0, 'weight'), [*Matrix({'home': {'song': -1}}).transitions()])
    ('matrix', 'weights', 'home', 'song')
    """
    match path:
        case ("transitions", int(number), *below) if transitions[number].in_matrix:
            return _in_matrix(transitions[number], below)
    return path


def distinct(problems: Iterable[Problem], transitions: Sequence[Transition]) -> Iterator[Problem]:
    """The problems at their places; one that all cells of a row or a matrix have in common is reported once."""
    seen: set[Problem] = set()
    for each in problems:
        problem = replace(each, path=placed(each.path, transitions))
        # A mistake of a matrix would be reported for each of its cells.
        if problem not in seen:
            seen.add(problem)
            yield problem


def _in_matrix(cell: Transition, below: Sequence[str | int]) -> Path:
    match below:
        case ["do" | "emit", *_]:
            return ("matrix", *below)
        case ["from", *_]:
            return ("matrix", "weights", cell.source)
    return ("matrix", "weights", cell.source, cell.target)
