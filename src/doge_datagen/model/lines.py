"""The lines of an event, such as the items of an order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from doge_datagen.errors import ModelError
from doge_datagen.model.coercion import plain

EACH_LINE = "lines"
"""What ``each`` of a stream is that has a record for each line."""


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of an event; they are drawn before its action.

    Attributes:
        count: an expression for how many there are, 0 to 100.
        fields: an expression for each field of a line, in order; it may use the fields before it.

    >>> Lines('randint(1, 5)', {'price': 'uniform(1, 9)', 'amount': 'price * 2'}).count
    'randint(1, 5)'
    """

    count: str | float | bool
    fields: Mapping[str, str | float | bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "count", plain(self.count))
        if not isinstance(self.fields, Mapping):
            raise ModelError("lines.fields", f"{self.fields!r} is not a mapping. Hint: give a dict")
        object.__setattr__(self, "fields", {name: plain(it) for name, it in self.fields.items()})

    @classmethod
    def of(cls, given: Any) -> Lines | None:
        """The lines that are given: as such, as a mapping with count and fields, or None."""
        return cls(**given) if isinstance(given, Mapping) else given
