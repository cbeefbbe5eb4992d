"""``doge preview``: the first records of each stream."""

from __future__ import annotations

from pathlib import Path

import click

from doge_datagen.cli.first_records import first_records
from doge_datagen.cli.loading import load_model, locating_errors
from doge_datagen.cli.options import Integers, model, seed, settings
from doge_datagen.cli.printing import print_parts, table


@click.command(name="preview", short_help="Show the first records of each stream.")
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
