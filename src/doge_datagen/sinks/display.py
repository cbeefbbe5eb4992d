"""Format the destination of a stream for people: its real address, without secrets."""

from __future__ import annotations

from doge_datagen.errors import ModelError
from doge_datagen.model.destination import Destination
from doge_datagen.model.redaction import Redacted
from doge_datagen.sinks.environment_variables import filled
from doge_datagen.sinks.kafka.addresses import shown_addresses


def shown_place(place: Destination, stream: str) -> str:
    """Return where a stream goes, with environment variables filled in as far as they are set.

    >>> shown_place(Destination.of('postgresql://ann:hunter2@localhost/bank'), 'trx')
    'postgresql://ann:***@localhost/bank, table trx'
    >>> shown_place(Destination.of({'kafka': '${NO_SUCH_NAME:-localhost:9092}', 'topic': 'payments'}), 'trx')
    'kafka localhost:9092, topic payments'
    """
    at = _known(place.at)
    if place.kind == "database":
        return f"{at.address}, table {_option(place, 'table', stream)}"
    if place.kind == "kafka":
        return f"kafka {shown_addresses(at)}, topic {_option(place, 'topic', stream)}"
    return at.address if place.kind == "file" else f"{place.kind} {at.address}".rstrip()


def _option(place: Destination, name: str, otherwise: str) -> str:
    return _known(str(place.options.get(name, otherwise))).address


def _known(text: str) -> Redacted:
    try:
        return filled(text, "")
    except ModelError:  # reported where the target is checked
        return Redacted(text)
