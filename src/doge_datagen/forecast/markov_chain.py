"""The Markov chain that one subject walks: its numbers as columns, and which states lead to which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from doge_datagen.engine.transition_plan import LEAST
from doge_datagen.model import Spec

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """What a model says of one subject and one tick, if no action blocks anything.

    Attributes:
        start: by state, the share of subjects that start in it; sums to 1.
        source: by transition, the number of the state it leaves.
        target: by transition, the number of the state it leads to.
        chance: by transition, the chance per tick in a subject that is in its state, 0 to 1.
    """

    start: Floats
    source: npt.NDArray[np.int64]
    target: npt.NDArray[np.int64]
    chance: Floats

    @property
    def leaving(self) -> Floats:
        """By state, the chance per tick that any transition happens, also one that leads back to it."""
        return np.bincount(self.source, self.chance, self.start.size).clip(0.0, 1.0)

    def moves(self) -> Floats:
        """The chance per tick to go from state (row) to another (column); 0 on the diagonal."""
        moves = np.zeros((self.start.size, self.start.size))
        np.add.at(moves, (self.source, self.target), self.chance)
        np.fill_diagonal(moves, 0.0)
        return moves


def chain_of(spec: Spec) -> Chain:
    """The chain of a model whose parts fit together."""
    number = {state: position for position, state in enumerate(spec.states)}
    start = np.zeros(len(number))
    for state, weight in spec.initial.items():
        start[number[state]] = weight
    start /= start.max()  # before they are added up: a sum of huge weights may be too large for a float
    percent = np.array([transition.probability for transition in spec.transitions], dtype=np.float64)
    chance = percent / 100
    chance[chance < float(LEAST)] = 0.0  # no run is long enough to see one happen
    return Chain(
        start / start.sum(),
        np.array([number[transition.from_state] for transition in spec.transitions], dtype=np.int64),
        np.array([number[transition.to_state] for transition in spec.transitions], dtype=np.int64),
        chance,
    )


def led_to(moves: Floats) -> Bools:
    """Whether each state (row) leads to each (column), by however many moves, none included."""
    reach = (moves > 0) | np.eye(len(moves), dtype=np.bool_)
    while True:
        further = reach.astype(np.float32) @ reach.astype(np.float32) > 0
        if (further == reach).all():
            return reach
        reach = further


def closed_classes(reach: Bools) -> list[list[int]]:
    """The sets of states, by their numbers, that lead to one another and to no other: never left again."""
    mutual = reach & reach.T
    closed = (mutual == reach).all(axis=1)
    firsts = [state for state in np.flatnonzero(closed) if mutual[state].argmax() == state]
    return [np.flatnonzero(mutual[first]).tolist() for first in firsts]


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


@dataclass(frozen=True, slots=True, eq=False)
class ChainSolution:
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


def solve_chain(chain: Chain, ticks: int | None) -> ChainSolution:
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
    return ChainSolution(chain, reached, closed, share, share[chain.source] * chain.chance, over_run)
