"""The destinations of a model's streams, for the name of a target or for destinations that a caller gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from doge_datagen.errors import ModelError, did_you_mean
from doge_datagen.model.destination import CONSOLE, Destination
from doge_datagen.model.spec import Spec
from doge_datagen.run.delivery.delivery import SinkOrDestination


def destinations_of(spec: Spec, target: str | None) -> dict[str, Destination]:
    """The destination of each stream for a target; for None, the model's first target, or the screen if it has none.

    Raises:
        ModelError: there is no target of that name.
    """
    if target is None:
        first = next(iter(spec.targets), None)
        return dict.fromkeys(spec.streams, Destination(CONSOLE)) if first is None else dict(spec.targets[first])
    if target not in spec.targets:
        raise ModelError("target", f"{target!r} is not a target. Hint: {did_you_mean(target, spec.targets)}")
    return dict(spec.targets[target])


def given_destinations(spec: Spec, given: Mapping[str, Any]) -> dict[str, SinkOrDestination]:
    """The destinations that a caller gives by stream, each an open sink or any form of a ``Destination``.

    Raises:
        ModelError: a stream is unknown, or a destination is invalid.
    """
    for stream in given:
        check_stream(spec, stream)
    return {stream: it if is_sink(it) else Destination.of(it) for stream, it in given.items()}


def check_stream(spec: Spec, stream: str) -> None:
    """Check that the model has a stream of this name.

    Raises:
        ModelError: it has not.
    """
    if stream not in spec.streams:
        raise ModelError("streams", f"{stream!r} is not a stream. Hint: {did_you_mean(stream, spec.streams)}")


def is_sink(given: object) -> bool:
    """Whether this is an open sink rather than the description of a destination."""
    return callable(getattr(given, "write", None))
