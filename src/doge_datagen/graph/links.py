"""What links the populations of a model: those who are spawned, and references to others."""

from __future__ import annotations

from collections.abc import Iterator

from doge_datagen.graph.drawing import Link
from doge_datagen.graph.names_used import populations_picked
from doge_datagen.model import Population, Spawn, Spec, Transition
from doge_datagen.model.arrival import NOWHERE


def links(spec: Spec) -> tuple[Link, ...]:
    """An arrow for each event of a population that spawns subjects of another, and for each that refers to another."""
    numbers = {it.name: number for number, it in enumerate(spec.populations)}
    if len(numbers) == 1:
        return ()
    found: list[Link] = []
    for number, population in enumerate(spec.populations):
        for event in population.events:
            found += _spawning(number, numbers, population, event)
        picked = populations_picked(population) - {population.name, *population.attributes, *spec.tables}
        found += (Link(number, other, "refers to") for name, other in numbers.items() if name in picked)
    return tuple(found)


def _spawning(number: int, numbers: dict[str, int], population: Population, event: Transition) -> Iterator[Link]:
    sources = (NOWHERE,) if event.from_state == NOWHERE else population.sources(event)
    leaves = sources[0] if len(sources) == 1 else None
    for it in event.spawn:
        if isinstance(it, Spawn) and it.population in numbers:
            yield Link(number, numbers[it.population], f"{event.trigger} spawns {how_many(it)}", leaves, spawns=True)


def how_many(it: Spawn) -> str:
    """How many subjects are spawned.

    >>> how_many(Spawn('order', {}, 'randint(0, 2)')), how_many(Spawn('item', each='lines'))
    ('randint(0, 2)', 'one per line')
    """
    return str(it.times) if it.each is None else "one per line"
