"""What both engines give: window after window, the records of each stream in order of time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from doge_datagen.batch import Batch


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """The records of a run of ticks.

    Attributes:
        start: the first tick.
        end: the tick after the last.
        batches: the streams' records, each stream's in order of tick and subject; a stream may have several batches.
        events: how many transitions happened, by the transition's number in the spec.
    """

    start: int
    end: int
    batches: Sequence[tuple[str, Batch]]
    events: Mapping[int, int] = field(default_factory=dict)

    @property
    def events_in_all(self) -> int:
        """How many transitions happened."""
        return sum(self.events.values())
