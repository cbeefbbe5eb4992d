"""Format the destination of a stream for people: its real address, without secrets."""

from __future__ import annotations

from typing import Any

from doge_datagen.errors import ModelError
from doge_datagen.model.destination import Destination
from doge_datagen.model.redaction import redacted
from doge_datagen.sinks.environment_variables import filled
from doge_datagen.sinks.registry import kind_of
from doge_datagen.sinks.sink_kind import SinkConfig


def shown_place(place: Destination, stream: str) -> str:
    """Return where a stream goes, with environment variables filled in as far as they are set.

    >>> shown_place(Destination.of('postgresql://ann:hunter2@localhost/bank'), 'trx')
    'postgresql://ann:***@localhost/bank, table trx'
    >>> shown_place(Destination.of({'kafka': '${NO_SUCH_NAME:-localhost:9092}', 'topic': 'payments'}), 'trx')
    'kafka localhost:9092, topic payments'
    """
    at = _known(place.at)
    options = {name: _known(value, name) for name, value in place.options.items()}
    try:
        kind = kind_of(Destination(place.kind, at.reveal()))
    except ModelError:  # reported where the target is checked
        return f"{place.kind} {at.address}".strip()
    return kind.address(SinkConfig(stream, (), at, options, ""))


def _known(value: Any, name: str = "") -> Any:
    """A value with its variables filled in, or as it is written if one of them is not set."""
    try:
        return filled(value, "", name)
    except ModelError:  # reported where the target is checked
        return redacted(value, name)
