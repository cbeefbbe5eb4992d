"""Hidden columns of batches: what stages know about a record beyond what it shows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

import pyarrow as pa

SUBJECT, TRANSITION, LINE = "subject", "transition", "line"
HIDDEN: Mapping[str, pa.DataType] = MappingProxyType({SUBJECT: pa.uint32(), TRANSITION: pa.int32(), LINE: pa.int32()})
"""The hidden columns that an engine can give, each with its type: the index of the subject, the number of the
transition in the spec, and the number of the line, which is 0 for a record of a whole event. At most one transition of
a subject happens in a tick, so stream, event time, subject and line identify a record."""


def check_hidden(names: Collection[str]) -> None:
    """Check that an engine can give these columns.

    Raises:
        ValueError: one is unknown.
    """
    unknown = sorted(set(names) - HIDDEN.keys())
    if unknown:
        raise ValueError(f"there is no hidden column {unknown[0]!r}, only {', '.join(HIDDEN)}")
