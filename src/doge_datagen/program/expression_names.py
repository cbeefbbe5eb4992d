"""The names of expressions: those that every action and field has, and checks of those that a model gives."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Set
from itertools import takewhile
from keyword import iskeyword
from math import isfinite
from unicodedata import normalize

from doge_datagen.errors import Problem
from doge_datagen.language.calls import FUNCTIONS, RESERVED
from doge_datagen.language.constants import length_of, trees_of
from doge_datagen.language.event_lines import LINE, LINES
from doge_datagen.language.scope import (
    HIDDEN_WORDS,
    ID,
    INDEX,
    NOW,
    ORDINAL_WORD,
    PARENT,
    POPULATION,
    RECENCY,
    TICK,
    WORDS,
    attribute_code,
)
from doge_datagen.language.time.units import UNITS
from doge_datagen.language.types import INTEGER, LARGEST, SMALLEST, TIMESTAMP, Typed
from doge_datagen.model.clock import Clock
from doge_datagen.model.spec import Population, Spec
from doge_datagen.model.transition import REST, Spawn
from doge_datagen.program.program import Start
from doge_datagen.program.spawning.lineage import ORDINAL

RESERVED_NAMES = frozenset([*WORDS, *RESERVED, "require"])
"""Names that always mean the same. An attribute hides all others, so that models keep working when there are more."""
OF_SUBJECTS = (POPULATION, ID, PARENT, ORDINAL_WORD)
TAKEN = RESERVED_NAMES.union(RECENCY, HIDDEN_WORDS, OF_SUBJECTS, FUNCTIONS, UNITS, (LINE, LINES, REST))
"""Names that mean something unless an attribute hides them; nothing that all populations share has one of them."""


def wrong_name(name: object, taken: Set[str] = RESERVED_NAMES, others: Mapping[str, str] | None = None) -> str:
    """What is wrong with the name of something that expressions use; empty if nothing is.

    Args:
        name: the name.
        taken: names that mean something in expressions.
        others: by name, what else in the model has it.

    >>> wrong_name('index'), wrong_name('price', others={'price': 'an attribute'})[:29]
    ("'index' already has a meaning in expressions. Hint: rename it", "'price' is an attribute, too.")
    """
    if not isinstance(name, str) or not name.isidentifier():
        return f"{name!r} cannot be a name in expressions. Hint: use letters, digits and _"
    # Python normalizes names in code (its language reference, "Identifiers and keywords"), so two spellings would be
    # one there and two here.
    if (read := normalize("NFKC", name)) != name:
        return f"{name!r} cannot be a name in expressions: Python reads it as {read!r}. Hint: write that"
    if iskeyword(name):
        return f"{name!r} cannot be a name in expressions: it is a Python keyword. Hint: rename it"
    if name in taken:
        return f"{name!r} already has a meaning in expressions. Hint: rename it"
    what = (others or {}).get(name)
    return f"{name!r} is {what}, too. Hint: rename one of the two" if what else ""


def wrong_shared_name(spec: Spec, part: str, name: object) -> str:
    """What is wrong with the name of one of a model's ``tables``, ``incidents`` or ``constants``; empty if nothing is.

    Of two things with the same name, it is the later one that is wrong, in the order of :func:`_named`.
    """
    # Only what comes before, so that of two with the same name one is reported and not both.
    before = takewhile(lambda it: it[0] != part, _named(spec))
    others: dict[str, str] = {}
    for _, what, names in before:
        others |= {it: what for it in names if it not in others}
    return wrong_name(name, TAKEN, others)


def _named(spec: Spec) -> Iterable[tuple[str, str, Iterable[str]]]:
    """The parts of a model that have names in expressions: the key of each, what one of it is, and the names."""
    populations = spec.populations
    attributes = [name for it in populations for name in it.attributes]
    spawned = [it for population in populations for event in population.events for it in event.spawn]
    attributes += [name for it in spawned if isinstance(it, Spawn) for name in it.values]
    return (
        ("attributes", "an attribute", attributes),
        ("populations", "a population", [it.name for it in populations]),
        ("rhythms", "a rhythm", spec.rhythms),
        ("tables", "a table", spec.tables),
        ("incidents", "an incident", spec.incidents),
        ("constants", "a constant", spec.constants),
    )


def words_of(spec: Spec) -> dict[str, Typed]:
    """The names that every action and field may use, in a model of one population."""
    known, last = numbers(spec.population), recency(spec.population)
    return {**known, "tick": _tick(spec.clock), "timestamp": NOW, **last}


def lasting_words(population: Population) -> dict[str, Typed]:
    """Those of them that change only with the subject's own events."""
    return {**numbers(population), **recency(population)}


def numbers(population: Population) -> dict[str, Typed]:
    """The numbers that identify a subject, which its first values may use, too."""
    ordinal = {ORDINAL_WORD: Typed(attribute_code(ORDINAL), INTEGER)} if population.is_spawned else {}
    return {"index": INDEX, **ordinal}


def _tick(clock: Clock) -> Typed:
    """The number of the tick since the start, also where the engine counts milliseconds or warms up before."""
    # Engines count from the start of the warm-up, and a model means the start of its run.
    since = TICK.code if not clock.warm_up else f"(tick - {clock.warm_up // clock.tick_ms})"
    return Typed(since if clock.attempt_ms is None else f"({since} // {clock.attempt_ms})", INTEGER)


def recency(population: Population) -> dict[str, Typed]:
    """When the subject has entered its state, and when its last event was."""
    words = RECENCY if population.is_timed else {}
    return {word: Typed(attribute_code(name), TIMESTAMP) for word, name in words.items()}


def recency_starts(population: Population) -> dict[str, Start]:
    """The hidden attributes that hold what :func:`recency` names; both begin with the subject."""
    names = RECENCY.values() if population.is_timed else ()
    return {name: Start(name, Typed(attribute_code(name), TIMESTAMP), stored=True, code=NOW.code) for name in names}


def constant_problems(spec: Spec) -> Iterator[Problem]:
    """Everything that is wrong with a model's constants."""
    for name, value in spec.constants.items():
        if message := _wrong(spec, name, value):
            yield Problem(("constants", name), message)


def constant_trees(spec: Spec) -> dict[str, ast.expr]:
    """The syntax tree of each constant of a model that has nothing wrong."""
    return trees_of({name: value for name, value in spec.constants.items() if not _wrong(spec, name, value)})


def _wrong(spec: Spec, name: str, value: object) -> str:
    return wrong_shared_name(spec, "constants", name) or _wrong_value(value)


def _wrong_value(value: object) -> str:
    """What is wrong with the value of a constant; empty if nothing is."""
    if isinstance(value, tuple):
        wrong = [_wrong_scalar(it) for it in value]
        return next(filter(None, wrong), "") if value else "is an empty list. Hint: give at least one value"
    return _wrong_scalar(value)


def _wrong_scalar(value: object) -> str:
    if isinstance(value, str):
        is_too_long = (length_of(value) or 0) > LARGEST
        return f"{value!r} does not fit 64 bits of milliseconds. Hint: make it shorter" if is_too_long else ""
    if isinstance(value, float):
        return "" if isfinite(value) else f"{value!r} is not finite. Hint: give a finite number"
    if isinstance(value, int):
        is_small = SMALLEST <= value <= LARGEST
        return "" if is_small else f"{value!r} does not fit 64 bits. Hint: write it as a float"
    return f"{value!r} is not a constant. Hint: give a number, a string, a boolean or a list of them"
