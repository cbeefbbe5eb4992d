"""The history of an incident: when it happens, as code that draws it."""

from __future__ import annotations

from dataclasses import dataclass

ALL = ""
"""The value of the history of an incident that has only one."""


@dataclass(frozen=True, slots=True)
class History:
    """When an incident happens: once, or again and again.

    Attributes:
        incident: the name of the incident.
        value: the one of its values that has this history; ``ALL`` if there is only one history.
        every: the code of the milliseconds from one begin to the next.
        lasts: the code of how many each of them lasts.
        span: the begin and the end, in milliseconds since the epoch, if it happens once.
    """

    incident: str
    value: str
    every: str = ""
    lasts: str = ""
    span: tuple[int, int] | None = None
