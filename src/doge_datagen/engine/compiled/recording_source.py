"""Generates the source code that records events in the buffers of the streams that they feed."""

from __future__ import annotations

from collections.abc import Iterator

from doge_datagen.engine.codegen import Function, attributes_of, records
from doge_datagen.engine.recording.emission import Fed, counted_by, fed
from doge_datagen.engine.recording.record_columns import computed
from doge_datagen.engine.source_lines import indented
from doge_datagen.language.event_lines import LINE_COUNT, LINE_NUMBER
from doge_datagen.language.scope import ENDS
from doge_datagen.program.program import Program

UNFED = -1


def column(code: str) -> str:
    """The name of the column of an attribute, given its name in the code."""
    return f"A{code[1:]}"


def sets_of_streams(program: Program) -> list[tuple[Fed, ...]]:
    """The distinct sets of streams that transitions feed; the kernel has one block for each set."""
    return list(dict.fromkeys(it for it in fed(program) if it))


def record_lines(program: Program, bucket: str = "tick - start") -> dict[int, list[str]]:
    """By set of streams, the lines that record an event in each of them.

    Args:
        program: the model.
        bucket: the code of the tally that counts an event.
    """
    found = records(program)
    lines = {
        name: list(_record(number, len(computed(shape.columns)), found.get(name), bucket))
        for number, (name, shape) in enumerate(program.shapes.items())
    }
    locations = {name: len(lines) + number for number, name in enumerate(lines)}
    uncounted = list(_uncounted(len(lines)))
    blocks = {}
    for number, streams in enumerate(sets_of_streams(program)):
        blocks[number] = [line for it in streams for line in _recorded(it, locations[it.stream], lines[it.stream])]
        blocks[number] += [] if any(it.is_certain for it in streams) else uncounted
    return blocks | ({UNFED: uncounted} if not all(fed(program)) else {})


def _recorded(it: Fed, location: int, lines: list[str]) -> Iterator[str]:
    """The lines that record an event, or each of its lines; the location is for a fault in the condition."""
    if it.by_line:
        yield f"for {LINE_NUMBER} in range(1, {LINE_COUNT} + 1):"
        yield from indented(_recorded_where(it.when, location, lines))
    else:
        yield from _recorded_where(it.when, location, lines)


def _recorded_where(when: Function | None, location: int, lines: list[str]) -> Iterator[str]:
    """The lines that record something where its condition holds."""
    if when is None:
        yield from lines
        return
    # Numbered before it is evaluated, unless something has failed already: what failed first is to blame.
    if any("fault" in line for line in when.lines):
        yield f"where = int64({location}) if fault[0] == 0 else where"
    yield from (f"{end} = {end.upper()}[way]" for end in ENDS if end in when.reads)
    yield from (f"{code} = {column(code)}[row]" for code in attributes_of(when))
    yield f"if {when.called()}:"
    yield from indented(lines)


def has_uncounted(program: Program) -> bool:
    """Whether there are events that no stream counts; they are recorded too, so that they can be counted by tick."""
    return not all(counted_by(program))


def _uncounted(number: int) -> Iterator[str]:
    yield f"u_tick[at_{number}] = tick - start"
    yield f"u_way[at_{number}] = way"
    yield f"at_{number} += 1"


def _record(number: int, width: int, record: Function | None, bucket: str) -> Iterator[str]:
    """The lines that record an event in the stream with this number."""
    if record is not None:
        if any("fault" in line for line in record.lines):
            yield f"where = int64({number}) if fault[0] == 0 else where"
        yield from (f"{end} = {end.upper()}[way]" for end in ENDS)
        yield from (f"{code} = {column(code)}[row]" for code in attributes_of(record))
        yield f"{''.join(f'n{number}_{index}[at_{number}], ' for index in range(width))}= {record.called()}"
    yield f"n{number}_tick[at_{number}] = tick - start"
    yield f"n{number}_subject[at_{number}] = subject"
    yield f"n{number}_way[at_{number}] = way"
    yield f"tally_{number}[{bucket}] += 1"
    yield f"at_{number} += 1"
