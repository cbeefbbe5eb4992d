"""Two streams never go to one topic, table, file or open sink: their records would mix, or replace one another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from doge_datagen.errors import ModelError
from doge_datagen.model import Destination
from doge_datagen.model.display_names import named
from doge_datagen.model.redaction import Redacted, redacted
from doge_datagen.sinks.base import BatchSink, SinkConfig
from doge_datagen.sinks.destination_identity import FILE, TABLE, TOPIC, DestinationIdentity, table_of
from doge_datagen.sinks.environment import filled_place, has_variables
from doge_datagen.sinks.kafka.destination import topic_of
from doge_datagen.sinks.registry import find_kind

REMEDIES = {
    FILE: "give each a file of its own",
    TABLE: "give each a table of its own",
    TOPIC: "give each a topic of its own: in one, the records of two streams would not be in order of time",
}


def check_apart(places: Mapping[str, Destination | BatchSink]) -> None:
    """See that the destinations of streams differ, before any of them is opened.

    Args:
        places: by stream, or open sinks; variables of the environment are filled in.

    Raises:
        ModelError: two are one, or a variable is missing. The message never shows a variable's value.

    >>> check_apart({'trx': Destination.of('a.csv'), 'loan': Place.of('./a.csv')})
    Traceback (most recent call last):
    doge_datagen.errors.ModelError: targets.loan: './a.csv' is where 'trx' goes already; give each a file of its own
    """
    known = {
        stream: filled_place(it, f"targets.{stream}") if isinstance(it, Destination) else it
        for stream, it in places.items()
    }
    for _, error in not_apart(places, known):
        raise error


def not_apart(
    places: Mapping[str, Destination | BatchSink], known: Mapping[str, Destination | BatchSink], where: str = "targets"
) -> Iterator[tuple[str, ModelError]]:
    """What is wrong with streams that go to one destination: the later stream, and the error.

    The screen can take several streams; a topic, a file, a table or an open sink cannot.

    Args:
        places: by stream, as messages show them, or open sinks.
        known: the same as they are compared, with variables filled in or not: the same text becomes the same.
        where: leads to the places.
    """
    taken: dict[str, DestinationIdentity] = {}
    for number, (stream, it) in enumerate(known.items()):
        before = list(known)[:number]
        other = next((name for name in before if known[name] is it), None) if isinstance(it, BatchSink) else None
        destination = it.destination if isinstance(it, BatchSink) else destination_of(it, stream)
        if other is None and destination is not None:
            other = next((name for name, its in taken.items() if its.meets(destination)), None)
            taken[stream] = destination
        if other is not None:
            yield stream, ModelError(f"{where}.{stream}", _told(stream, other, places, destination))


def check_open_apart(sinks: Mapping[str, BatchSink], places: Mapping[str, Destination | BatchSink]) -> None:
    """See that the destinations of open sinks differ, by what the places say of themselves.

    Args:
        sinks: by stream.
        places: the same as messages show them.

    Raises:
        ModelError: two are one.
    """
    for _, error in not_apart(places, sinks):
        raise error


def destination_of(place: Destination, stream: str) -> DestinationIdentity | None:
    """Where a place leads, as far as it can be known without asking a server.

    Args:
        place: variables of the environment filled in, or not.
        stream: its name, by which a topic or table may be called.

    Returns:
        The destination; None where several streams may go to it, as to the screen, or where the place makes no sense,
        which those who check it tell.
    """
    try:
        known = find_kind(place.kind).destination
        return known and known(SinkConfig(stream, (), Redacted(place.at), redacted(place.options), f"targets.{stream}"))
    except ModelError:
        return None


def _told(
    stream: str, other: str, places: Mapping[str, Destination | BatchSink], destination: DestinationIdentity | None
) -> str:
    this, its = _name(stream, places[stream]), _name(other, places[other])
    secret = any(isinstance(it, Destination) and has_variables(it.plain()) for it in (places[stream], places[other]))
    remedy = REMEDIES[destination.kind] if destination else "give each a sink of its own"
    also = "" if this == its or secret else f", as {its}"
    return f"{this} is where {other!r} goes already{also}. Hint: {remedy}"


def _name(stream: str, place: Destination | BatchSink) -> str:
    if isinstance(place, BatchSink):
        return named(place)
    if place.kind == "kafka":
        return f"the topic {topic_of(place.options, stream)!r}"
    return f"the table {table_of(place.options, stream)!r}" if place.kind == "database" else repr(Redacted(place.at))
