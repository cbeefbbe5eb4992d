"""Run the bank model, and print what it produced and where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from rich.console import Console

from doge_datagen.demo import report as show
from doge_datagen.demo.outputs import StreamOutput, database_tables, sqlite_tables, stream_files, stream_topics
from doge_datagen.demo.report import answer
from doge_datagen.graph import graph_of
from doge_datagen.model_api import Model
from doge_datagen.run.reporting.report import RunReport
from doge_datagen.run.signals import stopping

INTERRUPTED = "what was accepted until then was delivered"


class Size(NamedTuple):
    """The size and the seed of a run."""

    subjects: int
    ticks: int
    seed: int


@dataclass(frozen=True)
class Servers:
    """Addresses of servers to write to; None for files instead."""

    kafka: str | None = None
    schema_registry: str | None = None
    database: str | None = None


def bank() -> Model:
    """Load the bank model of this package."""
    with as_file(files("doge_datagen.demo") / "bank.yaml") as path:
        return Model.load(path)


def demo(size: Size, output: Path, servers: Servers) -> None:
    """Run the bank model, and print its results on standard output.

    Args:
        size: size and seed of the run.
        output: folder for files; created if missing. Files of an earlier demo are replaced.
        servers: where streams and tables go instead of files.

    Raises:
        DogeError: a destination cannot be written.
        KeyboardInterrupt: after Ctrl-C, once what was accepted has been delivered.
    """
    console = Console(highlight=False)
    model = bank().resized(subjects=size.subjects, ticks=size.ticks)
    outputs = list(chain(_streams(output, servers), _tables(output, servers)))
    show.machine(console, model.spec)
    report = _run(model, outputs, size.seed, console)
    for result in outputs:
        show.stream(console, result)
    show.deliveries(console, outputs, report)
    console.print(f"the state graph, for any Mermaid viewer: {graph_of(model.spec).render(output / 'states.mmd')}")
    clickstream, _, balance, _ = outputs
    show.answer_table(console, answer(clickstream.read(), balance.read()))


def _run(model: Model, outputs: Sequence[StreamOutput], seed: int, console: Console) -> RunReport:
    destinations = {result.name: result.destination for result in outputs}
    with show.progress_bar(console) as bar, stopping() as stop:
        report = model.run(destinations, seed=seed, progress=bar, stop=stop)
        if stop():
            raise KeyboardInterrupt(INTERRUPTED)
    return report


def _streams(output: Path, servers: Servers) -> Iterator[StreamOutput]:
    if servers.kafka is None or servers.schema_registry is None:
        return stream_files(output)

    return stream_topics(servers.kafka, servers.schema_registry)


def _tables(output: Path, servers: Servers) -> Iterator[StreamOutput]:
    return sqlite_tables(output) if servers.database is None else database_tables(servers.database)
