"""Some subjects of a run simulated over all of its ticks, for what the algebra of a chain does not know."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import sqrt

import numpy as np
import numpy.typing as npt

from doge_datagen.engine.interpreted.single_walk import SingleWalk, Walked
from doge_datagen.program.program import Program

COST = 1_500_000.0
"""What a sample may cost, in attempts that compute nothing; plain Python takes a second or two for them."""
MOST = 20_000
"""Subjects: the figure of what happens once to one in fifty of them is then good to a tenth."""
FEWEST = 4  # subjects, where they can be had for twice the cost: fewer say little of how much subjects differ
AT_ONCE = 1024  # subjects whose first draws are made together
GOLDEN = (sqrt(5) - 1) / 2
RANKED = 4 * MOST

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
        affordable = cost * len(done) / paid  # by those before, so that none is taken for what it costs
        aim = min(2 * aim, most, max(int(affordable), min(FEWEST, int(2 * affordable))))
    arrays = (np.array([getattr(it, name) for it in done], np.int64) for name in ("attempts", "events", "spent"))
    return Sample(len(done), done[0].ticks, complete, *(it.reshape(len(done), -1) for it in arrays))


def _chosen(walk: SingleWalk, count: int, first: int, last: int) -> Iterator[tuple[int, list[tuple[float, float]]]]:
    """The subjects of a sample from one on up to another, and their first draws.

    When all subjects of the run have had their turn, they come again with another seed.
    """
    for begin in range(first, last, AT_ONCE):
        numbers = np.arange(begin, min(begin + AT_ONCE, last))
        for seed in range(int(numbers[0]) // count, int(numbers[-1]) // count + 1):
            subjects = _spread(count)[numbers[numbers // count == seed] % count]
            walk.reseeded(seed)
            yield from zip(subjects.tolist(), walk.draws(subjects), strict=True)


@lru_cache(maxsize=1)
def _spread(count: int) -> Counts:
    """Subjects of a run, each once, such that any number of them, from the first on, is spread evenly.

    Steps as long as the golden section of a circle leave gaps that differ by less than a factor of three, however many
    they are: D. E. Knuth, "The Art of Computer Programming", volume 3, 6.4, theorem S. In a run with few subjects the
    steps are counted in ranks, or two would come to one subject.
    """
    points = np.arange(min(count, RANKED)) * GOLDEN % 1
    if count > RANKED:
        return (points * count).astype(np.int64)
    ranks = np.empty(count, dtype=np.int64)
    ranks[points.argsort()] = np.arange(count)
    return ranks
