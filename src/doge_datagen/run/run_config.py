"""The options of a run, and the check that they let it end."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from typing import TypedDict

from doge_datagen.errors import ModelError
from doge_datagen.model.clock import ENDLESS, Clock
from doge_datagen.model.coercion import whole_number
from doge_datagen.run.pacing.pace import CATCH_UP, STRETCH, Pace, checked_late
from doge_datagen.run.simulation.engine_choice import AUTO

NOW = "now"
PATIENCE = 60.0
"""Seconds for which a named run retries, and every run waits for a server that does not answer, by default."""
LEAST_WAIT = 5.0
"""Seconds to wait for a server however little patience there is: a busy one may need them."""

NEITHER_END_NOR_PACE = (
    "the run has neither an end nor a pace: it would go on as fast as it can until the disk is full. Hint: give it an "
    "end, such as --until '1 d' or --ticks 1000 (in the model file, clock: {until: 1 d}), or a pace, such as "
    "--pace realtime"
)


@dataclass(frozen=True, slots=True)
class RunConfig:
    """The options of a run. Of these, only seed, start and until affect the records.

    Attributes:
        seed: 64 bits; None for a generated one, or for that of the run that is resumed.
        workers: how many threads simulate.
        engine: ``auto``, ``compiled`` or ``interpreted``.
        window: how many ticks are generated, ordered and delivered together; None to choose by the number of records.
        start: timestamp of the first tick in milliseconds since the epoch, or ``now``; None for the model's own start,
            or for now if the pace is ``realtime``. A resumed run keeps the start that it began with.
        until: timestamp at which the run ends, exclusive, in milliseconds since the epoch; None for the model's number
            of ticks.
        pace: ``realtime``, ``60x``, ``5000/s`` or ``5000 trx/s``; None for as fast as possible.
        backfill: with the pace ``realtime``, whether event time is the wall clock, and everything that is in the past
            when the run starts is delivered as fast as possible.
        late: what happens when the pace cannot be kept: ``catch-up`` or ``stretch``.
        run_id: names the run, so that a later run of the same name resumes it, with no record lost or delivered twice.
        commit_every: seconds between two commits of a named run.
        checkpoint_every: seconds between two checkpoints of a named run, from which it resumes without simulating from
            the beginning; 0 for one after each window. Fewer are saved if saving would take over a twentieth of the
            run.
        progress_every: seconds between two reports of the run's progress, if somebody listens.
        patience: seconds for which transient errors are retried; None for 60 in a named run and 0 in others. In a run
            without a name, only opening a destination is retried. The same time limits how long to wait for a server
            that does not answer, but at least 5 seconds; None for 60.
    """

    seed: int | None = None
    workers: int = 1
    engine: str = AUTO
    window: int | None = None
    start: int | str | None = None
    until: int | None = None
    pace: str | Pace | None = None
    backfill: bool = False
    late: str = CATCH_UP
    run_id: str | None = None
    commit_every: float = 1.0
    checkpoint_every: float = 60.0
    progress_every: float = 0.1
    patience: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "pace", Pace.of(self.pace))
        checked_late(self.late)
        for name in ("commit_every", "checkpoint_every", "progress_every", "patience"):
            seconds = getattr(self, name)
            if seconds is not None and not (math.isfinite(seconds) and seconds >= 0):
                raise ModelError(name, f"{seconds!r} is not a number of seconds. Hint: use 0 or more")
        if self.window is not None:
            whole_number("window", self.window, at_least=1)
        if self.start not in (None, NOW):
            whole_number("start", self.start)
        if self.until is not None:
            whole_number("until", self.until)
        if self.backfill and self.late == STRETCH:
            raise ModelError(
                "late", f"{STRETCH!r} cannot be used when event time is the wall clock. Hint: use {CATCH_UP!r}"
            )
        if self.backfill and not self.is_realtime:
            raise ModelError("backfill", "catches up with the present, so it requires the pace 'realtime'")

    @property
    def paced(self) -> Pace | None:
        """The pace, parsed."""
        return Pace.of(self.pace)

    @property
    def counted(self) -> str | None:
        """The stream whose records a rate counts; None for all streams, or if there is no rate."""
        return None if self.paced is None else self.paced.stream

    @property
    def is_realtime(self) -> bool:
        """Whether event time passes as the wall clock does."""
        return self.paced is not None and self.paced.speed == 1

    @property
    def speed(self) -> float | None:
        """Seconds of event time per second that the run never exceeds; None if there is no such limit."""
        return None if self.paced is None or self.backfill else self.paced.speed

    @property
    def starts_now(self) -> bool:
        """Whether the first tick is at the time when the run begins."""
        return self.start == NOW or (self.start is None and self.is_realtime and not self.backfill)

    @property
    def is_on_clock(self) -> bool:
        """Whether event time is the wall clock."""
        return self.backfill or (self.is_realtime and self.starts_now)

    @property
    def seconds_to_try(self) -> float:
        """How long transient errors are retried."""
        if self.patience is not None:
            return self.patience
        return PATIENCE if self.run_id is not None else 0.0

    @property
    def seconds_to_wait(self) -> float:
        """How long to wait for a server that does not answer."""
        return PATIENCE if self.patience is None else max(self.patience, LEAST_WAIT)

    def checked_seed(self) -> int:
        """The seed, or a generated one.

        Raises:
            ModelError: it is not an unsigned integer of 64 bits.
        """
        # The only random number that is not drawn from a seed; it is reported, so that the run can be repeated.
        given = int.from_bytes(os.urandom(8), "little") if self.seed is None else self.seed
        return whole_number("seed", given, at_least=0, below=2**64)


class SimulationOptions(TypedDict, total=False):
    """The options of a run that is only simulated, as keyword arguments; :class:`RunConfig` says what they mean."""

    workers: int
    engine: str
    window: int | None
    start: int | str | None
    until: int | None


class RunOptions(SimulationOptions, total=False):
    """All options of a run but its seed, as keyword arguments."""

    pace: str | Pace | None
    backfill: bool
    late: str
    run_id: str | None
    commit_every: float
    checkpoint_every: float
    progress_every: float
    patience: float | None


def check_end(clock: Clock, config: RunConfig) -> None:
    """Check that a run has an end or a pace.

    Raises:
        ModelError: it has neither.
    """
    if clock.ticks < ENDLESS or config.until is not None or config.paced is not None:
        return
    raise ModelError("clock", NEITHER_END_NOR_PACE)
