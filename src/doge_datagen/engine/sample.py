"""Some subjects of a run simulated over all of its ticks, for what the algebra of a chain does not know."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import gcd, sqrt

import numpy as np
import numpy.typing as npt

from doge_datagen.engine.single_walk import SingleWalk, Walked
from doge_datagen.model.program import Program

COST = 300_000.0
"""What a sample may cost, in attempts that compute nothing; plain Python takes about a second for them."""
MOST = 20_000
"""Subjects: the figure of what happens once to one in fifty of them is then good to a tenth."""
AT_ONCE = 4096  # subjects whose first draws are made together

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """What the subjects of a sample did; a row of each array for each of them.

    Attributes:
        subjects: how many were simulated; where that is more than the run has, some with several seeds.
        ticks: over which they were simulated; not all of the run's where ``complete`` is False.
        complete: False where a subject over all ticks would have cost too much.
        attempts: by transition, how often it was tried.
        events: by transition, how often it happened: an action may have rejected it.
        spent: by state, how many ticks were spent in it.
    """

    subjects: int
    ticks: int
    complete: bool
    attempts: Counts
    events: Counts
    spent: Counts


def sample(program: Program, cost: float = COST, most: int = MOST) -> Sample:
    """Simulate as many subjects as the cost allows, always the same ones; at least one, though perhaps not to its end.

    Args:
        program: the model; its run has an end.
        cost: what may be spent, about, in attempts that compute nothing; never more than twice of it.
        most: how many subjects at most.

    Raises:
        CalculationError: something cannot be calculated.
    """
    walk, done, paid, aim, complete = SingleWalk(program), list[Walked](), 0.0, 1, True
    while len(done) < aim and complete:
        for subject, draws in _chosen(walk, program.spec.subjects.count, len(done), aim):
            walked = walk.walked(subject, draws, 2 * cost - paid)
            paid += walked.cost
            complete = paid < 2 * cost
            if complete or not done:
                done.append(walked)
            if not complete:
                break
        aim = min(2 * aim, most, int(cost * len(done) / paid))  # by those before, so that none is taken for its cost
    arrays = (np.array([getattr(it, name) for it in done], np.int64) for name in ("attempts", "events", "spent"))
    return Sample(len(done), done[0].ticks, complete, *(it.reshape(len(done), -1) for it in arrays))


def _chosen(walk: SingleWalk, count: int, first: int, last: int) -> Iterator[tuple[int, list[tuple[float, float]]]]:
    """The subjects of a sample from one on up to another, and their first draws.

    Steps as long as the golden section of the run hit every part of it equally often, however many of them there are,
    and every remainder of an index. When all subjects have had their turn, they come again with another seed.
    """
    stride = _golden(count)
    for begin in range(first, last, AT_ONCE):
        numbers = np.arange(begin, min(begin + AT_ONCE, last))
        for seed in range(int(numbers[0]) // count, int(numbers[-1]) // count + 1):
            subjects = numbers[numbers // count == seed] * stride % count
            walk.reseeded(seed)
            yield from zip(subjects.tolist(), walk.draws(subjects), strict=True)


def _golden(count: int) -> int:
    """About the golden section of a number, and without a common divisor, so that its multiples are all numbers."""
    stride = max(1, round(count * (sqrt(5) - 1) / 2))
    while gcd(stride, count) > 1:
        stride += 1
    return stride
