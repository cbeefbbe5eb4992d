"""Find all strings that each attribute of a model can ever hold."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from doge_datagen.language.assignments import Sources, assignments, closed_sets
from doge_datagen.model.spec import Population


def texts_by_attribute(
    population: Population, starts: Mapping[str, ast.expr | None], bodies: Sequence[Sequence[ast.stmt]]
) -> dict[str, frozenset[str]]:
    """For each attribute, all strings it starts with or is assigned, directly or through other names.

    ``ANY_TEXT`` is among them if not all are known, because something it is assigned is invalid.

    Args:
        population: the population of the model.
        starts: for each attribute, the tree of its start; None if that could not be parsed.
        bodies: for each event of the population, the statements of its action.
    """
    attributes = population.attributes
    sources = {name: Sources(set(attribute.values or ())) for name, attribute in attributes.items()}
    for name, node in starts.items():
        if node is not None:
            sources[name].add(node, str)
        sources[name].whole &= node is not None
    shared: dict[int, int] = {}  # the cells of a matrix have one body
    for number, (body, transition) in enumerate(zip(bodies, population.events, strict=True)):
        position = shared.setdefault(id(body), number) if transition.in_matrix else number

        # A variable is local to its action: prefix it with the transition's index, which no attribute's name has.
        def own(name: str, position: int = position) -> str:
            return name if name in attributes else f"{position}:{name}"

        for end, texts in population.ends(transition).items():
            sources.setdefault(own(end), Sources()).texts.update(texts)
        for name, value in assignments(body) if position == number else ():
            sources.setdefault(own(name), Sources()).add(value, own)
    return closed_sets(sources)
