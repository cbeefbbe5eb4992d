"""Quantiles of lags, in constant memory."""

from __future__ import annotations

from math import ceil, log, sqrt

SHORTEST = 0.001
LONGEST = 10 * 86_400.0
GROWTH = 1.1
BUCKETS = ceil(log(LONGEST / SHORTEST) / log(GROWTH))


class LagHistogram:
    """Quantiles of lags in seconds, in constant memory however many there are.

    Lags are counted in buckets, each 10 % wider than the one before. A quantile is the geometric middle of the bucket
    that holds the exact value, so it is at most 5 % off between 1 ms and 10 days. Lags below 1 ms count as 0, those
    above 10 days as the longest. The longest lag is exact.

    >>> lags = LagHistogram()
    >>> for lag in (0.0002, 0.02, 0.5, 4.0):
    ...     lags.add(lag)
    >>> lags.quantile(0.25), round(lags.quantile(0.5), 3), lags.longest
    (0.0, 0.02, 4.0)
    """

    def __init__(self) -> None:
        self.count = 0
        self.longest: float | None = None
        self._buckets = [0] * (BUCKETS + 2)  # the first is for lags below the range, the last for those above

    def add(self, lag: float) -> None:
        """Count one lag, 0 or more seconds."""
        self.count += 1
        self.longest = lag if self.longest is None else max(self.longest, lag)
        self._buckets[_bucket(lag)] += 1

    def quantile(self, share: float) -> float | None:
        """The lag that this fraction of all lags, above 0 and at most 1, does not exceed; None if there is none."""
        if self.longest is None:
            return None
        rank, bucket = ceil(share * self.count - 1e-9), 0  # 0.07 * 100 is slightly above 7, and must not round up to 8
        below = self._buckets[0]
        while below < rank:
            bucket += 1
            below += self._buckets[bucket]
        return min(_middle(bucket), self.longest)


def _bucket(lag: float) -> int:
    if lag < SHORTEST:
        return 0
    return min(1 + int(log(lag / SHORTEST) / log(GROWTH)), BUCKETS + 1)


def _middle(bucket: int) -> float:
    if bucket == 0:
        return 0.0
    return float("inf") if bucket > BUCKETS else SHORTEST * GROWTH ** (bucket - 1) * sqrt(GROWTH)
