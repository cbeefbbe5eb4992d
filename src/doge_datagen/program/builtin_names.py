"""The names with which every action and field of a population can ask for the moment and for what happened before."""

from __future__ import annotations

from doge_datagen.language.scope import INDEX, NOW, ORDINAL_WORD, RECENCY, TICK, attribute_code
from doge_datagen.language.types import INTEGER, TIMESTAMP, Typed
from doge_datagen.model.clock import Clock
from doge_datagen.model.spec import Population, Spec
from doge_datagen.program.program import Start
from doge_datagen.program.spawning.lineage import ORDINAL


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
