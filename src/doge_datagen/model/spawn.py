"""How an event of one subject spawns subjects of another population."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from doge_datagen.errors import ModelError
from doge_datagen.model.coercion import plain

Expression = str | float | bool


@dataclass(frozen=True, slots=True)
class Spawn:
    """Subjects of another population that begin with an event: they live on by themselves, whatever becomes of it.

    Attributes:
        population: the name of their population, which has ``born``.
        values: by name, what they are given: expressions of the parent's attributes after its action. They are
            attributes of the children from then on.
        times: how many there are: an integer, 0 or more, or an expression for it.
        each: ``'lines'`` if there is one for each line of the event instead, whose fields ``values`` may use.

    >>> Spawn('order', {'amount': 'total'})
    Spawn(population='order', values={'amount': 'total'}, times=1, each=None)
    """

    population: str
    values: Mapping[str, Expression] = field(default_factory=dict)
    times: Expression = 1
    each: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.values, Mapping):
            raise ModelError("spawn.values", f"{self.values!r} is not a mapping. Hint: give a dict of names and values")
        object.__setattr__(self, "values", {name: plain(it) for name, it in self.values.items()})
        object.__setattr__(self, "times", plain(self.times))


def spawns(given: object) -> tuple[object, ...]:
    """What spawns as a tuple: one, the name of a population, or several of both; the checks report anything else.

    >>> spawns('order')
    (Spawn(population='order', values={}, times=1, each=None),)
    """
    each = tuple(given) if isinstance(given, list | tuple) else (given,)
    return tuple(Spawn(it) if isinstance(it, str) else it for it in each)
