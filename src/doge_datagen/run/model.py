"""A model from its first tick to the report: windows made, streams carried to their places, the account checked."""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from time import monotonic

from doge_datagen.engine.choose import AUTO, engine_for
from doge_datagen.engine.records import schema_of
from doge_datagen.engine.window import Window
from doge_datagen.errors import DeliveryError
from doge_datagen.model.place import Place
from doge_datagen.model.program import Program
from doge_datagen.model.spec import Spec
from doge_datagen.model.translation import program_of
from doge_datagen.model.whole_number import whole_number
from doge_datagen.run.ahead import ahead
from doge_datagen.run.closing import closing
from doge_datagen.run.report import Progress, ProgressListener, RunReport, SinkReport
from doge_datagen.run.windows import windows_of
from doge_datagen.sinks.apart import check_apart
from doge_datagen.sinks.batch_sink import BatchSink
from doge_datagen.sinks.kinds import open_sink

SECONDS_BETWEEN_PROGRESS = 0.1
Carrier = Place | BatchSink


@dataclass(frozen=True, slots=True)
class How:
    """How a model is run; the records depend on the seed alone.

    Attributes:
        seed: 64 bits; None makes one up.
        workers: threads that simulate.
        engine: ``auto``, ``compiled`` or ``interpreted``.
        window: ticks that are made, ordered and handed on together; None for as many as hold a good number of records.
    """

    seed: int | None = None
    workers: int = 1
    engine: str = AUTO
    window: int | None = None

    def checked_seed(self) -> int:
        """The seed, or one made up.

        Raises:
            ModelError: it is no whole number of 64 bits.
        """
        given = int.from_bytes(os.urandom(8), "little") if self.seed is None else self.seed
        return whole_number("seed", given, at_least=0, below=2**64)


@contextlib.contextmanager
def windows(program: Program, how: How, seed: int) -> Iterator[Iterator[Window]]:
    """The windows of a run; leaving lets go of the engine."""
    if how.window is not None:
        whole_number("window", how.window, at_least=1)
    engine = engine_for(program, seed, workers=how.workers, engine=how.engine)
    try:
        yield windows_of(engine, program.spec, length=how.window)
    finally:
        engine.close()


def run_model(
    spec: Spec,
    carriers: Mapping[str, Carrier],
    how: How,
    *,
    progress: ProgressListener | None = None,
    stop: Callable[[], bool] | None = None,
) -> RunReport:
    """Run a model to its end, close the sinks and give the account.

    Args:
        spec: the model.
        carriers: by stream, where it goes, or an open sink; it is closed too.
        how: seed, workers, engine.
        progress: told now and then how far the run is, and once at its end.
        stop: asked after each window; where it says True the run ends there, as if there were no more ticks.

    Raises:
        ModelError: the model or a place makes no sense, or something cannot be calculated.
        MissingDriverError: a package is missing.
        SinkError: a place cannot be had, or records did not arrive.
    """
    started = monotonic()
    program, seed = program_of(spec), how.checked_seed()
    sinks = _opened(program, carriers)
    tally = _Tally(spec, progress)
    with closing(list(sinks.values())), windows(program, how, seed) as made, contextlib.closing(ahead(made)) as coming:
        for window in coming:
            for stream, batch in window.batches:
                tally.records[stream] += len(batch)
                if stream in sinks:
                    sinks[stream].write(batch)
            tally.over(window)
            if stop is not None and stop():
                break
    return RunReport(
        seed=seed,
        events=tally.events.total(),
        transitions={(it.from_state, it.trigger): tally.events[number] for number, it in enumerate(spec.transitions)},
        sinks=tuple(_report(stream, it, carriers[stream], tally.records[stream]) for stream, it in sinks.items()),
        seconds=monotonic() - started,
        ticks=tally.ticks,
    )


class _Tally:
    """What has been generated so far."""

    def __init__(self, spec: Spec, progress: ProgressListener | None) -> None:
        self.events: Counter[int] = Counter()
        self.records: Counter[str] = Counter()
        self.ticks = 0
        self._all = spec.clock.ticks
        self._progress = progress
        self._tell_at = monotonic()

    def over(self, window: Window) -> None:
        """Count a window, and tell of it now and then, and at the end."""
        self.events.update(window.events)
        self.ticks = window.end
        if self._progress is not None and (monotonic() >= self._tell_at or self.ticks >= self._all):
            self._progress(Progress(self.ticks, self._all, self.events.total(), dict(self.records)))
            self._tell_at = monotonic() + SECONDS_BETWEEN_PROGRESS


def _opened(program: Program, carriers: Mapping[str, Carrier]) -> dict[str, BatchSink]:
    """The sinks, all open; where one cannot be, the others leave their places as they were."""
    check_apart({stream: it for stream, it in carriers.items() if isinstance(it, Place)})
    sinks: dict[str, BatchSink] = {}
    try:
        for stream, carrier in carriers.items():
            if not isinstance(carrier, Place):
                sinks[stream] = carrier
                continue
            shape = program.shapes[stream]
            sinks[stream] = open_sink(carrier, stream, schema_of(shape), keyed=shape.key is not None)
    except BaseException:
        for sink in sinks.values():
            sink.discard()
        raise
    return sinks


def _report(stream: str, sink: BatchSink, carrier: Carrier, generated: int) -> SinkReport:
    delivered = sink.delivered
    place = carrier.plain() if isinstance(carrier, Place) else repr(sink)
    if delivered != generated:
        causes = {"the sink raised no error": generated - delivered}
        raise DeliveryError(f"stream {stream}", accepted=generated, delivered=delivered, causes=causes)
    return SinkReport(sink, generated, delivered, stream, place if isinstance(place, str) else str(place))
