"""``Model``: a checked model that can be loaded, dumped, read as Arrow data, and run."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, Unpack

import pyarrow as pa

from doge_datagen.engine.recording.record_batches import schema_of
from doge_datagen.errors import ModelError, did_you_mean
from doge_datagen.model.clock import ENDLESS, Clock
from doge_datagen.model.destination import Destination
from doge_datagen.model.reference_data import Constant, Table
from doge_datagen.model.spec import Population, Spec, Stream, Targets
from doge_datagen.model.timelines import Incident, Rhythm
from doge_datagen.model.transition import Expression, Matrix, Transition
from doge_datagen.modelfile.dump import dump
from doge_datagen.modelfile.load import load
from doge_datagen.program.compilation import compile_spec, with_clock, with_count
from doge_datagen.program.program import Program
from doge_datagen.run.delivery.sink_lifecycle import discarding
from doge_datagen.run.model_run import run_model
from doge_datagen.run.resuming.run_start import with_run_times
from doge_datagen.run.run_config import RunConfig, RunOptions, SimulationOptions
from doge_datagen.run.simulation.windows import windows
from doge_datagen.run.startup import check_stream, destinations_of, given_destinations, is_sink

if TYPE_CHECKING:
    from doge_datagen.run.delivery.sink_lifecycle import SinkOrDestination
    from doge_datagen.run.reporting.report import ProgressListener, RunReport

Target = str | Mapping[str, Any] | None
"""The name of a target of the model, or a destination or open sink for each stream; None for the model's first."""


@dataclass(frozen=True, slots=True, init=False)
class Model:
    """A model: its populations with their state machines, streams, clock and targets, and the methods to run it.

    The same model and seed produce the same records, bit for bit, on either engine and with any number of workers.
    It takes the arguments of :meth:`Spec.of_one`, or ``populations`` in place of ``subjects`` and its state machine:
    ``Model('shop', populations=[...], streams={...}, clock=...)``. The reference of model files describes the
    expressions. ``dataclasses.replace`` makes a changed copy. ``transitions`` includes those of a ``matrix``.

    Attributes:
        populations: the populations if there are several; the attributes that describe a single one are empty then.
        program: the model, checked and translated when it is made, and never again.

    Raises:
        InvalidModelError: everything that is wrong with the model.

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

    name: str
    subjects: Population | None
    states: Sequence[str]
    initial: Mapping[str, float]
    transitions: Sequence[Transition]
    streams: Mapping[str, Stream]
    clock: Clock
    targets: Mapping[str, Mapping[str, Destination]]
    final: Sequence[str]
    zone: str
    dwells: Mapping[str, Expression]
    rhythms: Mapping[str, Rhythm]
    dwell_rhythms: Mapping[str, str]
    constants: Mapping[str, Constant]
    tables: Mapping[str, Table]
    populations: Sequence[Population]
    incidents: Mapping[str, Incident]
    program: Program = field(init=False, repr=False, compare=False)

    def __init__(  # noqa: PLR0913 - a model has this many parts
        self,
        name: str,
        subjects: Population | None = None,
        states: Sequence[str] | Mapping[str, str | Mapping[str, Expression] | None] | None = None,
        initial: Mapping[str, float] | str | None = None,
        transitions: Sequence[Transition] | None = None,
        streams: Mapping[str, Stream] | None = None,
        clock: Clock | None = None,
        targets: Targets | None = None,
        *,
        final: Sequence[str] = (),
        zone: str = "UTC",
        dwells: Mapping[str, Expression] | None = None,
        rhythms: Mapping[str, Rhythm] | None = None,
        dwell_rhythms: Mapping[str, str] | None = None,
        matrix: Matrix | None = None,
        incidents: Mapping[str, Incident] | None = None,
        constants: Mapping[str, Any] | None = None,
        tables: Mapping[str, Table] | None = None,
        populations: Sequence[Population] = (),
    ) -> None:
        needed: dict[str, Any] = {"streams": streams, "clock": clock}
        machine: dict[str, Any] = {"subjects": subjects, "states": states, "initial": initial}
        machine["transitions"] = transitions
        more: dict[str, Any] = {"final": final, "dwells": dwells, "dwell_rhythms": dwell_rhythms, "matrix": matrix}
        shared: dict[str, Any] = {"targets": targets, "zone": zone, "rhythms": rhythms}
        shared |= {"constants": constants, "tables": tables, "incidents": incidents}
        _check_given({**needed, **({} if populations else machine)}, {**machine, **more} if populations else {})
        if populations:
            spec = Spec(name, populations, **needed, **shared)
        else:
            spec = Spec.of_one(name, **machine, **more, **needed, **shared)
        _fill(self, compile_spec(spec))

    def __reduce__(self) -> tuple[Callable[[Spec], Self], tuple[Spec]]:
        """Pickle the model without its program, which is made again."""
        return type(self).of, (self.spec,)

    @property
    def spec(self) -> Spec:
        """The model as plain values."""
        return self.program.spec

    @classmethod
    def of(cls, spec: Spec) -> Self:
        """Make a model of a spec.

        Raises:
            InvalidModelError: everything that is wrong with the spec.
        """
        return cls._of(compile_spec(spec))

    @classmethod
    def _of(cls, program: Program) -> Self:
        model = cls.__new__(cls)
        _fill(model, program)
        return model

    @classmethod
    def load(
        cls, path: str | Path, overrides: Mapping[str, object] | None = None, *, targets: str | Path | None = None
    ) -> Self:
        """Load a model file, YAML or JSON.

        Args:
            path: path of the file.
            overrides: values that replace those of the file, by path, such as ``{'subjects.count': 1000}``; strings are
                parsed as YAML, like those of ``--set``.
            targets: path of a file with further targets, like that of ``--targets``.

        Raises:
            InvalidModelError: everything that is wrong, with file, line and column.
        """
        return cls._of(load(path, overrides, targets=targets))

    def dump(self) -> str:
        """Return the model as the YAML of a model file. Loading it gives the same records.

        Raises:
            ModelError: an action is a function whose source is not available.
        """
        return dump(self.spec)

    def resized(self, *, subjects: int | Mapping[str, int] | None = None, ticks: int | None = None) -> Self:
        """Return a copy of the model with another number of subjects or ticks; None keeps the number.

        Where subjects arrive, it is the number of those that are there initially. Of several populations, give the
        number by name: ``model.resized(subjects={'customer': 5})``.

        Only what changes is checked again.

        Raises:
            InvalidModelError: a number is out of range.
            ModelError: a name of a population is missing, or unknown.
        """
        program = self.program
        counts = subjects if isinstance(subjects, Mapping) else {} if subjects is None else {None: subjects}
        for name, count in counts.items():
            program = with_count(program, count, name)
        return self._of(program if ticks is None else with_clock(program, replace(self.clock, ticks=ticks)))

    def batches(
        self, stream: str | None = None, *, seed: int | None = None, **options: Unpack[SimulationOptions]
    ) -> Iterator[tuple[str, pa.RecordBatch]]:
        """Simulate the model and yield its records as Arrow batches, each with the name of its stream.

        Within a stream, records are ordered by tick and then by subject.

        Args:
            stream: yield only the batches of this stream; None for all streams.
            seed: a 64-bit integer; None for a random one.
            options: ``workers``, ``engine``, ``window``, ``start`` and ``until``, as in :meth:`run`.

        Raises:
            ModelError: the stream is unknown, or an action or field cannot be calculated.
        """
        asked = _run_config(seed, options, SimulationOptions.__annotations__)
        if stream is not None:
            check_stream(self.spec, stream)
        with windows(with_run_times(self.program, asked), asked, asked.checked_seed()) as made:
            for window in made:
                for name, batch in window.batches:
                    if stream in (None, name):
                        yield name, batch.records

    def table(self, stream: str, *, seed: int | None = None, **options: Unpack[SimulationOptions]) -> pa.Table:
        """Simulate the model and return all records of one stream as an Arrow table.

        DuckDB can query the table by the name of its variable; ``polars.from_arrow(table)`` converts it to Polars, and
        ``table.to_pandas()`` or, from pandas 3 on, ``pandas.DataFrame.from_arrow(table)`` to pandas.

        Args:
            stream: the name of the stream.
            seed: a 64-bit integer; None for a random one.
            options: as in :meth:`batches`.

        Raises:
            ModelError: the stream is unknown, the model has no end, or an action or field cannot be calculated.
        """
        if self.clock.ticks == ENDLESS and options.get("until") is None:
            raise ModelError(
                "clock", "the model has no end, but a table must have one. Hint: give ticks: model.resized(ticks=1000)"
            )
        check_stream(self.spec, stream)
        schema = schema_of(self.program.shapes[stream])
        return pa.Table.from_batches([it for _, it in self.batches(stream, seed=seed, **options)], schema)

    def run(
        self,
        target: Target = None,
        *,
        seed: int | None = None,
        progress: ProgressListener | None = None,
        stop: Callable[[], bool] | None = None,
        **options: Unpack[RunOptions],
    ) -> RunReport:
        """Simulate the model, deliver its records to their destinations, and return a report of the run.

        Args:
            target: the name of one of the model's targets; or, for each stream, a destination (a path, a URL, or a
                mapping as in a model file) or an open ``BatchSink``, which is closed at the end, or discarded if the
                run cannot begin. None for the model's first target, or the screen if it has none. Streams
                without a destination are not delivered.
            seed: a 64-bit integer; None for a random one, which the report shows.
            progress: called with the progress of the run ten times per second, or every ``progress_every`` seconds, and
                once at its end.
            stop: called after each window, and while waiting for the next one's time or for a server; if it returns
                True, the run ends there, with everything accepted so far delivered.
            options: ``workers``: number of simulating threads, 1 by default; ``engine``: ``auto``, ``compiled`` (by
                Numba) or ``interpreted``; ``window``: number of ticks that are simulated and delivered together;
                ``start``, ``until``, ``pace``, ``backfill`` and ``late``: when records are delivered; ``run_id``,
                ``commit_every`` and ``patience``: commits, and resuming a run that was killed. They are the attributes
                of :class:`doge_datagen.run.run_config.RunConfig`.

        Raises:
            ModelError: the target or a stream is unknown, a destination is invalid, an action or field cannot be
                calculated, or the run to resume has another model, seed or start.
            MissingDriverError: a package is missing; the message has the pip command.
            SinkError: a destination cannot be opened, or records were not delivered.
        """
        given = target if isinstance(target, Mapping) else {}
        with discarding({stream: it for stream, it in given.items() if is_sink(it)}):
            destinations, asked = self.destinations(target), _run_config(seed, options, RunOptions.__annotations__)
        return run_model(self.program, destinations, asked, progress=progress, stop=stop)

    def destinations(self, target: Target = None) -> dict[str, SinkOrDestination]:
        """Return the destination of each stream for a target, as given to :meth:`run`.

        Raises:
            ModelError: the target or a stream is unknown, or a destination is invalid.
        """
        if isinstance(target, Mapping):
            return given_destinations(self.spec, target)
        return dict(destinations_of(self.spec, target))


SHARED = ("name", "streams", "clock", "targets", "zone", "rhythms", "constants", "tables", "incidents")
EMPTY: Mapping[str, Any] = {
    "states": (), "initial": {}, "transitions": (), "final": (), "dwells": {}, "dwell_rhythms": {}
}  # fmt: skip
"""The parts of a single population that stand beside its subjects, as they are where there are several populations."""


def _check_given(needed: Mapping[str, object], excluded: Mapping[str, object]) -> None:
    """Check that a model has all its parts, and that none belongs to another form."""
    missing = [name for name, it in needed.items() if it is None]
    if missing:
        raise TypeError(f"Model() needs {', '.join(missing)}. Hint: give them as arguments")
    both = [name for name, it in excluded.items() if it]
    if both:
        hint = "give them to the Population that they belong to"
        raise ModelError("populations", f"they exclude {', '.join(both)}. Hint: {hint}")


def _fill(model: Model, program: Program) -> None:
    """Set the attributes of a model, which are the parts of its spec, while it is created; one population is short."""
    spec = program.spec
    parts: dict[str, object] = {name: getattr(spec, name) for name in SHARED}
    if program.parts:
        parts |= {"subjects": None, "populations": spec.populations, **EMPTY}
    else:
        one = spec.population
        parts |= {
            "subjects": Population(one.name, one.count, one.attributes, arrive=one.arrive, zone=one.zone),
            "populations": (),
        }
        parts |= {name: getattr(one, name) for name in EMPTY}
    for name, value in {**parts, "program": program}.items():
        object.__setattr__(model, name, value)


def _run_config(seed: int | None, options: Mapping[str, Any], known: Collection[str]) -> RunConfig:
    """The options of a run, which must be among the ``known`` ones."""
    unknown = next((name for name in options if name not in known), None)
    if unknown is not None:
        hint = "use it with run()" if unknown in RunOptions.__annotations__ else did_you_mean(unknown, known)
        raise TypeError(f"{unknown!r} is not a parameter. Hint: {hint}")
    return RunConfig(seed, **options)
