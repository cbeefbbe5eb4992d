"""Lines of generated code that wait for the first success of one attempt a tick, with a probability in percent.

The wait is geometric; what a scale is says ``transition_plan.StateExits``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import accumulate

from doge_datagen.engine.source_lines import indented
from doge_datagen.engine.waiting.rates_in_pieces import NOW, following_edge
from doge_datagen.engine.waiting.tick_waits import NEVER
from doge_datagen.engine.waiting.transition_plan import scale_of
from doge_datagen.engine.waiting.wait_source import CHOICES, CHOICES_ON, FARTHEST, STARTED, WALK, WALK_ON

BEGINS = f"tick > 0 or why == {STARTED}"
WALK_OF_ATTEMPTS = f"({WALK} if {BEGINS} else {WALK_ON})"
CHOICES_OF_ATTEMPTS = f"({CHOICES} if {BEGINS} else {CHOICES_ON})"
"""The code of the numbers of the draws that say when an attempt succeeds, and which transition it is."""
ALL_PERCENT = 100.0 + 1e-9
"""The most that calculated percentages may sum to: 100, with room for the rounding of their terms."""


def constant_attempts(chances: Sequence[Fraction]) -> tuple[str, list[str]]:
    """The code of the scale of constant probabilities in percent, and that of their cumulative shares."""
    whole = sum(chances, Fraction(0))
    return repr(scale_of(whole / 100)), [repr(float(it / whole)) for it in accumulate(chances)]


def _first(tick: int) -> str:
    return f"first = -(-tick // {tick}) if why == {STARTED} else tick // {tick} + 1"


def attempts(draw: str, scale: str, tick: int, number: int) -> Iterator[str]:
    """The lines that wait where the probability of each attempt is the same.

    Args:
        draw: the code of an exponential draw with a mean of 1.
        scale: the code of the scale of the probability.
        tick: how many milliseconds apart the attempts are.
        number: the cause of the attempt.
    """
    yield f"pause = {draw} * {scale}"
    yield _first(tick)
    yield f"if pause < {FARTHEST / tick!r}:"
    yield f"    best, cause = (first + int(pause)) * {tick}, {number}"


def attempts_in_pieces(
    draw: str, codes: Sequence[str], sums: Sequence[str], total: str, tick: int, number: int
) -> Iterator[str]:
    """The lines that wait where incidents change the probabilities, so that they are the same for pieces of time only.

    If all n attempts of a piece fail, they use up ``n / scale`` of the draw.

    Args:
        draw: the code of an exponential draw with a mean of 1.
        codes: those of the probabilities.
        sums: the lines that calculate the sum of the probabilities.
        total: the name of the sum.
        tick: how many milliseconds apart the attempts are.
        number: the cause of the attempt.
    """
    begin = "(timestamp - tick)"  # of the run
    yield f"left = {draw}"
    yield _first(tick)
    yield "while True:"
    yield f"    at = {begin} + first * {tick}"
    yield f"    edge = {following_edge(codes)}"
    yield f"    behind = -(-(edge - {begin}) // {tick}) if edge < {NEVER} else {NEVER}"
    yield from indented([NOW.sub("at", line) for line in sums])
    yield f"    if {total} > 0.0:"
    yield f"        scale = scale_of_chance({total} * 0.01)"
    yield "        if left * scale < float(behind - first):"
    yield f"            if left * scale < {FARTHEST / tick!r}:"
    yield f"                best, cause = (first + int(left * scale)) * {tick}, {number}"
    yield "            break"
    yield "        left -= float(behind - first) / scale"
    yield f"    if edge >= {NEVER}:"
    yield "        break"
    yield "    first = behind"
