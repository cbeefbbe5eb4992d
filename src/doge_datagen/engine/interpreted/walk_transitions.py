"""The transitions of a program as single walks need them: their functions, and what these cost."""

from __future__ import annotations

import re
from dataclasses import astuple, dataclass

from doge_datagen.engine.codegen import (
    Function,
    actions,
    drawn_lines,
    ends_by_way,
    records,
)
from doge_datagen.engine.initial_states import transition_label
from doge_datagen.engine.recording.emission import fed, varying
from doge_datagen.language.scope import attribute_code
from doge_datagen.program.program import Program

OF_A_FUNCTION, OF_A_CALL, OF_A_DRAW = 2.0, 0.4, 10.0
"""The cost of a function, and of each call and draw in it, relative to a bare attempt."""
REJECTS = "return (False"
DRAW = re.compile(r"key0, key1, subject, tick, (\d+, \d+)")


@dataclass(frozen=True, slots=True)
class WalkedRecord:
    """A record that an event may make: its stream, its condition and the function of its columns, if it has any.

    The number of records is counted under ``counted``, unless it is always one.
    """

    stream: str
    when: Function | None
    function: Function | None
    counted: int | None
    by_line: bool = False


@dataclass(frozen=True, slots=True)
class WalkedWay:
    """A transition: its functions, the state that it leads to, and its cost."""

    number: int
    target: int
    path: str
    lines: Function | None
    act: Function | None
    writes: tuple[str, ...]
    records: tuple[WalkedRecord, ...]
    ends: dict[str, int]
    cost: float
    cost_of_event: float

    @property
    def is_plain(self) -> bool:
        """Whether nothing is calculated before it happens."""
        return self.act is None and self.lines is None


def walked_ways(program: Program) -> list[WalkedWay]:
    """All ways of a program, by number."""
    spec, acts, found, ends = program.spec, actions(program), records(program), ends_by_way(program)
    drawn = drawn_lines(program)
    feeds, counted = fed(program), {pair: index for index, pair in enumerate(varying(program))}
    ways = []
    for way, (number, _, target) in enumerate(map(astuple, program.ways)):
        act, action = acts.get(number), program.actions[number]
        made = [
            WalkedRecord(one.stream, one.when, found.get(one.stream), counted.get((way, one.stream)), one.by_line)
            for one in feeds[number]
        ]
        costs = [cost_of(one) for each in made for one in (each.when, each.function) if one is not None]
        ways.append(
            WalkedWay(
                number=number,
                lines=drawn.get(number),
                target=-1 if target is None else target,
                path=transition_label(spec.population, number),
                act=act,
                writes=tuple(map(attribute_code, action.writes)) if action else (),
                records=tuple(one for one in made if one.function or one.counted is not None),
                ends=ends[way],
                cost=1.0
                + sum(map(cost_of, filter(None, [drawn.get(number)])))
                + (cost_of(act, up_to=REJECTS) if act else 0.0),
                # What comes after the last rejection in an action costs only where it happens.
                cost_of_event=sum(costs) + (cost_of(act) - cost_of(act, up_to=REJECTS) if act else 0),
            )
        )
    return ways


def cost_of(function: Function, up_to: str = "") -> float:
    """What a call of a function costs, or its part up to some code."""
    code = "\n".join(function.lines)
    code = code.partition(up_to)[0] if up_to else code
    draws = len(set(DRAW.findall(code)))  # a draw that appears in several branches is made in one of them
    # A search in a table is part of what needs the row.
    calls = code.count("(fault, ") - code.count("group_of_")
    return OF_A_FUNCTION + OF_A_CALL * calls + OF_A_DRAW * draws
