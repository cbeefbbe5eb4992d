"""Generates the source code of waits that incidents change: rates by pieces of time, and moments at their edges.

Between two edges of incidents a rate is constant, or follows its rhythm. A wait is an exponential draw that is used up
by one piece after the other, so it ends exactly where its rates say, however they change. Pieces behind what happens
anyway are not looked at.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence

from doge_datagen.engine.source_lines import indented
from doge_datagen.engine.waiting.tick_waits import NEVER
from doge_datagen.engine.waiting.timing_code import FARTHEST, earliest
from doge_datagen.language.scope import INCIDENTS
from doge_datagen.language.time.incident_names import EDGES

NOW = re.compile(r"\btimestamp\b(?! - tick\b)")
"""The moment of evaluation; the moment at which a run begins is ``timestamp - tick``, and stays what it is."""
NAME = re.compile(rf"\b{INCIDENTS}\b")
READS_INCIDENT = frozenset({"under_way", *EDGES.values()})


def has_incidents(code: str) -> bool:
    """Whether some code depends on incidents."""
    return NAME.search(code) is not None


def histories_in(code: str) -> Iterator[str]:
    """The code of the number of each history that some code depends on."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in READS_INCIDENT:
            yield ast.unparse(node.args[1])


def in_pieces(
    draw: str, codes: Sequence[str], sums: Sequence[str], total: str, rhythm: int | None, number: int
) -> Iterator[str]:
    """The lines that wait for the first of some memoryless transitions whose rates incidents change.

    Args:
        draw: the code of an exponential draw with a mean of 1.
        codes: those of the rates and their conditions.
        sums: the lines that calculate the sum of the rates.
        total: the name of the sum.
        rhythm: the number of the rhythm that multiplies the rates; None if there is none.
        number: the cause of the attempt.
    """
    following = following_edge(codes)
    # With a rhythm, a wait is an amount of its integral, not of milliseconds.
    passes = "float(edge - at)" if rhythm is None else f"elapsed(rhythm_{rhythm}, at, edge)"
    reached = f"at + int(left / {total} + 0.5)" if rhythm is None else f"after(rhythm_{rhythm}, at, left / {total})"
    yield f"left, found, at = {draw}, {NEVER}, timestamp"
    yield f"edge = {following}"
    yield "if edge == at + 1:"  # an attempt is in the next millisecond at the earliest, and that is behind the edge
    yield "    at = edge"
    yield f"    edge = {following}"
    yield "while True:"
    yield from indented([NOW.sub("at", line) for line in sums])
    yield f"    if {total} > 0.0:"
    yield f"        passed = {total} * {passes} if edge < {NEVER} else left + 1.0"
    yield "        if left < passed:"
    yield f"            if left / {total} < {FARTHEST!r}:"
    yield f"                found = {reached}"
    yield "            break"
    yield "        left -= passed"
    # What the subject does anyway comes first, so no later piece can matter.
    yield f"    if edge >= {NEVER} or edge - (timestamp - tick) >= best:"
    yield "        break"
    yield "    at = edge"
    yield f"    edge = {following}"
    yield f"if found < {NEVER}:"
    # Rounded to the nearest millisecond a wait may reach the edge, where other rates hold already.
    yield "    found = least(found, edge - 1) - (timestamp - tick)"
    yield from indented(earliest("found", number))


def following_edge(codes: Sequence[str]) -> str:
    """The code of the first edge after the moment ``at`` of the histories that some code depends on."""
    histories = dict.fromkeys(it for code in codes for it in histories_in(code))
    edges = [f"next_edge({INCIDENTS}, {it}, at)" for it in histories]
    return edges[0] if len(edges) == 1 else f"min({', '.join(edges)})"


def at_an_edge(code: str, checked: Callable[[], Iterator[str]], alarm: str, number: int) -> Iterator[str]:
    """The lines of a transition at a moment that depends on when an incident begins or ends.

    It happens once for each incident: its alarm is 1 more than the moment at which it has fired last. The moment may be
    that of an incident before, if that is still to come, of this one, or of the next.

    Args:
        code: that of the moment.
        checked: makes the lines that end early if it cannot be calculated.
        alarm: the name of the alarm.
        number: the cause of the attempt.
    """
    # Any offset may be added to an edge: the moment of the incident before may still be ahead, or that of this one
    # behind.
    before, now, later = (_moved(code, by) for by in (-1, 0, 1))
    yield from (f"moment = {before} - (timestamp - tick)", *checked())
    yield "if moment <= tick:"
    yield from indented((f"moment = {now} - (timestamp - tick)", *checked()))
    # It has happened for this incident, so the next one is waited for.
    yield f"    if moment < {alarm} and {alarm} > 0:"
    yield from indented(indented((f"moment = {later} - (timestamp - tick)", *checked())))
    yield f"if moment >= {alarm} or {alarm} == 0:"
    yield from indented(earliest("moment", number))


def _moved(code: str, incidents: int) -> str:
    """The code of a moment for the incident that is so many later."""

    class Moved(ast.NodeTransformer):
        def visit_Call(self, node: ast.Call) -> ast.Call:
            self.generic_visit(node)
            if isinstance(node.func, ast.Name) and node.func.id in EDGES.values():
                node.args[3] = ast.Constant(incidents)
            return node

    return ast.unparse(Moved().visit(ast.parse(code, mode="eval")))
