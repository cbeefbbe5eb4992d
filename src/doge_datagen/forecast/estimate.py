"""Estimate the events of a whole run, with prediction intervals, from a sample of its subjects.

W. G. Cochran, "Sampling Techniques", 3rd edition, 1977, chapters 2 and 6. The intervals predict a single run, not the
mean of many: they cover both the error of the sample and the variance between runs.
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
NORMAL = 1.959964  # two-sided 95 % quantile of the normal distribution
STUDENT = (12.706, 4.303, 3.182, 2.776)  # the same of Student's t distribution with 1, 2, ... degrees of freedom
FEW = 10  # events; up to here the sample variance says little, so counts are assumed to be Poisson


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """The estimated events of one subject of the run.

    Attributes:
        each: mean number of events, by transition.
        happening: share of attempts that are not rejected, by transition.
        weight: number of events in the run that one event in the sample stands for, by transition; 0 where the algebra
            alone gives the number.
        off: deviation of each sampled subject's estimate from the mean, by subject and transition.
        taken: the sample.
        part: number of ticks of the sample relative to those of the run.
        arriving: how many of the subjects arrive while the run goes on, which is a Poisson number.
        of_newcomer: mean number of events of one of them, by transition; None if none arrive.
    """

    each: Floats
    happening: Floats
    weight: Floats
    off: Floats
    taken: Sample
    part: float
    arriving: float = 0.0
    of_newcomer: Floats | None = None

    def interval(self, transitions: Sequence[int], count: float) -> tuple[float, float | None, float | None]:
        """Expected events of these transitions in a run, and the 95 % interval, or None and None if unknown.

        Args:
            transitions: positions of the transitions in the model.
            count: number of subjects of the run.
        """
        chosen = list(transitions)
        total = count * float(self.each[chosen].sum())
        if not self.taken.complete or self.taken.subjects < 2 or not self.part:
            return total, None, None
        noise, sampling = self._variances(chosen)
        crowd = 0.0
        if self.of_newcomer is not None:
            # A sum of a Poisson number N of values with mean m has E[N] m**2 more variance than one of a known number,
            # by the law of total variance.
            crowd = self.arriving * self.part * float(self.of_newcomer[chosen].sum()) ** 2
        # The subjects of a run are independent, so their variances add up; an error of the estimated mean is the same
        # for all of them, so it counts with the square of their number.
        wide = _student(self.taken.subjects - 1) * sqrt(count * noise + count**2 * sampling + crowd)
        return total, max(0.0, total - wide), total + wide

    def _variances(self, chosen: list[int]) -> tuple[float, float]:
        """The variance of one subject's events, and the variance of the estimate of their mean."""
        events, subjects = self.taken.events[:, chosen].sum(axis=1), self.taken.subjects
        weight = float(self.weight[chosen].max(initial=0.0))
        if events.sum() > FEW:
            off = self.off[:, chosen].sum(axis=1)
            unseen = 1 / subjects  # one more subject might have been the first whose count differs by one
            sampling = float(off.var(ddof=1)) + weight**2 * unseen
            return (float(events.var(ddof=1)) + unseen) / self.part, sampling / subjects
        mean = float(events.sum() + 1) / subjects
        noise = mean / self.part if weight else float(self.each[chosen].sum())
        return noise, weight**2 * mean / subjects


def estimate_by_counting(taken: Sample, part: float, possible: Bools) -> Estimate:
    """Estimate a subject's events from the events of the subjects in a sample.

    Args:
        taken: the sample.
        part: number of ticks of the sample relative to those of the run.
        possible: whether each transition can ever happen.
    """
    weight = possible / (part or 1.0)
    each = taken.events.mean(axis=0) * weight
    return Estimate(each, _happening(taken), weight, taken.events * weight, taken, part)


def estimate_by_ratio(taken: Sample, part: float, attempts: Floats, may_reject: Bools) -> Estimate:
    """Estimate a subject's events from its known number of attempts and the share that succeed in a sample.

    Args:
        taken: the sample.
        part: number of ticks of the sample relative to those of the run.
        attempts: mean number of attempts of a subject in the run, by transition.
        may_reject: whether each transition's attempts may be rejected.
    """
    happening = np.where(may_reject, _happening(taken), 1.0)
    sampled = taken.attempts.mean(axis=0)
    # At least as if there had been one attempt, or a transition that nobody in the sample attempted would divide by 0.
    weight = np.where(may_reject, attempts / np.maximum(sampled, 1 / taken.subjects), 0.0)
    # The residuals of a ratio estimate (Cochran, chapter 6): that subjects attempt more or less does not count, since
    # the number of attempts is known.
    off = weight * (taken.events - happening * taken.attempts)
    return Estimate(attempts * happening, happening, weight, off, taken, part)


def _happening(taken: Sample) -> Floats:
    attempts, events = taken.attempts.sum(axis=0), taken.events.sum(axis=0)
    # A ratio of sums: the mean of each subject's ratio would give subjects with few attempts as much weight as those
    # with many.
    return np.where(attempts > 0, events / np.maximum(attempts, 1), 1.0)


def _student(freedom: int) -> float:
    """The two-sided 95 % quantile of Student's t distribution, to two decimals.

    >>> [round(_student(freedom), 2) for freedom in (1, 5, 30)]
    [12.71, 2.55, 2.04]
    """
    if freedom <= len(STUDENT):
        return STUDENT[freedom - 1]
    z = NORMAL  # Cornish-Fisher expansion: Abramowitz and Stegun, 26.7.5
    return z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
