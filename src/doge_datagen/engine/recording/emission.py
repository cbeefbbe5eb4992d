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
        when: the function that says whether the event, or one of its lines, is recorded there; None if it always is.
        by_line: whether it has a record for each line.
    """

    stream: str
    when: Function | None = None
    by_line: bool = False

    @property
    def is_certain(self) -> bool:
        """Whether each event makes exactly one record."""
        return self.when is None and not self.by_line


def fed(program: Program) -> list[tuple[Fed, ...]]:
    """For each transition, the streams that it feeds, and those of what it spawns."""
    found = conditions(program)
    return [
        tuple(
            Fed(stream, found.get((number, stream)), by_line=program.shapes[stream].line is not None) for stream in each
        )
        for number, each in enumerate(program.feeds)
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


def path_of(program: Program, number: int, transition: str, where: int) -> tuple[str, str | None]:
    """What cannot be calculated about a record: its location, and the transition if that does not say it.

    Args:
        program: the model.
        number: that of the transition.
        transition: its location.
        where: the number of a stream, for its fields; behind the last of them, that of its condition; behind these the
            number of lines and their fields.
    """
    # One integer, since that is all that compiled code can leave behind with a fault.
    streams = list(program.shapes)
    if where < len(streams):
        return stream_label(program, streams[where]), transition
    if where < 2 * len(streams):
        return f"{transition}.emit.{streams[where - len(streams)]}", None
    parts = ["count", *(f"fields.{name}" for name, _ in program.lines[number].fields)]
    return f"{transition}.lines.{parts[where - 2 * len(streams)]}", None
