"""How many ticks of a run a Markov chain spends in each state: the exact sum, in as many steps as ticks has bits."""

from __future__ import annotations

import numpy as np

from doge_datagen.engine.chain import Floats


def ticks_spent(moves: Floats, start: Floats, ticks: int) -> Floats:
    """By state, the expected ticks that begin in it: ``start @ (I + P + ... + P**(ticks - 1))``.

    As the bits of ``ticks`` say, what m ticks give is doubled, ``s(2 m) = s(m) + s(m) @ P**m``, and one tick is added,
    ``s(m + 1) = start + s(m) @ P``. All terms are positive, so nothing cancels; rows of a power are scaled to sum to 1,
    or what is lost by rounding would double each time.

    Args:
        moves: the chance per tick to go from state (row) to another (column); the diagonal is 0.
        start: by state, the share of subjects that start in it; sums to 1.
        ticks: 0 or more.

    >>> ticks_spent(np.array([[0, 0.5], [0, 0]]), np.array([1.0, 0]), 3).tolist()
    [1.75, 1.25]
    """
    if not ticks:
        return np.zeros(start.size)
    step = _stochastic(moves + np.diag((1 - moves.sum(axis=1)).clip(0.0)))
    spent, power = start.copy(), step
    for bit in f"{ticks:b}"[1:]:
        spent = spent + spent @ power
        power = _stochastic(power @ power)
        if bit == "1":
            spent = start + spent @ step
            power = _stochastic(power @ step)
    return spent


def _stochastic(power: Floats) -> Floats:
    return np.asarray(power / power.sum(axis=1, keepdims=True))
