"""The windows of a run: how far each goes, and which of them are told."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator

from doge_datagen.engine.window import Window
from doge_datagen.engine.window_length import WindowLengths
from doge_datagen.model.spec import Spec
from doge_datagen.program.program import Program
from doge_datagen.run.engine_choice import Engine, make_engine
from doge_datagen.run.run_config import RunConfig
from doge_datagen.run.schedule import Schedule


def iterate_windows(
    engine: Engine,
    spec: Spec,
    *,
    length: int | None = None,
    stops: Collection[int] = (),
    schedule: Schedule | None = None,
) -> Iterator[Window]:
    """The windows from the engine's tick to the last.

    Args:
        engine: makes them.
        spec: what it runs.
        length: ticks of a window at the most; None for as many as hold a good number of records.
        stops: ticks that no window goes across. What comes before the first of them is made without records.
        schedule: says how much may be handed on together; never more than the engine likes, as where there is none.

    Raises:
        CalculationError: an action or field cannot be calculated.
    """
    lengths = WindowLengths(spec, engine.records)
    told_from = min(stops, default=0)
    while engine.tick < spec.clock.ticks:
        start, told = engine.tick, engine.tick >= told_from
        due = schedule.records() if told and schedule is not None else None
        lengths.aim(min(due or engine.records, engine.records))  # which grows where another engine takes over
        ticks = length or lengths.ticks
        if told and schedule is not None:
            ticks = min(ticks, schedule.longest(start))
        end = min([spec.clock.ticks, start + ticks, *(stop for stop in stops if stop > start)])
        window = engine.window(end, told=told)
        records = sum(len(batch) for _, batch in window.batches) if told else window.events_in_all
        lengths.learn(window.end - start, records, cut=window.end < end)
        yield window


@contextlib.contextmanager
def engine_of(program: Program, how: RunConfig, seed: int, compiling: Callable[[], object] = str) -> Iterator[Engine]:
    """What runs a program; leaving lets go of it.

    Args:
        program: the model.
        how: workers, engine and pace.
        seed: 64 bits.
        compiling: called before the model is compiled, where the run cannot begin before.

    Raises:
        ModelError: there is no such engine, or the number of workers makes no sense.
        MissingDriverError: the compiled engine is asked for, and Numba is not installed.
        CalculationError: a subject's beginning cannot be calculated.
    """
    engine = make_engine(program, seed, workers=how.workers, engine=how.engine, speed=how.speed, compiling=compiling)
    try:
        yield engine
    finally:
        engine.close()


@contextlib.contextmanager
def windows(program: Program, how: RunConfig, seed: int) -> Iterator[Iterator[Window]]:
    """The windows of a run as fast as they can be made, all of them told; leaving lets go of the engine.

    Raises:
        ModelError: as :func:`engine_of`.
        MissingDriverError: as :func:`engine_of`.
        CalculationError: as :func:`engine_of`.
    """
    with engine_of(program, how, seed) as engine:
        yield iterate_windows(engine, program.spec, length=how.window)
