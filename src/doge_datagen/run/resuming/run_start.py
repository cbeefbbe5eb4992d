"""Works out the seed, start and identity of a run from its options and the positions at its destinations."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from doge_datagen.errors import ModelError
from doge_datagen.language.time.units import timestamp_text
from doge_datagen.model.clock import Clock
from doge_datagen.model.spec import Spec
from doge_datagen.program.compilation import with_clock
from doge_datagen.program.program import Program
from doge_datagen.run.resuming.identity import check_same, clock_of, identity, seed_and_start
from doge_datagen.run.run_config import NOW, RunConfig
from doge_datagen.run.stages import Stage
from doge_datagen.sinks.transactional import Position


@dataclass(frozen=True, slots=True)
class RunStart:
    """The model, seed and identity of a run.

    Attributes:
        program: the model, with the start and end of this run.
        seed: 64 bits.
        of: its identity; empty for a run without a name.
    """

    program: Program
    seed: int
    of: str = ""

    @property
    def spec(self) -> Spec:
        """The model."""
        return self.program.spec


def resolve_run_start(
    program: Program, config: RunConfig, positions: Mapping[str, Position], stages: Sequence[Stage] = ()
) -> RunStart:
    """Resolve seed and start: those in the options, else those that the run began with, else a generated seed.

    Args:
        program: the model.
        config: the options of the run.
        positions: by stream, the positions found at the destinations.
        stages: what the records pass.

    Raises:
        ModelError: a position is from a run of another model, seed or start, or with other stages; or the end is before
            the start; or the start of a backfill is in the future.
    """
    own = program.spec.clock
    # Any of them, as all must be the same: that is checked below, stream by stream.
    began = next((position.of for position in positions.values()), None)
    seed, start, clock = config.checked_seed(), _start(own, config), _clock(own, config)
    if began is not None:
        its_seed, its_start = seed_and_start(began)
        seed = its_seed if config.seed is None else seed
        # "now" means when the run began. Otherwise a resumed run would be another one.
        start = its_start if config.start in (None, NOW) else start
        its_clock = clock_of(began)
        # Compared only where both runs use the model's own start; it tells a model whose start was changed since.
        clock = its_clock if clock is None or its_clock is None else clock
    _check_past(config, start)
    program = _timed(program, start, config.until)
    if config.run_id is None:
        return RunStart(program, seed)
    of = identity(program, seed, clock, stages)
    for stream, position in positions.items():
        check_same(config.run_id, stream, position.of, of)
    return RunStart(program, seed, of)


def with_run_times(program: Program, config: RunConfig) -> Program:
    """The program with the start and end from the options, for a run that begins now.

    A named run whose end has passed may have begun before that, which only its destinations know. In this case the
    program is returned unchanged.

    Raises:
        ModelError: the end is before the start or out of range, or the start of a backfill is in the future.
    """
    start = _start(program.spec.clock, config)
    if config.run_id is None or config.start is not None:
        _check_past(config, start)
    if config.run_id is not None and config.until is not None and config.until <= start:
        return program
    return _timed(program, start, config.until)


def _check_past(config: RunConfig, start: int) -> None:
    """Reject a backfill that starts in the future: the run would wait for it silently."""
    if config.backfill and start > time.time() * 1000:
        problem = f"{timestamp_text(start)} is in the future, so there is nothing to backfill"
        raise ModelError("start", f"{problem}. Hint: give an earlier time, or leave out backfill")


def _timed(program: Program, start: int, until: int | None) -> Program:
    clock = replace(program.spec.clock, start=start)
    return with_clock(program, clock if until is None else _ending(clock, until))


def _ending(clock: Clock, until: int) -> Clock:
    if until <= clock.start:
        problem = f"{timestamp_text(until)} is not after {timestamp_text(clock.start)}, where the run starts"
        raise ModelError("until", f"{problem}. Hint: give a later time")
    # Rounded up: a tick that begins before the end belongs to the run.
    return replace(clock, ticks=-((clock.start - until) // clock.tick_ms))


def _clock(own: Clock, config: RunConfig) -> int | None:
    """The model's own start; None if the options replace it."""
    return own.start if config.start is None and not config.starts_now else None


def _start(own: Clock, config: RunConfig) -> int:
    if config.starts_now:
        return int(time.time() * 1000)
    return own.start if config.start is None else int(config.start)
