"""One subject's walk through the chain: where it can get, and how many events it gives on the way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from doge_datagen.engine.chain import Bools, Chain, Floats, closed_classes, led_to
from doge_datagen.engine.long_run import long_run
from doge_datagen.engine.ticks_spent import ticks_spent


@dataclass(frozen=True, slots=True, eq=False)
class Walk:
    """What the algebra says of one subject.

    Attributes:
        chain: what it walks.
        reached: by state, whether it can ever be there.
        closed: the numbers of states that can be reached, and left for one another alone; one list each.
        share: by state, the share of ticks in it in the long run.
        per_tick: by transition, events per tick in the long run.
        over_run: by transition, events over the run; None where it is endless.
    """

    chain: Chain
    reached: Bools
    closed: tuple[tuple[int, ...], ...]
    share: Floats
    per_tick: Floats
    over_run: Floats | None


def walk_of(chain: Chain, ticks: int | None) -> Walk:
    """The walk of one subject over so many ticks, or without end."""
    moves = chain.moves()
    reach = led_to(moves)
    reached = np.asarray(reach[chain.start > 0].any(axis=0))
    numbers = np.flatnonzero(reached)
    within = np.ix_(numbers, numbers)
    share = np.zeros(chain.start.size)
    share[numbers] = long_run(moves[within], chain.start[numbers])
    spent = np.zeros(chain.start.size)
    if ticks:
        spent[numbers] = ticks_spent(moves[within], chain.start[numbers], ticks)
    closed = tuple(tuple(numbers[members].tolist()) for members in closed_classes(reach[within]))
    over_run = None if ticks is None else spent[chain.source] * chain.chance
    return Walk(chain, reached, closed, share, share[chain.source] * chain.chance, over_run)
