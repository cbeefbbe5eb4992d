"""How a model is run, as it is asked for."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass

from doge_datagen.errors import ModelError
from doge_datagen.model.coercion import whole_number
from doge_datagen.run.engine_choice import AUTO
from doge_datagen.run.pace import CATCH_UP, STRETCH, Pace, checked_late

NOW = "now"
PATIENCE = 60.0
"""Seconds for which a run with a name tries again, and each run waits for a server that does not answer."""
LEAST_WAIT = 5.0
"""Seconds for which a server is waited for however little patience there is: one that is busy may take them."""


@dataclass(frozen=True, slots=True)
class RunConfig:
    """How a model is run; the records depend on seed and start alone.

    Attributes:
        seed: 64 bits; None makes one up, or takes that of the run that is resumed.
        workers: threads that simulate.
        engine: ``auto``, ``compiled`` or ``interpreted``.
        window: ticks that are made, ordered and handed on together; None for as many as hold a good number of records.
        start: timestamp of the first tick in milliseconds since the epoch, or ``now``; None for the model's, or, where
            the pace is ``realtime``, for now. A run that is resumed has the start that it began with.
        until: timestamp at which the run ends, in milliseconds since the epoch: the first tick that is not before it is
            not walked. None for the model's number of ticks.
        pace: ``realtime``, ``60x``, ``5000/s`` or ``5000 trx/s``; None for as fast as possible.
        backfill: with the pace ``realtime``: event time is the wall clock, and what is past at the beginning is handed
            on as fast as possible.
        late: what happens when the pace cannot be kept: ``catch-up`` or ``stretch``.
        run_id: names the run, so that one of the same name goes on where it stands, with nothing lost or twice.
        commit_every: seconds after which what was handed on is committed, in a run with a name.
        patience: seconds for which is tried again what may succeed later; None for 60 with a name and 0 without.
            Without a name only opening a place is tried again. A server that does not answer is waited for as long, but
            for 5 seconds at least, and for 60 where it is None.
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
    patience: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "pace", Pace.of(self.pace))
        checked_late(self.late)
        for name in ("commit_every", "patience"):
            seconds = getattr(self, name)
            if seconds is not None and not (math.isfinite(seconds) and seconds >= 0):
                raise ModelError(name, f"{seconds!r} is not a number of seconds. Hint: give 0 or more")
        if self.window is not None:
            whole_number("window", self.window, at_least=1)
        if self.start not in (None, NOW):
            whole_number("start", self.start)
        if self.until is not None:
            whole_number("until", self.until)
        if self.backfill and self.late == STRETCH:
            raise ModelError(
                "late", f"{STRETCH!r} cannot be where event time is the wall clock. Hint: give {CATCH_UP!r}"
            )
        if self.backfill and not self.is_realtime:
            raise ModelError("backfill", "goes on to the present, so it needs the pace 'realtime'")

    @property
    def paced(self) -> Pace | None:
        """The pace, whichever way it was said."""
        return Pace.of(self.pace)

    @property
    def counted(self) -> str | None:
        """The stream whose records a rate counts; None for those of all, or where there is no rate."""
        return None if self.paced is None else self.paced.stream

    @property
    def is_realtime(self) -> bool:
        """Whether event time passes as the wall clock does."""
        return self.paced is not None and self.paced.speed == 1

    @property
    def speed(self) -> float | None:
        """Seconds of event time in a second, where the pace allows no more at any time."""
        return None if self.paced is None or self.backfill else self.paced.speed

    @property
    def starts_now(self) -> bool:
        """Whether the first tick is to be at the time when the run begins."""
        return self.start == NOW or (self.start is None and self.is_realtime and not self.backfill)

    @property
    def is_on_clock(self) -> bool:
        """Whether event time is the wall clock."""
        return self.backfill or (self.is_realtime and self.starts_now)

    @property
    def seconds_to_try(self) -> float:
        """For which is tried again what may succeed later."""
        if self.patience is not None:
            return self.patience
        return PATIENCE if self.run_id is not None else 0.0

    @property
    def seconds_to_wait(self) -> float:
        """For which a server is waited for that does not answer."""
        return PATIENCE if self.patience is None else max(self.patience, LEAST_WAIT)

    def checked_seed(self) -> int:
        """The seed, or one made up.

        Raises:
            ModelError: it is no whole number of 64 bits.
        """
        given = int.from_bytes(os.urandom(8), "little") if self.seed is None else self.seed
        return whole_number("seed", given, at_least=0, below=2**64)
