"""Generates the source code of a program's functions, which CPython runs as they are and Numba compiles."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from doge_datagen.engine.recording.record_columns import computed, lines_of
from doge_datagen.language.arithmetic import may_fault
from doge_datagen.language.event_lines import LINE_COUNT, LINE_NUMBER, line_array
from doge_datagen.language.lookup_data import SEED
from doge_datagen.language.scope import ENDS, INCIDENTS, attribute_code, rhythm_codes
from doge_datagen.language.table_rows import draws_arrived
from doge_datagen.language.types import FLOAT, Typed
from doge_datagen.program.initial_values import computed_names
from doge_datagen.program.program import DrawnLines, Program

ATTRIBUTE = re.compile(r"\ba_\w+")
READ = re.compile(
    rf"\b(?:a_\w+|l_\w+|{LINE_COUNT}|{LINE_NUMBER}|rhythm_\d+|array_\d+|arrived_\d+|seed[01]|{INCIDENTS})\b"
)
DRAWN, REJECTED = -1, -2
"""Instead of the number of a part of lines that failed: none did, or a draw has found nobody."""
ALWAYS = ("fault", "key0", "key1", "subject", "tick", "timestamp")
"""The parameters of every function: where to record a fault, the seed, the subject and the time."""


@dataclass(frozen=True, slots=True)
class Function:
    """A generated function.

    Attributes:
        name: its name in the code.
        reads: its parameters, after those that every function has.
        lines: its body.
    """

    name: str
    reads: tuple[str, ...]
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """Its source code."""
        parameters = ", ".join((*ALWAYS, *self.reads))
        return "\n".join((f"def {self.name}({parameters}):", *(f"    {line}" for line in self.lines), ""))

    def called(self) -> str:
        """The source code of a call, with variables that are named like its parameters."""
        return f"{self.name}({', '.join((*ALWAYS, *self.reads))})"


def starts(program: Program) -> dict[str, Function]:
    """By attribute, the function that computes its initial value."""
    return {
        start.name: Function(f"start_{start.name}", reads_of([start.code]), (f"return {start.code}",))
        for start in program.starts
        if start.stored and start.code
    }


def initial_texts(program: Program) -> dict[str, Function]:
    """By attribute that is a string built at the start, the function that computes the values shown in it."""
    found = {}
    for start in program.starts:
        columns = computed(start.columns)
        if columns and start.text is not None:
            lines = lines_of(start.columns, [start.text])
            found[start.name] = Function(f"initial_{start.name}", reads_of(it.code for it in columns), lines)
    return found


def kept_initial_texts(program: Program) -> Iterator[tuple[str, Function, tuple[str, ...]]]:
    """Where subjects arrive, the initial strings: the attribute, its function and the hidden attributes it computes."""
    for name, function in initial_texts(program).items():
        start = next(it for it in program.starts if it.name == name)
        yield name, function, tuple(map(attribute_code, computed_names(start)))


def actions(program: Program) -> dict[int, Function]:
    """By number of the transition, the function that returns whether it happens, and the attributes that it assigns.

    Transitions with the same action share the function of the first of them.
    """
    found: dict[int, Function] = {}
    # A matrix of transitions makes hundreds of them with one action, which should be compiled once.
    first: dict[tuple[Sequence[str], Sequence[str]], Function] = {}
    for number, action in enumerate(program.actions):
        if action is not None:
            reads = sorted({*reads_of(action.lines), *map(attribute_code, action.writes)})
            own = Function(f"action_{number}", (*_ends(action.lines), *reads), action.lines)
            found[number] = first.setdefault((action.lines, action.writes), own)
    return found


def records(program: Program) -> dict[str, Function]:
    """By stream, the function that computes its columns; streams without a computed column are left out."""
    found = {}
    for number, (name, shape) in enumerate(program.shapes.items()):
        columns = computed(shape.columns)
        if columns:
            reads = (*ENDS, *reads_of(column.code for column in columns))
            found[name] = Function(f"record_{number}", reads, lines_of(shape.columns, shape.recorded))
    return found


def drawn_lines(program: Program) -> dict[int, Function]:
    """By number of the transition, the function that draws its lines: how many, and which part failed.

    The part is ``DRAWN`` if none did, and ``REJECTED`` if a draw has found nobody, so that the transition is rejected.
    """
    found = {}
    for number, it in program.lines.items():
        codes = (it.count, *(code for _, code in it.fields))
        written = {line_array(name) for name, _ in it.fields}
        reads = sorted(written.union(reads_of(codes)) - {LINE_COUNT, LINE_NUMBER})
        found[number] = Function(f"lines_{number}", (*_ends(codes), *reads), (*_drawing(it),))
    return found


def _drawing(lines: DrawnLines) -> Iterator[str]:
    yield f"{LINE_COUNT} = number_of_lines(fault, {lines.count})"
    yield "if fault[0] != 0:"
    yield f"    return (0, {_failed(lines.count, 0)})"
    yield f"for {LINE_NUMBER} in range(1, {LINE_COUNT} + 1):"
    # The loop needs a body where lines have no fields.
    yield "    pass"
    for part, (name, code) in enumerate(lines.fields, 1):
        yield f"    {line_array(name)}[{LINE_NUMBER} - 1] = {code}"
        if may_fault(code):
            yield "    if fault[0] != 0:"
            yield f"        return ({LINE_COUNT}, {_failed(code, part)})"
    yield f"return ({LINE_COUNT}, {DRAWN})"


def _failed(code: str, part: int) -> str:
    return f"{part} if unless_nobody(fault, True) else {REJECTED}" if draws_arrived(code) else str(part)


def conditions(program: Program) -> dict[tuple[int, str], Function]:
    """By transition and stream, the function that says whether an event is recorded; equal ones are shared."""
    found: dict[tuple[int, str], Function] = {}
    first: dict[str, Function] = {}
    for number, by_stream in enumerate(program.conditions):
        for stream, code in by_stream.items():
            reads = (*_ends([code]), *reads_of([code]))
            found[number, stream] = first.setdefault(code, Function(f"emits_{len(first)}", reads, (f"return {code}",)))
    return found


def attributes_of(function: Function) -> tuple[str, ...]:
    """The attributes among a function's parameters, by their names in the code."""
    return tuple(name for name in function.reads if name.startswith("a_"))


def dtype_of(typed: Typed) -> str:
    """The name of the NumPy type that stores values of this type; strings are stored as an index."""
    return {FLOAT: "float64", "boolean": "bool", "string": "int32"}.get(typed.kind, "int64")


def assigned(program: Program) -> list[tuple[str, ...]]:
    """For each transition the attributes that its action assigns, by their names in the code."""
    return [tuple(map(attribute_code, it.writes)) if it else () for it in program.actions]


def names_of_data(program: Program) -> tuple[str, ...]:
    """The names of a model's data in its code: rhythms, incidents, tables, the seed, and when others arrive."""
    incidents = [INCIDENTS] if program.histories else []
    data = program.data
    seed = SEED if data.repeats_draws else ()
    return (*rhythm_codes(program.spec.rhythms).values(), *incidents, *data.arrays, *seed, *data.arrived.values())


def functions_of(program: Program) -> tuple[Function, ...]:
    """All generated functions of a model."""
    return (
        *starts(program).values(),
        *initial_texts(program).values(),
        *drawn_lines(program).values(),
        *dict.fromkeys(actions(program).values()),
        *dict.fromkeys(conditions(program).values()),
        *records(program).values(),
    )


def ends_by_way(program: Program) -> list[dict[str, int]]:
    """For each way, the strings of its transition by their numbers in the model's table, or 0 if no code uses them."""
    number_of, ends = program.data.number_of, program.ends
    return [{end: number_of(ends[end][way]) or 0 for end in ENDS} for way in range(len(program.ways))]


def values_by_way(program: Program, column: Typed) -> npt.NDArray[Any]:
    """The values of a column that depends on nothing but the transition, by number of the way."""
    code = compile(column.code, "<generated>", "eval")
    found = [eval(code, dict(ends)) for ends in ends_by_way(program)]  # noqa: S307 - comparisons of numbers
    return np.array(found, dtype_of(column))


def _ends(codes: Iterable[str]) -> tuple[str, ...]:
    return tuple(end for end in ENDS if any(re.search(rf"\b{end}\b", code) for code in codes))


def reads_of(codes: Iterable[str]) -> tuple[str, ...]:
    """The attributes and the data of the model in some code, by their names in it."""
    return tuple(sorted({name for code in codes for name in READ.findall(code)}))
