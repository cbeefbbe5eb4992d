"""Sinks whose position can be read by whoever has not claimed them yet."""

from __future__ import annotations

from doge_datagen.sinks.committing import CommittingSink


class LegibleSink(CommittingSink):
    """A committing sink whose ``position`` may be asked for before ``claim`` too, and says then what was committed.

    So a run of something else can be refused without disturbing the one that is at work. Not every place can do that:
    where a killed process leaves a transaction open, as in Kafka, only a claim ends it, and until then nobody can read
    what was committed.
    """
