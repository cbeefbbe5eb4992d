"""Runs the model of the bank and tells what came out, and where it lies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from rich.console import Console

from doge_datagen.demo import report as tell
from doge_datagen.demo.local import StreamOutput, database_tables, sqlite_tables, stream_files
from doge_datagen.demo.question import answer
from doge_datagen.demo.topics import stream_topics
from doge_datagen.graph import graph_of
from doge_datagen.model_api import Model
from doge_datagen.run.report import RunReport
from doge_datagen.run.signals import stopping

INTERRUPTED = "what was accepted until then is delivered"


class Size(NamedTuple):
    """How large a run is, and what makes it repeatable."""

    subjects: int
    ticks: int
    seed: int


@dataclass(frozen=True)
class Servers:
    """Real servers for the demo; what is None goes to files."""

    kafka: str | None = None
    schema_registry: str | None = None
    database: str | None = None


def bank() -> Model:
    """The model that this package brings."""
    with as_file(files("doge_datagen.demo") / "bank.yaml") as path:
        return Model.load(path)


def demo(size: Size, output: Path, servers: Servers) -> None:
    """Run the bank and tell its story on standard output.

    Args:
        size: how large, and with which seed.
        output: folder of the files; made where it is missing, files of an earlier demo in it are replaced.
        servers: where streams and tables go instead.

    Raises:
        DogeError: a place cannot be written.
        KeyboardInterrupt: after Ctrl-C, when what was accepted is delivered.
    """
    console = Console(highlight=False)
    model = bank().resized(subjects=size.subjects, ticks=size.ticks)
    places = list(chain(_streams(output, servers), _tables(output, servers)))
    tell.machine(console, model)
    report = _run(model, places, size.seed, console)
    for place in places:
        tell.stream(console, place)
    tell.account(console, places, report)
    console.print(f"the state graph, for any Mermaid viewer: {graph_of(model).render(output / 'states.mmd')}")
    clickstream, _, balance, _ = places
    tell.answer(console, answer(clickstream.read(), balance.read()))


def _run(model: Model, places: Sequence[StreamOutput], seed: int, console: Console) -> RunReport:
    destinations = {place.name: place.carrier for place in places}
    with tell.progress_bar(console) as bar, stopping() as stop:
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
