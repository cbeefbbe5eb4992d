"""Lines of generated code that wait for a moment, and what they count on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import accumulate

from doge_datagen.engine.source_lines import indented
from doge_datagen.program.time.timing import Located, Timing

STARTED, ENTERED, HAPPENED, REJECTED = 0, 1, 2, 3
"""Why a subject waits: its life begins, it has entered a state, or it stays after an event or a rejected attempt."""
WALK, WEIGHTS, BRANCHES, CHOICES, WALK_ON, CHOICES_ON = range(6)
"""The numbers of the draws of one moment. The last two are for the wait after an attempt in the very first tick, whose
own wait was drawn at the same moment."""
FARTHEST = 2.0**61
"""A wait of so many milliseconds or more never ends."""


def constant_sums(weights: Sequence[tuple[Located, Located | None]]) -> list[float]:
    """The cumulative sums of weights that are constant and have no condition; empty if some are not."""
    constants = [amount.typed.constant for amount, when in weights if when is None]
    exact = [Fraction(it) for it in constants if isinstance(it, int | float)]
    return [float(it) for it in accumulate(exact)] if len(exact) == len(weights) else []


def kept_names(timing: Timing) -> tuple[str, ...]:
    """The names of the slots and alarms of a timing in its code."""
    slots = [f"s_{number}" for number in range(timing.slots)]
    return (*slots, *(f"p_{number}" for number in range(len(timing.alarms))))


def earliest(moment: str, number: int | str) -> Iterator[str]:
    """The attempt at a moment, if it is before all others so far; what is in the past comes in the next millisecond."""
    yield f"moment = {moment} if {moment} > tick else tick + 1"
    yield "if moment < best:"
    yield f"    best, cause = moment, {number}"


def wait_for(pause: str, number: int) -> Iterator[str]:
    """The attempt after a wait of milliseconds as a float, rounded to the nearest, at least 1."""
    yield f"if {pause} < {FARTHEST!r}:"
    yield f"    moment = tick + int({pause} + 0.5)"
    yield from indented(earliest("moment", number))
