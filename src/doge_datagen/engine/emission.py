"""Which records an event makes in the streams that it feeds."""

from __future__ import annotations

from dataclasses import dataclass

from doge_datagen.engine.codegen import Function, conditions
from doge_datagen.engine.initial_states import stream_label
from doge_datagen.program.program import Program


@dataclass(frozen=True, slots=True)
class Fed:
    """A stream that an event feeds.

    Attributes:
        stream: its name.
        when: the function that says whether the event is recorded there; None if it always is.
    """

    stream: str
    when: Function | None = None

    @property
    def is_certain(self) -> bool:
        """Whether each event makes exactly one record."""
        return self.when is None


def fed(program: Program) -> list[tuple[Fed, ...]]:
    """For each transition, the streams that it feeds, and those of what it spawns."""
    found = conditions(program)
    return [
        tuple(Fed(stream, found.get((number, stream))) for stream in each) for number, each in enumerate(program.feeds)
    ]


def counted_by(program: Program) -> list[tuple[str, ...]]:
    """For each transition, the streams by whose records its events can be counted; none if there may be too few."""
    return [tuple(it.stream for it in each if it.is_certain) for each in fed(program)]


def varying(program: Program) -> list[tuple[int, str]]:
    """The ways and streams where an event does not always make exactly one record."""
    each = fed(program)
    return [
        (way, it.stream) for way, its in enumerate(program.ways) for it in each[its.transition] if not it.is_certain
    ]


def place_of(program: Program, transition: str, where: int) -> tuple[str, str | None]:
    """What cannot be calculated about a record: its location, and the transition if that does not say it.

    Args:
        program: the model.
        transition: the location of the transition.
        where: the number of a stream, for its fields; behind the last of them, that of its condition.
    """
    streams = list(program.shapes)
    if where < len(streams):
        return stream_label(program, streams[where]), transition
    return f"{transition}.emit.{streams[where - len(streams)]}", None
