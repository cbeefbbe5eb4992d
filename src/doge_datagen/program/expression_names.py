"""Check whether what a model names can be used by that name in expressions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from itertools import takewhile
from keyword import iskeyword
from unicodedata import normalize

from doge_datagen.language.calls import FUNCTIONS, RESERVED
from doge_datagen.language.lines import LINE, LINES
from doge_datagen.language.scope import HIDDEN_WORDS, ID, ORDINAL_WORD, PARENT, POPULATION, RECENCY, WORDS
from doge_datagen.language.time.units import UNITS
from doge_datagen.model.spec import Spec
from doge_datagen.model.transition import REST, Spawn

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
