"""Two streams never go to one file, one table or one open sink: each would undo or spoil the other's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from doge_datagen.errors import ModelError
from doge_datagen.model import Place
from doge_datagen.sinks.batch_sink import BatchSink
from doge_datagen.sinks.environment import filled_place
from doge_datagen.sinks.place_file import file_of


def check_apart(places: Mapping[str, Place | BatchSink]) -> None:
    """See that the places of streams differ, before any of them is opened.

    Args:
        places: by stream, or open sinks; variables of the environment are filled in.

    Raises:
        ModelError: two are one, or a variable is missing. The message never shows a variable's value.

    >>> check_apart({'trx': Place.of('a.csv'), 'loan': Place.of('./a.csv')})
    Traceback (most recent call last):
    doge_datagen.errors.ModelError: targets.loan: './a.csv' is where 'trx' goes already; give each a file of its own
    """
    known = {
        stream: filled_place(it, f"targets.{stream}") if isinstance(it, Place) else it for stream, it in places.items()
    }
    for _, error in not_apart(places, known):
        raise error


def not_apart(
    places: Mapping[str, Place | BatchSink], known: Mapping[str, Place | BatchSink], where: str = "targets"
) -> Iterator[tuple[str, ModelError]]:
    """What is wrong with streams that go to one place: the later stream, and the error.

    A topic or the screen can take several streams, a topic in one format; a file, a table or an open sink cannot.

    Args:
        places: by stream, as messages show them, or open sinks.
        known: the same as they are compared, with variables filled in or not: the same text becomes the same.
        where: leads to the places.
    """
    taken: dict[tuple[str, ...], str] = {}
    formats: dict[tuple[str, ...], tuple[str, object]] = {}
    for stream, it in known.items():
        address, shown = _address(stream, it), places[stream]
        if address and taken.setdefault(address, stream) != stream:
            yield stream, ModelError(f"{where}.{stream}", _told(stream, shown, taken[address]))
        if isinstance(it, Place) and isinstance(shown, Place) and it.kind == "kafka":
            written, topic = it.options.get("format", "json"), str(it.options.get("topic", stream))
            other, its = formats.setdefault((it.at, topic), (stream, written))
            if its != written:
                told = f"the topic {shown.options.get('topic', stream)!r} gets {its!r} from {other!r} already"
                told += "; give both one format, or topics of their own"
                yield stream, ModelError(f"{where}.{stream}.format", told)


def _address(stream: str, place: Place | BatchSink) -> tuple[str, ...]:
    """What no two can have; empty where they can."""
    if not isinstance(place, Place):
        return (f"sink {id(place)}",)
    if place.kind not in ("file", "database"):
        return ()
    file = str(file_of(place.kind, place.at) or place.at)
    return (file,) if place.kind == "file" else (file, str(place.options.get("table", stream)))


def _told(stream: str, place: Place | BatchSink, other: str) -> str:
    if not isinstance(place, Place):
        return f"{place!r} is where {other!r} goes already; give each a sink of its own"
    if place.kind == "file":
        return f"{place.at!r} is where {other!r} goes already; give each a file of its own"
    table = place.options.get("table", stream)
    return f"the table {table!r} is where {other!r} goes already; give each a table of its own"
