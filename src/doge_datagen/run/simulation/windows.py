"""Yields the windows of a run, chooses the length of each, and prepares the next while one is delivered."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from doge_datagen.engine.protocol import Engine
from doge_datagen.engine.window import Window, WindowLengths
from doge_datagen.model.spec import Spec
from doge_datagen.program.program import Program
from doge_datagen.run.pacing.schedule import Schedule
from doge_datagen.run.run_config import RunConfig
from doge_datagen.run.simulation.engine_choice import make_engine

Item = TypeVar("Item")


def produced_ahead(items: Iterator[Item]) -> Generator[Item, None, None]:
    """The items in their order, each produced on another thread while the one before is processed.

    At most one item is produced ahead.

    >>> list(produced_ahead(iter([1, 2, 3])))
    [1, 2, 3]
    """
    end = object()
    with ThreadPoolExecutor(1, "doge-ahead") as thread:
        # With a default, as StopIteration cannot be raised through a future.
        coming = thread.submit(next, items, end)
        while (item := coming.result()) is not end:
            # Before the item is passed on: so the next one is made while this one is delivered. One ahead bounds the
            # memory.
            coming = thread.submit(next, items, end)
            yield item  # type: ignore[misc]  # it is not the end, so it is an item


def iterate_windows(
    engine: Engine,
    spec: Spec,
    *,
    length: int | None = None,
    stops: Collection[int] = (),
    schedule: Schedule | None = None,
    staged: bool = False,
) -> Iterator[Window]:
    """The windows from the engine's next tick to the last one.

    Args:
        engine: simulates them.
        spec: the model.
        length: the most ticks of a window; None to choose by the number of records.
        stops: ticks that no window extends across: the positions of sinks. Windows before the first of them have no
            records, since every sink has these already.
        schedule: how much may be delivered together; never more than the engine puts in one window anyway.
        staged: whether stages follow, which need all records, since some may still be in flight.

    Raises:
        CalculationError: an action or field cannot be calculated.
    """
    lengths = WindowLengths(spec, engine.records)
    deliver_from = min(stops, default=0)
    while engine.tick < spec.clock.ticks:
        start, delivered = engine.tick, engine.tick >= deliver_from
        with_records = delivered or staged
        due = schedule.portions.records() if delivered and schedule is not None else None
        lengths.aim(
            min(due or engine.records, engine.records)
        )  # engine.records grows when the compiled engine takes over
        ticks = length or lengths.ticks
        if delivered and schedule is not None:
            ticks = min(ticks, schedule.portions.longest(start))
        # No window across a position: it would have records that one sink has and another does not.
        end = min([spec.clock.ticks, start + ticks, *(stop for stop in stops if stop > start)])
        window = engine.window(end, with_records=with_records)
        # Before the first position no batches are made, so that catching up is faster; events stand for records there.
        records = sum(len(batch) for _, batch in window.batches) if with_records else window.events_in_all
        lengths.learn(window.end - start, records, cut=window.end < end)
        yield window


@contextlib.contextmanager
def engine_of(
    program: Program,
    config: RunConfig,
    seed: int,
    compiling: Callable[[], object] = str,
    *,
    hidden: Collection[str] = (),
    subjects: range | None = None,
) -> Iterator[Engine]:
    """The engine that runs a program, closed at the end of the block.

    Args:
        program: the model.
        config: workers, engine and pace.
        seed: 64 bits.
        compiling: called before the model is compiled, if the run has to wait for it.
        hidden: the hidden columns that the batches need.
        subjects: the slice of subjects to simulate; all of them by default.

    Raises:
        ModelError: the engine is unknown, or the number of workers is invalid.
        MissingDriverError: the compiled engine is asked for, but Numba is not installed.
        CalculationError: an initial attribute of a subject cannot be calculated.
    """
    engine = make_engine(
        program,
        seed,
        workers=config.workers,
        engine=config.engine,
        speed=config.speed,
        compiling=compiling,
        hidden=hidden,
        subjects=subjects,
    )
    try:
        yield engine
    finally:
        engine.close()


@contextlib.contextmanager
def windows(
    program: Program, config: RunConfig, seed: int, *, subjects: range | None = None
) -> Iterator[Iterator[Window]]:
    """The windows of a run as fast as they can be simulated, all with records; closes the engine after the block.

    Args:
        program: the model.
        config: workers, engine and length of windows.
        seed: 64 bits.
        subjects: the slice of subjects to simulate; all of them by default.

    Raises:
        ModelError: as :func:`engine_of`.
        MissingDriverError: as :func:`engine_of`.
        CalculationError: as :func:`engine_of`.
    """
    with engine_of(program, config, seed, subjects=subjects) as engine:
        yield iterate_windows(engine, program.spec, length=config.window)
