"""How many records events make: columns of a sample beside those of the events, for streams where that varies."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from doge_datagen.engine.recording.emission import counted_by, varying
from doge_datagen.forecast.sample import Sample
from doge_datagen.program.program import Program


def with_records(taken: Sample) -> Sample:
    """The sample with more columns behind those of the transitions: one for each of its ``varying`` pairs.

    What is an event there is a record; it is attempted whenever its transition is.
    """
    if taken.records is None or not taken.varying:
        return taken
    attempts = taken.attempts[:, [way for way, _ in taken.varying]]
    return replace(
        taken,
        attempts=np.hstack([taken.attempts, attempts]),
        events=np.hstack([taken.events, taken.records]),
    )


class RecordColumns:
    """Which columns of a sample with records count the records of each stream.

    Args:
        program: the model.
    """

    def __init__(self, program: Program) -> None:
        self._program, self._counted = program, counted_by(program)
        self._places = {pair: len(program.ways) + place for place, pair in enumerate(varying(program))}

    def of(self, stream: str, ways: Iterable[int]) -> list[int]:
        """The columns for the records that events of these ways make in a stream which they feed."""
        of_way = self._program.ways
        return [it if stream in self._counted[of_way[it].transition] else self._places[it, stream] for it in ways]


def estimated_streams(program: Program) -> tuple[str, ...]:
    """The streams of which events make none, one or several records."""
    return tuple(dict.fromkeys(stream for _, stream in varying(program)))
