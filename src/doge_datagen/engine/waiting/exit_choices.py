"""Generates the lines that choose by which exit a state is left at the moment of an attempt, and by which way."""

from __future__ import annotations

from collections.abc import Iterator

from doge_datagen.engine.source_lines import indented, when_one_of
from doge_datagen.engine.waiting.timing_code import BRANCHES, WEIGHTS, TimingCode, constant_sums
from doge_datagen.program.time.timing import AT, TIMERS, WEIGHT

LOOK_UP = """\
exit, left = WEIGHTS_FROM[state], WEIGHT_COUNTS[state]
if left > 1:
    part = {draw} * WEIGHT_SUMS[exit + left - 1]
    while left > 1:
        half = left >> 1
        exit = exit + half * (part >= WEIGHT_SUMS[exit + half - 1])
        left = left - half
if exit >= 0:
    exit = WEIGHT_EXITS[exit]
"""
"""Chooses by constant weights: the first whose cumulative sum is above a uniform part of the whole, by bisection.
There are no branches on what is drawn, since one that the processor cannot predict costs as much as all steps."""


class ExitChoices:
    """The choices of the function ``leave``.

    Args:
        code: of the timing.

    Attributes:
        tables: by name, the constants that they look up.
    """

    def __init__(self, code: TimingCode) -> None:
        self._code, self._timing = code, code.timing
        self.tables: dict[str, list[int] | list[float]] = {"FIRST_WAY": list(code.timing.first_ways)}

    def weights(self) -> Iterator[str]:
        """Choose the exit where a dwell time has ended: constant weights are looked up, others are calculated."""
        # In any case, since this fills the tables of the constant weights.
        calculated = list(self._calculated_weights())
        if any(it is not None for it in self._timing.dwells):
            yield f"if cause >= {len(self._timing.exits)}:"
            yield from indented((*LOOK_UP.format(draw=self._code.draw("random", WEIGHTS)).splitlines(), *calculated))

    def _calculated_weights(self) -> Iterator[str]:
        """The choice by state where weights are not constant; fills the tables of those that are."""
        states = range(len(self._timing.dwells))
        firsts, counts, sums, chosen = [-1 for _ in states], [0 for _ in states], list[float](), list[int]()
        for state in states:
            exits = list(self._timing.of(state, WEIGHT))
            weights, numbers = [(it.amount, it.when) for _, it in exits], [number for number, _ in exits]
            if constant := constant_sums(weights):
                firsts[state], counts[state] = len(sums), len(constant)
                sums += constant
                chosen += numbers
            elif exits:
                yield f"elif state == {state}:"
                yield from indented(self._code.drawn(weights, WEIGHTS, numbers, "exit"))
        self.tables |= {"WEIGHTS_FROM": firsts, "WEIGHT_COUNTS": counts, "WEIGHT_SUMS": sums, "WEIGHT_EXITS": chosen}

    def guards(self) -> Iterator[str]:
        """An attempt of a timer whose condition does not hold is rejected."""
        for number, it in enumerate(self._timing.exits):
            # Only here: the conditions of rates and weights have a part in their sums, in which 0 stands for such an
            # exit.
            if it.when is not None and it.kind in (*TIMERS, AT):
                guard = [*self._code.condition(it.when), "if not exists:", "    return exit, -1"]
                yield from when_one_of("exit", [number], guard)

    def branches(self) -> Iterator[str]:
        """Choose the way of an exit that branches."""
        timing = self._timing
        yield "way = FIRST_WAY[exit]"
        for number, it in enumerate(timing.exits):
            if len(it.targets) > 1:
                first = timing.first_ways[number]
                weights = [(share, None) for share in it.shares]
                chosen = self._code.drawn(weights, BRANCHES, range(first, first + len(it.targets)), "way")
                yield from when_one_of("exit", [number], list(chosen))
