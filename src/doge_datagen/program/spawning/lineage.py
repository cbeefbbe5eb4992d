"""Who spawns whom: the families of populations, and what every spawned subject has from its parent.

A spawned subject is identified by a path: the index of its root, a subject that nobody has spawned, and from there on
the ordinal of each child among those of its population that one parent has. A population is spawned by one other, so
that all its subjects have paths of the same length.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from doge_datagen.errors import Problem
from doge_datagen.language.lookup_data import ModelData
from doge_datagen.language.scope import attribute_code
from doge_datagen.language.types import INTEGER, STRING, Typed, a
from doge_datagen.model.spec import Attribute, Population, Spec
from doge_datagen.model.transition import Spawn
from doge_datagen.program.program import Birth, GivenText, Program, Shape, Start

ROOT, KEYS, ORDINAL, SERIAL = "0root", ("0key0", "0key1"), "0ordinal", "0serial"
"""Hidden attributes of a spawned subject: the index of its root, the key of its draws, its ordinal, and how many
subjects of its population have begun before it in this engine. No attribute of a model begins with a digit."""


def path_names(depth: int) -> tuple[str, ...]:
    """The hidden attributes with the ordinals of a path, from the child of the root to the subject itself.

    There are none if the subject is a root: its depth is 0.
    """
    return () if not depth else (*(f"0path_{number}" for number in range(1, depth)), ORDINAL)


def identity(root: int, ordinals: Iterable[int]) -> int | str:
    """How errors name a subject: by its path as text, or by its index if it is a root.

    >>> identity(17, [3, 1]), identity(17, [])
    ('17.3.1', 17)
    """
    path = [str(it) for it in (root, *ordinals)]
    return ".".join(path) if len(path) > 1 else root


@dataclass(frozen=True, slots=True)
class Lineage:
    """What every subject of a spawned population has from its parent.

    Attributes:
        depth: the length of its path: 1 if its parent is a root.
        given: by name, the values that it is given, with those in strings under names that no attribute has.
        texts: by name, the strings that it is given.
        rejected: the names of values that have been rejected.
    """

    depth: int
    given: Mapping[str, Typed]
    texts: Mapping[str, GivenText] = field(default_factory=dict)
    rejected: frozenset[str] = frozenset()

    @property
    def path(self) -> tuple[Typed, ...]:
        """The ordinals of its path."""
        return tuple(Typed(attribute_code(name), INTEGER) for name in path_names(self.depth))

    @property
    def hidden(self) -> dict[str, Start]:
        """The hidden attributes, all of which are there when the subject begins."""
        return {name: _there(name, INTEGER) for name in (ROOT, *KEYS, *path_names(self.depth), SERIAL)}

    def ordered(self, shape: Shape) -> Shape:
        """The shape of a stream with a column that says which of two events of one moment and root comes first."""
        # Two children of one root may have an event in the same millisecond; the order in which they began decides, on
        # every machine.
        columns = (*shape.columns, Typed(attribute_code(SERIAL), INTEGER))
        return replace(shape, columns=columns, order=len(shape.columns))

    def start(self, name: str, data: ModelData) -> Start:
        """How an attribute begins that is given; the strings that it can be are added to those of the model."""
        if name in self.texts:
            found = self.texts[name]
            for text in sorted(text for it in found.columns for text in self._values(it)):
                data.text(text)
            return Start(name, Typed("", STRING), stored=False, code="", text=found.text, columns=found.columns)
        typed = self.given[name]
        for text in sorted(typed.values):
            data.text(text)
        return _there(name, typed.kind, typed)

    def _values(self, column: Typed) -> frozenset[str]:
        """The strings that a value in a given string can be, whoever gives it."""
        given = (it.values for name, it in self.given.items() if attribute_code(name) == column.code)
        return next(given, frozenset())

    def within(self, spec: Spec) -> Spec:
        """The model of one population with the given values among its attributes."""
        population = spec.population
        given = {name: _attribute(it) for name, it in self.given.items() if name.isidentifier()}
        given |= dict.fromkeys(self.texts, Attribute("''"))
        more = replace(population, attributes={**given, **population.attributes})
        return replace(spec, populations=(more,))


def _there(name: str, kind: str, typed: Typed | None = None) -> Start:
    code = attribute_code(name)
    found = Typed(code, kind) if typed is None else replace(typed, code=code, constant=None)
    return Start(name, found, stored=True, code="")


def _attribute(typed: Typed) -> Attribute:
    """An attribute of that type; its start only says what strings it can be."""
    if typed.kind != STRING:
        return Attribute(0)
    return Attribute(repr(min(typed.values, default="")), values=sorted(typed.values))


def spawned_by(population: Population) -> Iterator[tuple[int, int, Spawn]]:
    """Everything that spawns in a population: the number of the event, the position there, and what it spawns."""
    for number, event in enumerate(population.events):
        for position, it in enumerate(event.spawn):
            if isinstance(it, Spawn):  # others are reported
                yield number, position, it


def children(population: Population) -> tuple[str, ...]:
    """The names of the populations that a population spawns."""
    return tuple(dict.fromkeys(it.population for _, _, it in spawned_by(population)))


def families(populations: Iterable[Population]) -> tuple[tuple[int, ...], ...]:
    """The numbers of populations, by family: a population that nobody spawns, and its descendants, parents first.

    >>> from doge_datagen.model import Born, Population, Transition
    >>> pays = Transition('pay', 'here', rate='1/d', spawn='payment')
    >>> user = Population('user', 3, states=['here'], initial='here', transitions=[pays])
    >>> payment = Population('payment', born=Born(), states=['made'], initial='made')
    >>> families([payment, Population('shop', 2), user])
    ((1,), (2, 0))
    """
    each = tuple(populations)
    numbers = {it.name: number for number, it in enumerate(each)}

    def family(number: int) -> Iterator[int]:
        yield number
        # In the order of the file, on which numbers depend, and not in that of transitions.
        for child in sorted(numbers[name] for name in children(each[number])):
            yield from family(child)

    return tuple(tuple(family(number)) for number, it in enumerate(each) if not it.is_spawned)


class Lineages:
    """What spawned subjects have from their parents, as far as the populations of these have been translated."""

    def __init__(self) -> None:
        self._found: dict[str, Lineage] = {}

    def of(self, population: Population) -> Lineage | None:
        """What the subjects of a population have; None if nobody spawns them."""
        return self._found.get(population.name)

    def learn(self, parent: Program) -> Iterator[Problem]:
        """Learn what a population gives to those whom it spawns; yield what does not fit together."""
        for birth in parent.births:
            known = self._found.get(birth.population)
            # The first event that spawns decides on types; others have to agree.
            given = dict(birth.given) if known is None else dict(known.given)
            texts = dict(birth.texts) if known is None else dict(known.texts)
            for name in dict.fromkeys((*birth.texts, *texts)):
                forms = [it.form for it in (birth.texts.get(name), texts.get(name)) if it is not None]
                if len(forms) < 2 or forms[0] != forms[1]:
                    problem = f"it is composed in another way where {birth.population} is spawned before"
                    hint = "compose it in the same way, from values of the same types"
                    yield Problem((*_path(parent, birth), "with", name), f"{problem}. Hint: {hint}")
            for name, typed in birth.given.items():
                first = given.setdefault(name, typed)
                if first.kind != typed.kind and name.isidentifier():
                    problem = f"it is {a(typed.kind)}, and {a(first.kind)} where {birth.population} is spawned before"
                    hint = "give both the same type, for example by int(...), float(...) or str(...)"
                    yield Problem((*_path(parent, birth), "with", name), f"{problem}. Hint: {hint}")
                given[name] = replace(first, values=first.values | typed.values)
            each = (it for _, _, it in spawned_by(parent.spec.population) if it.population == birth.population)
            wanted = {name for it in each for name in it.values}
            self._found[birth.population] = Lineage(
                parent.depth + 1, given, texts, frozenset(wanted - given.keys() - texts.keys())
            )


def _path(parent: Program, birth: Birth) -> tuple[str | int, ...]:
    return (*parent.spec.population.path_of_event(birth.event), "spawn", birth.position)
