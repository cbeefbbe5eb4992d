"""Window: the records and events of some consecutive ticks, as both engines produce them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from doge_datagen.batch import Batch


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """The records and events of some consecutive ticks.

    Attributes:
        start: the first tick.
        end: the tick after the last.
        batches: pairs of stream and batch; the records of a stream are in order of tick and subject, and may be spread
            over several batches.
        events: by number of the transition in the spec, how often it happened.
        unseen: the same for what a warm-up before the window has changed in the states of subjects.
    """

    start: int
    end: int
    batches: Sequence[tuple[str, Batch]]
    events: Mapping[int, int] = field(default_factory=dict)
    unseen: Mapping[int, int] = field(default_factory=dict)

    @property
    def events_in_all(self) -> int:
        """How many transitions happened in total."""
        return sum(self.events.values())
