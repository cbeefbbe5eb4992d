"""Places as a person may see them: as the target says them, and never with a password."""

from __future__ import annotations

import re

from doge_datagen.model.place import Place

IN_URL = re.compile(r"(?P<user>://(\$\{[^}]*\}|[^:/])*):(?!\$\{\w+\}@)[^@]*@([^?]*@)?")
"""As SQLAlchemy reads it, whose passwords end at the first ``@``; one that should have been quoted is hidden too."""
IN_QUERY = re.compile(r"(?i)(?P<name>[\w.-]*(password|passwd|pwd|secret|token|apikey|api_key)[\w.-]*(=|%3D))[^&]*")


def shown(place: Place, stream: str) -> str:
    """Where a stream goes, in a few words.

    >>> shown(Place.of('postgresql://ann:secret@localhost/bank'), 'trx')
    'postgresql://ann:***@localhost/bank, table trx'
    >>> shown(Place.of({'kafka': '${KAFKA}', 'topic': 'payments'}), 'trx')
    'kafka ${KAFKA}, topic payments'
    """
    at = IN_QUERY.sub(r"\g<name>***", IN_URL.sub(r"\g<user>:***@", place.at))
    if place.kind == "database":
        return f"{at}, table {place.options.get('table', stream)}"
    if place.kind == "kafka":
        return f"kafka {at}, topic {place.options.get('topic', stream)}"
    return at if place.kind == "file" else f"{place.kind} {at}".rstrip()
