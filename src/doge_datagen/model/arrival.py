"""How the subjects of a population arrive while a run goes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from doge_datagen.model.coercion import plain, plain_whole
from doge_datagen.model.transition import Emission, Expression, Spawn, emission, spawns

NOWHERE = ""
"""What ``from_state`` is in the event of an arrival; no state has this name."""
ARRIVE, BORN = "arrive", "born"


@dataclass(frozen=True, slots=True)
class Arrival:
    """How often subjects arrive, and what happens then.

    Attributes:
        rate: an expression for how many arrive per unit of time, such as ``'200/d'``; constant.
        initially: how many arrive at the start of the run, 0 to 2**32 - 1.
        rhythm: the name of the rhythm that multiplies the rate.
        trigger: the trigger of the event.
        do: the action, as that of a transition; it cannot reject an arrival.
        emit: the names of the streams that arrivals feed, one name, or a mapping of names to conditions.
        spawn: the subjects of other populations that an arrival spawns; a name is short for one of them.

    >>> Arrival('200/d', emit='customers').emit
    ('customers',)
    """

    rate: Expression
    initially: int = 0
    rhythm: str | None = None
    trigger: str = ARRIVE
    do: str | Callable[..., Any] | None = None
    emit: Emission = ()
    spawn: Sequence[Spawn] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "rate", plain(self.rate))
        object.__setattr__(self, "initially", plain_whole(self.initially))
        object.__setattr__(self, "emit", emission(self.emit))
        object.__setattr__(self, "spawn", spawns(self.spawn))


@dataclass(frozen=True, slots=True)
class Born(Arrival):
    """What happens when a subject begins because another one has spawned it: an arrival without a rate of its own.

    Attributes:
        trigger: the trigger of the event.
        do: the action, as that of a transition; it cannot reject a birth.
        emit: the names of the streams that births feed, one name, or a mapping of names to conditions.
        spawn: the subjects of other populations that a birth spawns; a name is short for one of them.

    >>> Born(emit='orders').trigger
    'born'
    """

    rate: Expression = field(default="0/d", init=False)
    initially: int = field(default=0, init=False)
    rhythm: str | None = field(default=None, init=False)
    trigger: str = BORN
