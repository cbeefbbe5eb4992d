"""Sinks whose position can be read by whoever has not claimed them yet."""

from __future__ import annotations

from doge_datagen.sinks.committing import CommittingSink


class LegibleSink(CommittingSink):
    """A committing sink whose ``position`` may be asked for before ``claim`` too, and says then what can be seen.

    So a run of something else can be refused without disturbing the one that is at work. What can be seen may be older
    than what was committed last, or nothing: in Kafka a transaction that is open hides all that came after it.
    """
