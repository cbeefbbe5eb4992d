"""Where a Markov chain is in the long run, by elimination that never subtracts.

W. K. Grassmann, M. I. Taksar, D. P. Heyman, "Regenerative analysis and steady state distributions for Markov chains",
Operations Research 33, 1985. Only chances to move are added, multiplied and divided, never 1 - p, so a share is good to
nearly all its digits however small the chances are; that a chain is periodic makes no difference.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from doge_datagen.engine.chain import Floats, closed_classes, led_to

LEAST_SUM = 1e-300  # stands for a sum so small that a float does not hold it


def long_run(moves: Floats, start: Floats) -> Floats:
    """By state, the share of ticks spent in it in the long run, of subjects that start as ``start`` says.

    Args:
        moves: the chance per tick to go from state (row) to another (column); the diagonal is 0.
        start: by state, the share of subjects that start in it; sums to 1.

    >>> long_run(np.array([[0, 0.3], [0.1, 0]]), np.array([1.0, 0])).round(9).tolist()
    [0.25, 0.75]
    """
    shares = np.zeros(start.size)
    classes = closed_classes(led_to(moves))
    for members, weight in zip(classes, absorbed(moves, start, classes), strict=True):
        shares[members] = weight * stationary(moves[np.ix_(members, members)])
    return shares


def absorbed(moves: Floats, start: Floats, classes: Sequence[Sequence[int]]) -> Floats:
    """By closed class, the share of subjects that end in it."""
    kept = np.array([state for members in classes for state in members], dtype=np.int64)
    passing = np.setdiff1d(np.arange(start.size), kept)
    into = np.column_stack([moves[passing][:, members].sum(axis=1) for members in classes])
    flow = np.column_stack([moves[np.ix_(passing, passing)], into])
    held = np.concatenate([start[passing], [start[members].sum() for members in classes]])
    for state in range(len(passing)):
        onward = flow[state]
        onward[: state + 1] = 0.0
        onward /= max(onward.sum(), LEAST_SUM)
        held += held[state] * onward
        rows = state + 1 + np.flatnonzero(flow[state + 1 :, state])
        flow[rows] += np.outer(flow[rows, state], onward)
    ended = held[len(passing) :]
    return np.asarray(ended / ended.sum())


def stationary(moves: Floats) -> Floats:
    """The distribution that stays as it is, of states that all lead to one another."""
    flow = moves.copy()
    for state in range(len(flow) - 1, 0, -1):
        flow[:state, state] /= max(flow[state, :state].sum(), LEAST_SUM)
        rows = np.flatnonzero(flow[:state, state])
        flow[rows, :state] += np.outer(flow[rows, state], flow[state, :state])
    shares = np.ones(len(flow))
    for state in range(1, len(flow)):
        shares[state] = shares[:state] @ flow[:state, state]
        shares[: state + 1] /= max(1.0, shares[state])  # or those that grow and grow become infinite
    return np.asarray(shares / shares.sum())
