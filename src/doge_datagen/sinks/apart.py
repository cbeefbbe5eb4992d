"""Two streams never go to one file, one table or one open sink: each would undo or spoil the other's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from doge_datagen.errors import ModelError
from doge_datagen.model import Place
from doge_datagen.sinks.batch_sink import BatchSink
from doge_datagen.sinks.environment import filled


def check_apart(places: Mapping[str, Place | BatchSink]) -> None:
    """See that the places of streams differ, before any of them is opened.

    A topic or the screen can take several streams, a topic in one format; a file, a table or an open sink cannot.

    Args:
        places: by stream, or open sinks; variables of the environment are filled in.

    Raises:
        ModelError: two are one, or a variable is missing. The message never shows a variable's value.

    >>> check_apart({'trx': Place.of('a.csv'), 'loan': Place.of('./a.csv')})
    Traceback (most recent call last):
    doge_datagen.errors.ModelError: targets.loan: './a.csv' is where 'trx' goes already; give each a file of its own
    """
    taken: dict[tuple[str, ...], str] = {}
    for stream, place in places.items():
        found = _address(stream, place)
        if found is not None:
            if found in taken:
                raise ModelError(f"targets.{stream}", _told(place, found, taken[found]))
            taken[found] = stream
    _check_formats({stream: place for stream, place in places.items() if isinstance(place, Place)})


def _check_formats(places: Mapping[str, Place]) -> None:
    """See that a topic that several streams share has one format: nobody could read it otherwise."""
    formats: dict[tuple[str, str], tuple[str, object]] = {}
    for stream, place in places.items():
        if place.kind == "kafka":
            where, written = f"targets.{stream}", place.options.get("format", "json")
            topic = str(filled(place.options.get("topic", stream), f"{where}.topic"))
            other, its = formats.setdefault((str(filled(place.at, where)), topic), (stream, written))
            if its != written:
                shared = f"{place.options.get('topic', stream)!r} gets {its!r} from {other!r} already"
                raise ModelError(f"{where}.format", f"the topic {shared}; give both one format, or topics of their own")


def _address(stream: str, place: Place | BatchSink) -> tuple[str, ...] | None:
    """What no two can have; None where they can."""
    where = f"targets.{stream}"
    if not isinstance(place, Place):
        return (f"sink {id(place)}",)
    if place.kind == "file":
        return (str(Path(filled(place.at, where)).resolve()),)
    if place.kind == "database":
        return str(filled(place.at, where)), str(filled(place.options.get("table", stream), f"{where}.table"))
    return None


def _told(place: Place | BatchSink, address: tuple[str, ...], other: str) -> str:
    if not isinstance(place, Place):
        return f"{place!r} is where {other!r} goes already; give each a sink of its own"
    if place.kind == "file":
        return f"{place.at!r} is where {other!r} goes already; give each a file of its own"
    return f"the table {address[1]!r} is where {other!r} goes already; give each a table of its own"
