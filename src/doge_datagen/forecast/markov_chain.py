"""The Markov chain that one subject walks, and its solution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from doge_datagen.engine.waiting.transition_plan import LEAST
from doge_datagen.model import Population

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """The chances of one subject per tick, if no action rejects anything; states are numbered in the model's order.

    Attributes:
        start: share of subjects that start in each state; sums to 1.
        source: number of the state that each transition leaves.
        target: number of the state that each transition leads to.
        chance: chance of each transition per tick, for a subject in its source state, 0 to 1.
    """

    start: Floats
    source: npt.NDArray[np.int64]
    target: npt.NDArray[np.int64]
    chance: Floats

    @property
    def leaving(self) -> Floats:
        """Chance per tick that any transition happens, by state, including those that lead back to it."""
        return np.bincount(self.source, self.chance, self.start.size).clip(0.0, 1.0)

    def moves(self) -> Floats:
        """The chance per tick to move from one state (row) to another (column); 0 on the diagonal."""
        moves = np.zeros((self.start.size, self.start.size))
        np.add.at(moves, (self.source, self.target), self.chance)
        np.fill_diagonal(moves, 0.0)
        return moves


def chain_of(population: Population) -> Chain:
    """The chain of a population of a valid model."""
    number = {state: position for position, state in enumerate(population.states)}
    start = np.zeros(len(number))
    for state, weight in population.initial.items():
        start[number[state]] = weight
    start /= start.max()  # before summing, since the sum of huge weights may overflow
    percent = np.array([transition.chance for transition in population.transitions], dtype=np.float64)
    chance = percent / 100
    chance[chance < float(LEAST)] = 0.0  # the engine never lets them happen either
    return Chain(
        start / start.sum(),
        np.array([number[transition.source] for transition in population.transitions], dtype=np.int64),
        np.array([number[transition.target] for transition in population.transitions], dtype=np.int64),
        chance,
    )


def led_to(moves: Floats) -> Bools:
    """Whether each state (row) leads to each other (column) in any number of moves; each leads to itself."""
    # Each product doubles the length of the paths. As floats, since NumPy multiplies booleans without BLAS; the counts
    # stay far below 2**24, up to which float32 is exact.
    reach = (moves > 0) | np.eye(len(moves), dtype=np.bool_)
    while True:
        further = reach.astype(np.float32) @ reach.astype(np.float32) > 0
        if (further == reach).all():
            return reach
        reach = further


def closed_classes(reach: Bools) -> list[list[int]]:
    """The sets of states that lead to one another and to no others, and so are never left; by number."""
    mutual = reach & reach.T
    closed = (mutual == reach).all(axis=1)
    firsts = [state for state in np.flatnonzero(closed) if mutual[state].argmax() == state]
    return [np.flatnonzero(mutual[first]).tolist() for first in firsts]


LEAST_SUM = 1e-300  # instead of sums that underflow to 0


def steady_state(moves: Floats, start: Floats) -> Floats:
    """Share of time spent in each state in steady state, given where subjects start.

    Args:
        moves: chance per tick to move from one state (row) to another (column); the diagonal is 0.
        start: share of subjects that start in each state; sums to 1.

    >>> steady_state(np.array([[0, 0.3], [0.1, 0]]), np.array([1.0, 0])).round(9).tolist()
    [0.25, 0.75]
    """
    shares = np.zeros(start.size)
    classes = closed_classes(led_to(moves))
    for members, weight in zip(classes, absorbed(moves, start, classes), strict=True):
        shares[members] = weight * stationary(moves[np.ix_(members, members)])
    return shares


def absorbed(moves: Floats, start: Floats, classes: Sequence[Sequence[int]]) -> Floats:
    """Share of subjects that end in each closed class.

    Eliminates the transient states one by one (state reduction after Grassmann, Taksar and Heyman, 1985): what is held
    in a state is passed on to the remaining ones. It only adds, multiplies and divides, so nothing cancels.
    """
    kept = np.array([state for members in classes for state in members], dtype=np.int64)
    passing = np.setdiff1d(np.arange(start.size), kept)
    into = np.column_stack([moves[passing][:, members].sum(axis=1) for members in classes])
    flow = np.column_stack([moves[np.ix_(passing, passing)], into])
    held = np.concatenate([start[passing], [start[members].sum() for members in classes]])
    for state in range(len(passing)):
        onward = flow[state]
        # How long a subject stays does not matter for where it ends, and the states before this one are eliminated
        # already.
        onward[: state + 1] = 0.0
        # By the sum of what leads on, where textbooks have 1 - p: that difference would lose the digits of tiny
        # chances.
        onward /= max(onward.sum(), LEAST_SUM)
        held += held[state] * onward
        rows = state + 1 + np.flatnonzero(flow[state + 1 :, state])
        flow[rows] += np.outer(flow[rows, state], onward)
    ended = held[len(passing) :]
    # Rounding errors of the eliminations are spread, so that the shares of all classes sum to 1.
    return np.asarray(ended / ended.sum())


def stationary(moves: Floats) -> Floats:
    """The stationary distribution of states that all lead to one another.

    By the algorithm of Grassmann, Taksar and Heyman, 1985: eliminate the states from the last to the first, then
    substitute back. It does not subtract, so even tiny chances keep their digits.
    """
    flow = moves.copy()
    for state in range(len(flow) - 1, 0, -1):
        flow[:state, state] /= max(flow[state, :state].sum(), LEAST_SUM)
        rows = np.flatnonzero(flow[:state, state])
        flow[rows, :state] += np.outer(flow[rows, state], flow[state, :state])
    shares = np.ones(len(flow))
    for state in range(1, len(flow)):
        shares[state] = shares[:state] @ flow[:state, state]
        shares[: state + 1] /= max(1.0, shares[state])  # rescaled, or growing shares would overflow
    return np.asarray(shares / shares.sum())


def ticks_spent(moves: Floats, start: Floats, ticks: int) -> Floats:
    """Expected number of ticks that begin in each state: ``start @ (I + P + ... + P**(ticks - 1))``.

    Works through the bits of ``ticks``, from the highest: each doubles the number of ticks,
    ``s(2 m) = s(m) + s(m) @ P**m``, and a set bit adds one, ``s(m + 1) = start + s(m) @ P``. All terms are positive, so
    nothing cancels. Rows of the powers are rescaled to sum to 1, or rounding errors would double with each step.

    Args:
        moves: chance per tick to move from one state (row) to another (column); the diagonal is 0.
        start: share of subjects that start in each state; sums to 1.
        ticks: number of ticks, 0 or more.

    >>> ticks_spent(np.array([[0, 0.5], [0, 0]]), np.array([1.0, 0]), 3).tolist()
    [1.75, 1.25]
    """
    if not ticks:
        return np.zeros(start.size)
    # Clipped, since chances that sum to 1 may exceed it by a rounding error.
    step = _stochastic(moves + np.diag((1 - moves.sum(axis=1)).clip(0.0)))
    spent, power = start.copy(), step
    for bit in f"{ticks:b}"[1:]:
        spent = spent + spent @ power
        power = _stochastic(power @ power)
        if bit == "1":
            spent = start + spent @ step
            power = _stochastic(power @ step)
    return spent


def after_ticks(moves: Floats, start: Floats, ticks: int) -> Floats:
    """The share of subjects in each state after so many ticks: ``start @ P**ticks``.

    >>> after_ticks(np.array([[0, 0.5], [0, 0]]), np.array([1.0, 0]), 3).tolist()
    [0.125, 0.875]
    """
    power, found = _stochastic(moves + np.diag((1 - moves.sum(axis=1)).clip(0.0))), start
    for bit in reversed(f"{ticks:b}"):
        found = found @ power if bit == "1" else found
        power = _stochastic(power @ power)
    return found


def _stochastic(power: Floats) -> Floats:
    return np.asarray(power / power.sum(axis=1, keepdims=True))


@dataclass(frozen=True, slots=True, eq=False)
class ChainSolution:
    """The solution of a chain, for one subject.

    Attributes:
        chain: the chain.
        reached: whether each state can ever be reached.
        closed: sets of reachable states, by number, that can only be left for one another.
        share: share of time in each state, in steady state.
        per_tick: events of each transition per tick, in steady state.
        over_run: events of each transition over the run; None if it is endless.
    """

    chain: Chain
    reached: Bools
    closed: tuple[tuple[int, ...], ...]
    share: Floats
    per_tick: Floats
    over_run: Floats | None


def solve_chain(chain: Chain, ticks: int | None, warm_up: int = 0) -> ChainSolution:
    """Solve the chain for a number of ticks after those of a warm-up; None for an endless run."""
    moves = chain.moves()
    reach = led_to(moves)
    reached = np.asarray(reach[chain.start > 0].any(axis=0))
    numbers = np.flatnonzero(reached)
    # States that nobody can reach would form closed classes of their own, which hold nobody and have no shares.
    within = np.ix_(numbers, numbers)
    if warm_up:
        start = np.zeros(chain.start.size)
        start[numbers] = after_ticks(moves[within], chain.start[numbers], warm_up)
        # After `reached` is known: what everybody leaves during the warm-up can be reached all the same.
        chain = replace(chain, start=start)
    share = np.zeros(chain.start.size)
    share[numbers] = steady_state(moves[within], chain.start[numbers])
    spent = np.zeros(chain.start.size)
    if ticks:
        spent[numbers] = ticks_spent(moves[within], chain.start[numbers], ticks)
    closed = tuple(tuple(numbers[members].tolist()) for members in closed_classes(reach[within]))
    # Expected values add up even though ticks depend on each other, so this is exact.
    over_run = None if ticks is None else spent[chain.source] * chain.chance
    return ChainSolution(chain, reached, closed, share, share[chain.source] * chain.chance, over_run)
