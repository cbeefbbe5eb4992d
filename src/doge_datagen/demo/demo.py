"""Runs the banking story and tells what came out, and where it lies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from rich.console import Console

from doge_datagen.demo import tell
from doge_datagen.demo.banking import BankSinks, Size, User, banking
from doge_datagen.demo.files import stream_files
from doge_datagen.demo.interrupt import stopping_between_ticks
from doge_datagen.demo.place import Place
from doge_datagen.demo.question import answer
from doge_datagen.demo.tables import database_tables, sqlite_tables
from doge_datagen.demo.topics import stream_topics
from doge_datagen.generator import DataOnlineGenerator
from doge_datagen.graph import DataOnlineGeneratorGrapher


@dataclass(frozen=True)
class Servers:
    """Real servers for the demo; what is None goes to files."""

    kafka: str | None = None
    schema_registry: str | None = None
    database: str | None = None


def demo(size: Size, output: Path, servers: Servers, console: Console) -> None:
    """Run the banking program and tell its story.

    Args:
        size: how large, and with which seed.
        output: folder of the files; made where it is missing, files of an earlier demo in it are replaced.
        servers: where streams and tables go instead.
        console: what is told there.

    Raises:
        DogeError: a place cannot be written.
    """
    with ExitStack() as opened:
        places = []
        for place in chain(_streams(output, servers), _tables(output, servers)):
            opened.callback(place.sink.close)
            places.append(place)
        _run(places, size, output, console)


def _run(places: Sequence[Place], size: Size, output: Path, console: Console) -> None:
    clickstream, trx, balance, loan = places
    generator = banking(BankSinks(clickstream.sink, trx.sink, balance.sink, loan.sink), size)
    tell.machine(console, generator)
    with tell.progress_bar(console) as bar, stopping_between_ticks(bar) as progress:
        report = generator.start(progress=progress)
    for stream in (clickstream, trx):
        tell.stream(console, stream)
    for table in (balance, loan):
        tell.table(console, table)
    tell.account(console, places, report)
    console.print(f"the state graph, for any Mermaid viewer: {_graph(output, generator)}")
    tell.answer(console, answer(clickstream.read(), balance.read()))


def _streams(output: Path, servers: Servers) -> Iterator[Place]:
    if servers.kafka is None or servers.schema_registry is None:
        return stream_files(output)
    return stream_topics(servers.kafka, servers.schema_registry)


def _tables(output: Path, servers: Servers) -> Iterator[Place]:
    return sqlite_tables(output) if servers.database is None else database_tables(servers.database)


def _graph(output: Path, generator: DataOnlineGenerator[User]) -> Path:
    path = output / "states.mmd"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(DataOnlineGeneratorGrapher(generator).mermaid(), encoding="utf-8")
    return path
