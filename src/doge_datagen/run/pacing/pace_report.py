"""How well a run kept its pace."""

from __future__ import annotations

from dataclasses import dataclass

from doge_datagen.run.pacing.lag_alert import ALLOWED


@dataclass(frozen=True, slots=True)
class PaceReport:
    """How well a run kept its pace.

    Attributes:
        asked: the pace that was asked for.
        reached: the pace that was reached, in the same form; None if nothing was delivered.
        generated_per_second: records generated per second of wall time, from the first delivery to the end of the run;
            for a generator, events.
        acknowledged_per_second: records confirmed by the destinations, per second; None if a sink does not count them.
        lag_max: the longest lag, in seconds, when the sinks had taken the records; exact. None if there was none to
            measure: nothing was delivered, or only what was in the past when the run began.
        lag_p50: the median lag in seconds, within 5 %; 0 if it is below 1 ms.
        lag_p99: the 99th percentile, as ``lag_p50``.
        commit_lag_max: the longest lag, in seconds, when the records of a named run were committed, which makes them
            visible at their destination. None if nothing was committed.
        commit_lag_p50: as ``lag_p50``, but at the commit.
        commit_lag_p99: as ``lag_p99``, but at the commit.
        late: what happened to the schedule when something was late: ``catch-up`` or ``stretch``.
        stretched: seconds by which the schedule was postponed in total.
    """

    asked: str
    reached: str | None
    generated_per_second: float
    acknowledged_per_second: float | None
    lag_max: float | None
    lag_p50: float | None
    lag_p99: float | None
    commit_lag_max: float | None
    commit_lag_p50: float | None
    commit_lag_p99: float | None
    late: str
    stretched: float

    @property
    def kept(self) -> bool:
        """Whether the median lag is at most a second, and the schedule was postponed by no more than that."""
        return self.stretched <= ALLOWED and (self.lag_p50 or 0.0) <= ALLOWED
