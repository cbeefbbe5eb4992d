"""Numbers that make the draws of one part of a model independent of those of all others; they come from names alone."""

from __future__ import annotations

from doge_datagen.draws import purpose_of
from doge_datagen.model.spec import Population


def purpose(population: Population, *names: str) -> int:
    """The number of a part of a population."""
    return _purpose(population.name, *names)


def purpose_of_table(*names: str) -> int:
    """The number of a part of a reference table; no population's name is empty."""
    return _purpose("", "tables", *names)


def _purpose(*names: str) -> int:
    return purpose_of("/".join(name.replace("~", "~0").replace("/", "~1") for name in names))
