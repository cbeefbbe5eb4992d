"""``doge preview``: the first records of each stream, found with bounded work for any model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import click
import pyarrow as pa

from doge_datagen.cli.loading import load_model, locating_errors
from doge_datagen.cli.options import Integers, model, seed, settings
from doge_datagen.cli.printing import print_parts, table
from doge_datagen.engine.recording.record_batches import schema_of
from doge_datagen.language.texts import iso
from doge_datagen.model.clock import ENDLESS
from doge_datagen.model.spec import Population, Spec
from doge_datagen.number_format import counted, ticks_of
from doge_datagen.program.program import Program
from doge_datagen.run.run_config import RunConfig
from doge_datagen.run.simulation.engine_choice import INTERPRETED
from doge_datagen.run.simulation.windows import windows

SUBJECTS = 10_000
WINDOWS = 200
ATTEMPTS = 1000  # per window, approximately; if a single tick has more, the window is that tick
EVENTS = 50_000

Rows = list[list[object]]


@dataclass(frozen=True, slots=True)
class Sample:
    """The first records of each stream.

    Attributes:
        streams: field names and first records by stream, with values as they are displayed.
        numbers: numeric fields by stream.
        seed: the seed that gives the same records again.
        bounds: how many ticks and subjects were searched, in words.
    """

    streams: Mapping[str, tuple[Sequence[str], Rows]]
    numbers: Mapping[str, frozenset[str]]
    seed: int
    bounds: str


def first_records(program: Program, seed: int | None, rows: int) -> Sample:
    """Find the first records of each stream with the interpreted engine, which starts at once.

    Args:
        program: any model, including an endless one.
        seed: 64-bit integer; None draws one.
        rows: maximum number of records per stream.

    Raises:
        CalculationError: an expression cannot be calculated.
    """
    few = range(SUBJECTS) if _is_large(program.spec) else None
    config = RunConfig(seed, engine=INTERPRETED, window=_window(program.spec))
    seed = config.checked_seed()
    schemas = {name: schema_of(shape) for name, shape in program.shapes.items()}
    found, ticks = _found(program, few, config, seed, rows)
    return Sample(
        {name: (schema.names, found[name]) for name, schema in schemas.items()},
        {name: frozenset(it.name for it in schema if _is_number(it.type)) for name, schema in schemas.items()},
        seed,
        _bounds(program.spec, ticks),
    )


def _found(
    program: Program, subjects: range | None, config: RunConfig, seed: int, rows: int
) -> tuple[dict[str, Rows], int]:
    """The first records by stream, and the number of ticks simulated to find them."""
    found: dict[str, Rows] = {name: [] for name in program.shapes}
    ticks = events = 0
    with windows(program, config, seed, subjects=subjects) as made:
        for window in islice(made, WINDOWS):
            for stream, batch in window.batches:
                wanted = rows - len(found[stream])
                found[stream] += [list(it) for it in zip(*map(_shown, batch.records[:wanted]), strict=True)]
            ticks, events = window.end, events + sum(window.events.values())
            if events >= EVENTS or all(len(it) >= rows for it in found.values()):
                break
    return found, ticks


def _window(spec: Spec) -> int:
    """Choose the number of ticks per window, so that a window has about ``ATTEMPTS`` attempts."""
    attempts = sum(map(_attempts, spec.populations)) / (spec.clock.attempt_ms or 1)
    longest = max(1, spec.clock.ticks // WINDOWS + 1)
    return max(1, min(int(ATTEMPTS / attempts), longest)) if attempts else longest


def _bounds(spec: Spec, ticks: int) -> str:
    clock, found = spec.clock, ticks_of(ticks, spec.clock.tick_ms)
    of = "" if clock.ticks == ENDLESS else f" of {ticks_of(clock.ticks, clock.tick_ms).removesuffix(' ticks')}"
    searched = f"all {found}" if ticks == clock.ticks else f"{found}{of}"
    if not _is_large(spec):
        return f"searched {searched}"
    if len(spec.populations) > 1:
        return f"searched {searched} and the first {SUBJECTS:,} subjects of each population"
    return f"searched {searched} and the first {SUBJECTS:,} of {counted(spec.population.at_start, 'subject')}"


def _is_large(spec: Spec) -> bool:
    return max(it.at_start for it in spec.populations) > SUBJECTS


def _attempts(population: Population) -> float:
    """The most attempts per tick of a population, where transitions have a probability per tick."""
    leaving = dict.fromkeys(population.states, 0.0)
    for transition in population.transitions:
        for state in population.sources(transition):
            leaving[state] += transition.chance / 100
    return min(population.at_start, SUBJECTS) * max(leaving.values(), default=0.0)


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _shown(column: pa.Array) -> list[object]:
    if pa.types.is_timestamp(column.type):
        return [iso(it) for it in column.cast(pa.int64()).to_pylist()]
    return list(column.to_pylist())


@click.command(name="preview")
@model
@seed
@click.option("--rows", type=Integers(1, 1000), default=10, help="Maximum number of records per stream.")
@settings
def preview_command(model: Path, seed: int | None, rows: int, settings: tuple[str, ...]) -> None:
    """Show the first records of each stream of MODEL, without writing anything.

    They are exactly the records that a run with this seed begins with. Two limits keep it fast: at most the first
    10,000 subjects are simulated, so a larger run has other records in between; and the search for rare records stops
    after a while, and the last line says where. On a terminal, records that are too wide are shown with one field per
    line.

    \b
    Examples:
      doge preview shop.yaml
      doge preview shop.yaml --seed 7 --rows 3
      doge preview shop.yaml --set subjects.count=5
    """  # noqa: D301 - the command line's library reads \b
    loaded = load_model(model, settings)
    with locating_errors(loaded.document):
        seen = first_records(loaded.program, seed, rows)
    for stream, (names, records) in seen.streams.items():
        heads = [f">{name}" if name in seen.numbers[stream] else name for name in names]
        print_parts(stream, table(heads, records, spread=True) if records else "(no record)", "")
    click.echo(f"{seen.bounds}; repeat with --seed {seen.seed}")
