"""From a sample to a whole run: how often transitions happen there, and how far off that may be.

W. G. Cochran, "Sampling Techniques", 3rd edition, 1977, chapters 2 and 6. An interval has to hold what one run will do,
not what runs do on average: it has room for how far the sample is off, and for how far runs differ from each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt

from doge_datagen.forecast.sample import Sample

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
NORMAL = 1.959964  # 95 of 100 numbers of a normal distribution are no more standard deviations from the mean
STUDENT = (12.706, 4.303, 3.182, 2.776)  # the same of Student's distribution, of 1, 2 ... degrees of freedom
FEW = 10  # events up to which their variance in a sample says little, so that they are taken to be Poisson's


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """What one subject of the run does, estimated.

    Attributes:
        each: by transition, its events.
        happening: by transition, the share of attempts that are not rejected.
        weight: by transition, how many events of the subject one event in a subject of the sample stands for; 0 where
            the algebra alone says how many there are.
        off: by subject of the sample and transition, how far off its estimate would be from ``each``.
        taken: the sample.
        part: what part of the run's ticks the sample has.
    """

    each: Floats
    happening: Floats
    weight: Floats
    off: Floats
    taken: Sample
    part: float

    def interval(self, transitions: Sequence[int], count: int) -> tuple[float, float | None, float | None]:
        """Events of these transitions in a run, and between which numbers they are in 95 of 100 runs, if known.

        Args:
            transitions: their numbers.
            count: subjects of the run.
        """
        chosen = list(transitions)
        total = count * float(self.each[chosen].sum())
        if not self.taken.complete or self.taken.subjects < 2 or not self.part:
            return total, None, None
        noise, sampling = self._variances(chosen)
        wide = _student(self.taken.subjects - 1) * sqrt(count * noise + count**2 * sampling)
        return total, max(0.0, total - wide), total + wide

    def _variances(self, chosen: list[int]) -> tuple[float, float]:
        """Of the events of one subject, and of the estimate of their mean."""
        events, subjects = self.taken.events[:, chosen].sum(axis=1), self.taken.subjects
        weight = float(self.weight[chosen].max(initial=0.0))
        if events.sum() > FEW:
            off = self.off[:, chosen].sum(axis=1)
            unseen = 1 / subjects  # one subject more might have been the first with an event more or less than others
            sampling = float(off.var(ddof=1)) + weight**2 * unseen
            return (float(events.var(ddof=1)) + unseen) / self.part, sampling / subjects
        mean = float(events.sum() + 1) / subjects
        noise = mean / self.part if weight else float(self.each[chosen].sum())
        return noise, weight**2 * mean / subjects


def estimate_by_counting(taken: Sample, part: float, possible: Bools) -> Estimate:
    """What a subject does, from what the subjects of a sample did.

    Args:
        taken: the sample.
        part: what part of the run's ticks the sample has.
        possible: by transition, whether it can ever happen.
    """
    weight = possible / (part or 1.0)
    each = taken.events.mean(axis=0) * weight
    return Estimate(each, _happening(taken), weight, taken.events * weight, taken, part)


def estimate_by_ratio(taken: Sample, part: float, attempts: Floats, may_reject: Bools) -> Estimate:
    """What a subject does, from how often it tries and the share of attempts that happen in a sample.

    Args:
        taken: the sample.
        part: what part of the run's ticks the sample has.
        attempts: by transition, how often a subject of the run tries.
        may_reject: by transition, whether attempts may be rejected.
    """
    happening = np.where(may_reject, _happening(taken), 1.0)
    tried = taken.attempts.mean(axis=0)
    weight = np.where(may_reject, attempts / np.maximum(tried, 1 / taken.subjects), 0.0)
    off = weight * (taken.events - happening * taken.attempts)
    return Estimate(attempts * happening, happening, weight, off, taken, part)


def _happening(taken: Sample) -> Floats:
    attempts, events = taken.attempts.sum(axis=0), taken.events.sum(axis=0)
    return np.where(attempts > 0, events / np.maximum(attempts, 1), 1.0)


def _student(freedom: int) -> float:
    """So many standard deviations hold 95 of 100, where the deviation itself is estimated; good to a hundredth.

    >>> [round(_student(freedom), 2) for freedom in (1, 5, 30)]
    [12.71, 2.55, 2.04]
    """
    if freedom <= len(STUDENT):
        return STUDENT[freedom - 1]
    z = NORMAL
    return z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
