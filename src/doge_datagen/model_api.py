"""``Model``: a spec with doors, to files, to Arrow and to places."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pyarrow as pa

from doge_datagen.engine.records import schema_of
from doge_datagen.errors import InvalidModelError, ModelError, did_you_mean
from doge_datagen.model.clock import ENDLESS
from doge_datagen.model.destination import CONSOLE, Destination
from doge_datagen.model.spec import Spec
from doge_datagen.modelfile.dump import dump
from doge_datagen.modelfile.load import load
from doge_datagen.program.checks import problems
from doge_datagen.program.translation import program_of
from doge_datagen.run.model_run import run_model
from doge_datagen.run.resume import with_run_times
from doge_datagen.run.run_config import RunConfig
from doge_datagen.run.sink_lifecycle import discarding
from doge_datagen.run.windows import windows

if TYPE_CHECKING:
    import pyarrow as pa

    from doge_datagen.run.delivery import SinkOrDestination
    from doge_datagen.run.report import ProgressListener, RunReport
    from doge_datagen.run.run_config import RunConfig

Target = str | Mapping[str, Any] | None
"""The name of a target of the model, or by stream a place or an open sink; None for the model's first."""


IN_MEMORY = ("workers", "engine", "window", "start", "until")
"""What there is to ask of records that nobody waits for and that go nowhere."""


class Model(Spec):
    """Who there is, what they can do, what is told of it and where it goes: a value, and the runs of it.

    The same model and seed give the same records, to the bit, whichever engine runs it, with however many workers.
    Takes what :class:`Spec` takes; see the reference of model files for what expressions can say.

    Raises:
        InvalidModelError: everything that is wrong with it.

    >>> from doge_datagen import Clock, Model, Population, Stream, Transition
    >>> model = Model(
    ...     name='shop',
    ...     subjects=Population('visitor', 3, {'visits': 0}),
    ...     states=['away', 'here'],
    ...     initial='away',
    ...     transitions=[
    ...         Transition('arrive', 'away', 'here', 20, do='visits += 1', emit='visits'),
    ...         Transition('leave', 'here', 'away', 50),
    ...     ],
    ...     streams={'visits': Stream({'visitor': 'index', 'visits': 'visits', 'ts': 'timestamp'})},
    ...     clock=Clock(start=1644549708000, tick_ms=60000, ticks=5),
    ... )
    >>> model.table('visits', seed=3).column('visitor').to_pylist()
    [2, 0, 1]
    """

    __slots__ = ()

    def __post_init__(self) -> None:
        wrong = problems(self)
        if wrong:
            raise InvalidModelError(wrong)

    @classmethod
    def of(cls, spec: Spec) -> Self:
        """The model that a spec describes.

        Raises:
            InvalidModelError: everything that is wrong with it.
        """
        return cls(**{name: getattr(spec, name) for name in Spec.__slots__})

    @classmethod
    def load(cls, path: str | Path, overrides: Mapping[str, object] | None = None) -> Self:
        """The model in a file, YAML or JSON.

        Args:
            path: of the file.
            overrides: values that replace those of the file, by their path, such as ``{'subjects.count': 1000}``;
                texts are read as YAML, as those of ``--set`` are.

        Raises:
            InvalidModelError: everything that is wrong, each with file, line and column.
        """
        return cls.of(load(path, overrides))

    def dump(self) -> str:
        """The model as the text of a model file, in YAML; loading it gives an equal model, in which functions are text.

        Raises:
            ModelError: an action is a function whose source cannot be had.
        """
        return dump(self)

    def resized(self, *, subjects: int | None = None, ticks: int | None = None) -> Self:
        """The same model with another number of subjects or ticks.

        Raises:
            InvalidModelError: a number makes no sense.
        """
        population = self.subjects if subjects is None else replace(self.subjects, count=subjects)
        clock = self.clock if ticks is None else replace(self.clock, ticks=ticks)
        return replace(self, subjects=population, clock=clock)

    def batches(
        self, stream: str | None = None, *, seed: int | None = None, **how: Any
    ) -> Iterator[tuple[str, pa.RecordBatch]]:
        """The records as Arrow batches, each with its stream's name, ordered by tick and then subject within a stream.

        Args:
            stream: the only one that is wanted; None for all.
            seed: 64 bits; None makes one up.
            how: ``workers``, ``engine``, ``window``, ``start`` and ``until``, as :meth:`run` takes them.

        Raises:
            ModelError: there is no such stream, or something cannot be calculated.
        """
        asked = _how(seed, how, IN_MEMORY)
        if stream is not None:
            self._check_stream(stream)
        with windows(program_of(with_run_times(self, asked)), asked, asked.checked_seed()) as made:
            for window in made:
                for name, batch in window.batches:
                    if stream in (None, name):
                        yield name, batch.records

    def table(self, stream: str, *, seed: int | None = None, **how: Any) -> pa.Table:
        """All records of one stream as an Arrow table.

        DuckDB takes it by its name, Polars by ``polars.from_arrow(table)``, pandas by ``table.to_pandas()`` or, from
        version 3 on, ``pandas.DataFrame.from_arrow(table)``.

        Args:
            stream: its name.
            seed: 64 bits; None makes one up.
            how: as :meth:`batches` takes it.

        Raises:
            ModelError: there is no such stream, the model has no end, or something cannot be calculated.
        """
        if self.clock.ticks == ENDLESS and how.get("until") is None:
            raise ModelError(
                "clock", "the model has no end, and a table has. Hint: give it ticks: model.resized(ticks=1000)"
            )
        self._check_stream(stream)
        schema = schema_of(program_of(self).shapes[stream])
        return pa.Table.from_batches([it for _, it in self.batches(stream, seed=seed, **how)], schema)

    def run(
        self,
        target: Target = None,
        *,
        seed: int | None = None,
        progress: ProgressListener | None = None,
        stop: Callable[[], bool] | None = None,
        **how: Any,
    ) -> RunReport:
        """Carry the records to their places, and give the account of what was generated and delivered.

        Args:
            target: the name of one of the model's targets, or by stream a place (a path, a URL, a mapping as in a
                model file) or an open ``BatchSink``, which is closed at the end,
                or discarded where the run cannot begin. None for the model's first target,
                or the screen where it has none. A stream that is not named is not carried anywhere.
            seed: 64 bits; None makes one up, which the report tells.
            progress: told now and then how far the run is, and once at its end.
            stop: asked after each window, and while the next one's time or a server is waited for; where it says True
                the run ends there, with all that was accepted delivered.
            how: ``workers``: threads that simulate, 1 by default; ``engine``: ``auto``, ``compiled`` (by Numba) or
                ``interpreted``; ``window``: how many ticks are made and handed on together; ``start``, ``until``,
                ``pace``, ``backfill`` and ``late``: when records are handed on; ``run_id``, ``commit_every`` and
                ``patience``: a run that goes on where it was killed. :class:`doge_datagen.run.run_config.RunConfig` has
                all of them.

        Raises:
            ModelError: there is no such target or stream, a place makes no sense, something cannot be calculated, or
                a run of this name is of another model, seed or start.
            MissingDriverError: a package is missing; the message has the pip line.
            SinkError: a place cannot be had, or records did not arrive.
        """
        given = target if isinstance(target, Mapping) else {}
        with discarding({stream: it for stream, it in given.items() if _is_sink(it)}):
            destinations, asked = self.destinations(target), _how(seed, how)
        return run_model(self, destinations, asked, progress=progress, stop=stop)

    def destinations(self, target: Target = None) -> dict[str, SinkOrDestination]:
        """By stream, where a target carries it; see :meth:`run`.

        Raises:
            ModelError: there is no such target or stream, or a place makes no sense.
        """
        if target is None:
            first = next(iter(self.targets), None)
            return dict.fromkeys(self.streams, Destination(CONSOLE)) if first is None else dict(self.targets[first])
        if isinstance(target, str):
            if target not in self.targets:
                raise ModelError("target", f"there is no target {target!r}. Hint: {did_you_mean(target, self.targets)}")
            return dict(self.targets[target])
        for stream in target:
            self._check_stream(stream)
        return {stream: it if _is_sink(it) else Destination.of(it) for stream, it in target.items()}

    def _check_stream(self, stream: str) -> None:
        if stream not in self.streams:
            raise ModelError("streams", f"there is no stream {stream!r}. Hint: {did_you_mean(stream, self.streams)}")


def _is_sink(given: object) -> bool:
    return callable(getattr(given, "write", None))


def _how(seed: int | None, given: Mapping[str, Any], taken: Collection[str] = ()) -> RunConfig:
    """How a run is asked for, with all that there is to ask, or with some of it."""
    known = taken or RunConfig.__slots__
    unknown = next((name for name in given if name not in known), None)
    if unknown is not None:
        hint = "run() has it" if unknown in RunConfig.__slots__ else did_you_mean(unknown, known)
        raise TypeError(f"there is no parameter {unknown!r}. Hint: {hint}")
    return RunConfig(seed, **given)
