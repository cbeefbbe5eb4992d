"""Simulate a sample of a run's subjects, for what the Markov chain cannot tell, and count the records of its events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from math import sqrt
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from doge_datagen.engine.arriving.arrivals import ExpectedArrivals
from doge_datagen.engine.interpreted.counted_events import Walked
from doge_datagen.engine.interpreted.single_walk import SingleWalk
from doge_datagen.engine.recording.emission import counted_by, varying
from doge_datagen.program.program import Program

COST = 1_500_000.0
"""Cost limit of a sample, in units of an attempt without an action; plain Python takes a second or two for it."""
MOST = 20_000
"""Maximum number of subjects; an event that one in fifty has once is then estimated to within 10 %."""
FEWEST = 4  # subjects, if they fit in twice the cost; fewer say little about how much subjects differ
AT_ONCE = 1024  # subjects whose first draws are made together
GOLDEN = (sqrt(5) - 1) / 2
# Two of N multiples are at least about 1 / (sqrt(5) N) apart. From 4 * MOST subjects on, MOST of them therefore never
# fall on the same one, as 4 / sqrt(5) > 1; ranks of fewer take little memory.
RANKED = 4 * MOST

Counts = npt.NDArray[np.int64]
Integers = npt.NDArray[Any]  # Any: integers of any width


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """What the subjects of a sample did. Each array has a row per subject.

    Attributes:
        subjects: number of simulated subjects; if more than the run has, some were simulated with several seeds.
        ticks: number of simulated ticks; fewer than the run's if ``complete`` is False.
        complete: False if even one subject over all ticks would have cost too much.
        attempts: number of attempts, by transition.
        events: number of attempts that were not rejected, by transition.
        spent: number of ticks spent, by state.
        happened: for a model with rhythms, by way and quarter of an hour since the start, the number of events; behind
            the ways, that of records, in the order of ``varying``.
        varying: the ways and streams where an event does not always make one record.
        records: number of records, by these.
    """

    subjects: int
    ticks: int
    complete: bool
    attempts: Counts
    events: Counts
    spent: Counts
    happened: Mapping[tuple[int, int], int] = field(default_factory=dict)
    varying: Sequence[tuple[int, str]] = ()
    records: Counts | None = None


def sample(program: Program, cost: float = COST, most: int = MOST) -> Sample:
    """Simulate as many subjects as the cost allows, always the same ones; at least one, even if not over all ticks.

    Args:
        program: the model; its run must have an end.
        cost: approximate cost limit, in units of an attempt without an action; at most twice as much is spent.
        most: maximum number of subjects.

    Raises:
        CalculationError: an expression cannot be calculated.
    """
    walk = SingleWalk(program)
    done, complete = walked_subjects(walk, expected_subjects(program), cost, most)
    return sample_of(done, program, walk, complete=complete)


class Walk(Protocol):
    """What walks the subjects of a sample."""

    def reseeded(self, seed: int) -> None:
        """Use another seed from the next subject on."""

    def draws(self, subjects: Integers) -> Iterator[list[tuple[float, float]]]:
        """For each of these subjects, the first draws of its walk."""

    def walked(self, subject: int, first: list[tuple[float, float]], at_most: float) -> Walked:
        """Walk a subject to the last tick, or until that becomes too expensive."""


def walked_subjects(walk: Walk, count: int, cost: float, most: int = MOST) -> tuple[list[Walked], bool]:
    """As many subjects of a run as the cost allows, and False if even one over all ticks would have cost too much.

    Args:
        walk: walks them.
        count: how many the run has.
        cost: approximate cost limit.
        most: maximum number of subjects.
    """
    done, paid, aim, complete = list[Walked](), 0.0, 1, True
    while len(done) < aim and complete:
        for subject, draws in chosen(walk, count, len(done), aim):
            walked = walk.walked(subject, draws, 2 * cost - paid)
            paid += walked.cost
            # Not `cost`: what exceeds it a little is better kept than thrown away.
            complete = paid < 2 * cost
            # A walk that was cut has fewer events than a whole one, so it is kept only if there is nothing else.
            if complete or not done:
                done.append(walked)
            if not complete:
                break
        affordable = (
            cost * len(done) / paid
        )  # decided from earlier subjects only, so that no subject is selected by its own cost
        # At most doubled, since the first subjects may have been much cheaper than others.
        aim = min(2 * aim, most, max(int(affordable), min(FEWEST, int(2 * affordable))))
    return done, complete


def sample_of(done: Sequence[Walked], program: Program, walk: SingleWalk, *, complete: bool) -> Sample:
    """The sample that consists of some walks."""
    attempts, events, spent, records = (
        np.array([getattr(it, name) for it in done], np.int64).reshape(len(done), -1)
        for name in ("attempts", "events", "spent", "records")
    )
    did = attempts, events, spent, walk.happened
    return Sample(len(done), done[0].ticks, complete, *did, varying(program), records)


def expected_subjects(program: Program) -> int:
    """How many subjects a run with an end has, including those that are expected to arrive."""
    return max(1, program.spec.population.at_start + round(ExpectedArrivals(program).count))


def chosen(walk: Walk, count: int, first: int, last: int) -> Iterator[tuple[int, list[tuple[float, float]]]]:
    """The subjects of a sample in a range of positions, and their first draws.

    Once all subjects of the run have been used, they are used again with another seed.
    """
    for begin in range(first, last, AT_ONCE):
        numbers = np.arange(begin, min(begin + AT_ONCE, last))
        # Another seed for each round: with the same, a subject would only repeat itself, and the sample would look more
        # certain than it is.
        for seed in range(int(numbers[0]) // count, int(numbers[-1]) // count + 1):
            subjects = _spread(count)[numbers[numbers // count == seed] % count]
            walk.reseeded(seed)
            yield from zip(subjects.tolist(), walk.draws(subjects), strict=True)


@lru_cache(maxsize=1)
def _spread(count: int) -> Counts:
    """The subjects of a run in an order whose every beginning is spread evenly over them.

    Multiples of the golden ratio modulo 1 leave gaps that differ by less than a factor of three, for any number of
    points: D. E. Knuth, "The Art of Computer Programming", volume 3, 6.4, theorem S. With few subjects, the points are
    replaced by their ranks, since two could otherwise fall on the same subject.
    """
    points = np.arange(min(count, RANKED)) * GOLDEN % 1
    if count > RANKED:
        return (points * count).astype(np.int64)
    ranks = np.empty(count, dtype=np.int64)
    ranks[points.argsort()] = np.arange(count)
    return ranks


def with_records(taken: Sample) -> Sample:
    """The sample with more columns behind those of the transitions: one for each of its ``varying`` pairs.

    What is an event there is a record; it is attempted whenever its transition is.
    """
    if taken.records is None or not taken.varying:
        return taken
    attempts = taken.attempts[:, [way for way, _ in taken.varying]]
    return replace(
        taken,
        attempts=np.hstack([taken.attempts, attempts]),
        events=np.hstack([taken.events, taken.records]),
    )


class RecordColumns:
    """Which columns of a sample with records count the records of each stream.

    Args:
        program: the model.
    """

    def __init__(self, program: Program) -> None:
        self._program, self._counted = program, counted_by(program)
        self._columns_of = {pair: len(program.ways) + index for index, pair in enumerate(varying(program))}

    def of(self, stream: str, ways: Iterable[int]) -> list[int]:
        """The columns for the records that events of these ways make in a stream which they feed."""
        of_way = self._program.ways
        return [it if stream in self._counted[of_way[it].transition] else self._columns_of[it, stream] for it in ways]

    def is_fed(self, stream: str, way: int) -> bool:
        """Whether events of a way can make records in a stream which they feed: not if its condition is ``False``."""
        return self._program.conditions[self._program.ways[way].transition].get(stream) != "False"


def estimated_streams(program: Program) -> tuple[str, ...]:
    """The streams of which events make none, one or several records; not what is recorded for those who are born."""
    return tuple(dict.fromkeys(stream for _, stream in varying(program) if stream in program.shown_shapes))
