"""The streams clickstream and trx, as JSON Lines files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from doge_datagen.demo.banking import ValueFunction, click, payment
from doge_datagen.demo.place import Place, Record
from doge_datagen.sinks.json_lines import JsonLinesSink


def stream_files(folder: Path) -> Iterator[Place]:
    """Both streams in ``folder``, which is made where it is missing; files of these names are replaced."""

    def place(name: str, value: ValueFunction) -> Place:
        path = folder / f"{name}.jsonl"
        return Place(name, str(path), JsonLinesSink(path, value), lambda: read_lines(path))

    yield place("clickstream", click)
    yield place("trx", payment)


def read_lines(path: Path) -> Iterator[Record]:
    """The objects of a JSON Lines file."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
