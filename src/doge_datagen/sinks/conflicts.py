"""Refuse two streams that go to the same topic, table, file or open sink, where their records would mix."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from doge_datagen.errors import ModelError
from doge_datagen.model import Destination
from doge_datagen.model.redaction import Redacted, redacted
from doge_datagen.safe_text import named
from doge_datagen.sinks.base import Sink
from doge_datagen.sinks.destination_identity import DestinationIdentity
from doge_datagen.sinks.environment_variables import filled_destination, has_variables
from doge_datagen.sinks.registry import kind_of
from doge_datagen.sinks.sink_kind import SinkConfig


def check_apart(destinations: Mapping[str, Destination | Sink]) -> None:
    """Check that streams have different destinations, before any of them is opened.

    Args:
        destinations: destination or open sink by stream; environment variables are filled in here.

    Raises:
        ModelError: two are the same, or a variable is not set. The message never shows a variable's value.

    >>> check_apart({'trx': Destination.of('a.csv'), 'loan': Destination.of('./a.csv')})
    Traceback (most recent call last):
    doge_datagen.errors.ModelError: targets.loan: './a.csv' is where 'trx' goes already, as 'a.csv'. Hint: give each \
a file of its own
    """
    known = {
        stream: filled_destination(it, f"targets.{stream}") if isinstance(it, Destination) else it
        for stream, it in destinations.items()
    }
    for _, error in not_apart(destinations, known):
        raise error


def not_apart(
    destinations: Mapping[str, Destination | Sink], known: Mapping[str, Destination | Sink], where: str = "targets"
) -> Iterator[tuple[str, ModelError]]:
    """Yield an error for each stream that goes to the destination of an earlier one, with the later stream's name.

    Several streams can share the screen, but not a topic, a file, a table or an open sink.

    Args:
        destinations: destination or open sink by stream, as messages show them.
        known: the same for comparison, with variables filled in if possible; equal strings mean equal destinations.
        where: location of the targets, for errors.
    """
    taken: dict[str, DestinationIdentity] = {}
    for number, (stream, it) in enumerate(known.items()):
        before = list(known)[:number]
        other = next((name for name in before if known[name] is it), None) if isinstance(it, Sink) else None
        identity = it.identity if isinstance(it, Sink) else identity_of(it, stream)
        if other is None and identity is not None:
            other = next((name for name, its in taken.items() if its.meets(identity)), None)
            taken[stream] = identity
        if other is not None:
            yield stream, ModelError(f"{where}.{stream}", _conflict(stream, other, destinations, identity))


def check_open_apart(sinks: Mapping[str, Sink], destinations: Mapping[str, Destination | Sink]) -> None:
    """Check that open sinks have different destinations, by the identities that servers report.

    Args:
        sinks: open sinks by stream.
        destinations: the same as messages show them.

    Raises:
        ModelError: two are the same.
    """
    for _, error in not_apart(destinations, sinks):
        raise error


def identity_of(destination: Destination, stream: str) -> DestinationIdentity | None:
    """Identify the destination of a stream, as far as possible without contacting a server.

    Args:
        destination: the destination, with or without environment variables filled in.
        stream: name of the stream, the default name of a topic or table.

    Returns:
        The identity. None if several streams may share the destination, such as the screen, or if the target is
        invalid, which other checks report.
    """
    try:
        known = kind_of(destination).identify
        return known and known(_config(destination, stream))
    except ModelError:
        return None


def _conflict(
    stream: str, other: str, destinations: Mapping[str, Destination | Sink], identity: DestinationIdentity | None
) -> str:
    this, its = _name(stream, destinations[stream]), _name(other, destinations[other])
    secret = any(
        isinstance(it, Destination) and has_variables(it.dump()) for it in (destinations[stream], destinations[other])
    )
    remedy = identity.remedy if identity else "give each a sink of its own"
    also = "" if this == its or secret else f", as {its}"
    return f"{this} is where {other!r} goes already{also}. Hint: {remedy}"


def _name(stream: str, destination: Destination | Sink) -> str:
    if isinstance(destination, Sink):
        return named(destination)
    try:
        return kind_of(destination).described(_config(destination, stream))
    except ModelError:
        return repr(Redacted(destination.at))


def _config(destination: Destination, stream: str) -> SinkConfig:
    return SinkConfig(stream, (), Redacted(destination.at), redacted(destination.options), f"targets.{stream}")
