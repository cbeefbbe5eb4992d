"""The windows of a run: how far each goes, and which of them are told."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from doge_datagen.engine.choose import Engine
from doge_datagen.engine.lengths import Lengths
from doge_datagen.engine.window import Window
from doge_datagen.model.spec import Spec


def windows_of(
    engine: Engine,
    spec: Spec,
    *,
    length: int | None = None,
    stops: Collection[int] = (),
    bound: Callable[[int], int] | None = None,
) -> Iterator[Window]:
    """The windows from the engine's tick to the last.

    Args:
        engine: makes them.
        spec: what it runs.
        length: ticks of a window; None for as many as hold a good number of records.
        stops: ticks that no window goes across. What comes before the first of them is made without records.
        bound: by the tick with which a window begins, how many it may have.

    Raises:
        CalculationError: an action or field cannot be calculated.
    """
    lengths = Lengths(spec, engine.records)
    told_from = min(stops, default=0)
    while engine.tick < spec.clock.ticks:
        start, told = engine.tick, engine.tick >= told_from
        ticks = length or lengths.ticks
        if told and bound is not None:
            ticks = min(ticks, bound(start))
        end = min([spec.clock.ticks, start + ticks, *(stop for stop in stops if stop > start)])
        window = engine.window(end, told=told)
        lengths.learn(end - start, sum(len(batch) for _, batch in window.batches) if told else window.events_in_all)
        yield window
