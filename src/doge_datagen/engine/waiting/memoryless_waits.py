"""Generates the lines that wait for transitions by rates and probabilities, whatever the wait has been so far."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import accumulate

from doge_datagen.engine.source_lines import indented
from doge_datagen.engine.waiting.rates_in_pieces import NOW, following_edge, has_incidents, in_pieces
from doge_datagen.engine.waiting.tick_waits import NEVER
from doge_datagen.engine.waiting.timing_code import (
    CHOICES,
    CHOICES_OF_MOMENT,
    FARTHEST,
    STARTED,
    WALK,
    WALK_OF_MOMENT,
    TimingCode,
    earliest,
    wait_for,
)
from doge_datagen.engine.waiting.transition_plan import scale_of
from doge_datagen.language.types import FLOAT, Typed
from doge_datagen.numeric.faults import BAD_PROBABILITY, TOO_LIKELY
from doge_datagen.program.time.timing import PROBABILITY, RATE, Exit, Located

ALL_PERCENT = 100.0 + 1e-9
"""The most that calculated percentages may sum to: 100, with room for the rounding of their terms."""


def constant_attempts(chances: Sequence[Fraction]) -> tuple[str, list[str]]:
    """The code of the scale of constant probabilities in percent, and that of their cumulative shares."""
    whole = sum(chances, Fraction(0))
    return repr(scale_of(whole / 100)), [repr(float(it / whole)) for it in accumulate(chances)]


def _first(tick: int) -> str:
    # Attempts are made at multiples of a tick, so that they fall together as in a model without moments. Whoever is
    # there from the start attempts at once, whoever enters a state in the next tick at the earliest.
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
    # Without comparing it to the best so far: a state that is left by probability is left by nothing else.
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
    # One draw for all pieces: a geometric wait is memoryless, so what is left of an exponential after some failures is
    # again exponential, whatever the scale of the next piece.
    yield f"left = {draw}"
    yield _first(tick)
    yield "while True:"
    yield f"    at = {begin} + first * {tick}"
    yield f"    edge = {following_edge(codes)}"
    yield f"    behind = -(-(edge - {begin}) // {tick}) if edge < {NEVER} else {NEVER}"
    # The probabilities of a piece are those at the moment of its first attempt.
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


class MemorylessWaits:
    """Waits that begin anew at each moment, so that one draw for several of them is enough.

    Args:
        code: of the timing.
    """

    def __init__(self, code: TimingCode) -> None:
        self._code, self._timing = code, code.timing

    def rates(self, state: int) -> Iterator[str]:
        """Those that share a rhythm, or have none, compete by one draw; the groups race with each other."""
        exits = list(self._timing.of(state, RATE))
        # The minimum of exponentials is exponential with the sum of their rates, but only as long as all follow the
        # same clock. Each rhythm draws for a purpose of its own: adding one leaves the waits by all others as they
        # were.
        for rhythm in dict.fromkeys(it.amount.rhythm for _, it in exits):
            yield from self._competing([(number, it) for number, it in exits if it.amount.rhythm == rhythm], rhythm)

    def _competing(self, exits: Sequence[tuple[int, Exit]], rhythm: int | None) -> Iterator[str]:
        """Wait for the first of several memoryless transitions: exponential with the sum of their rates."""
        numbers = [number for number, _ in exits]
        lines, sums = self._code.sums([(it.amount, it.when) for _, it in exits])
        codes = [each.code for _, it in exits for each in (it.amount, it.when) if each is not None]
        walk, choices = self._draws_of_rates
        draw = self._code.draw("expovariate", walk, "1.0", rhythm=rhythm)
        if any(map(has_incidents, codes)):
            yield from in_pieces(draw, codes, lines, sums[-1], rhythm, numbers[0])
        else:
            yield from lines
            yield from self._constant(draw, sums[-1], numbers[0], rhythm)
        # Which one it is does not depend on when it is, so it is drawn only if this group comes first so far.
        if len(exits) > 1:
            yield f"if cause == {numbers[0]}:"
            yield from indented(self._code.chosen(sums, numbers, choices, "cause", rhythm))

    @property
    def _draws_of_rates(self) -> tuple[int | str, int | str]:
        """The numbers of the draws that say when the first of some rates is due, and which of them it is."""
        # A state that is entered by an attempt in the very first tick: its wait must not repeat the draw of that
        # attempt, which has been small.
        if any(it.kind == PROBABILITY for it in self._timing.exits):
            return WALK_OF_MOMENT, CHOICES_OF_MOMENT
        return WALK, CHOICES

    def _constant(self, draw: str, total: str, number: int, rhythm: int | None) -> Iterator[str]:
        """Wait by a sum of rates that stays as it is while the subject waits, apart from a rhythm."""
        yield f"if {total} > 0.0:"
        yield f"    pause = {draw} / {total}"
        if rhythm is None:
            yield from indented(wait_for("pause", number))
        else:
            yield f"    if pause < {FARTHEST!r}:"
            yield f"        moment = after(rhythm_{rhythm}, timestamp, pause)"
            yield f"        moment = moment - (timestamp - tick) if moment < {NEVER} else {NEVER}"
            yield from indented(indented(earliest("moment", number)))

    def probabilities(self, state: int) -> Iterator[str]:
        """Wait for the first success of one attempt a tick: geometric, see ``transition_plan.StateExits``."""
        exits = list(self._timing.of(state, PROBABILITY))
        if any(it.amount.typed.constant is None for _, it in exits):
            yield from self._calculated_probabilities(state, exits)
            return
        chances = [Fraction(it.amount.typed.constant or 0) for _, it in exits]
        if any(chances):
            yield from self._attempts(*constant_attempts(chances), [number for number, _ in exits])

    def _calculated_probabilities(self, state: int, exits: Sequence[tuple[int, Exit]]) -> Iterator[str]:
        """The same for those that depend on attributes or incidents; nothing is attempted while all of them are 0."""
        total, lines = f"t_{len(exits) - 1}", list[str]()
        for index, (_, it) in enumerate(exits):
            lines.append(f"w_{index} = {it.amount.code}")
            lines += self._code.checked(it.amount, f"not 0.0 <= w_{index} <= 100.0", BAD_PROBABILITY)
            lines.append(f"t_{index} = t_{index - 1} + w_{index}" if index else "t_0 = w_0")
        # Of several that are too likely together, none alone is to blame: the state is.
        everything = Located(f"states.{self._timing.states[state]}", Typed(total, FLOAT))
        lines += self._code.checked(everything, f"not {total} <= {ALL_PERCENT!r}", TOO_LIKELY)
        sums, numbers = [f"t_{index}" for index in range(len(exits))], [number for number, _ in exits]
        codes = [it.amount.code for _, it in exits]
        if not any(map(has_incidents, codes)):
            yield from (*lines, f"if {total} > 0.0:")
            yield from indented(self._attempts(f"scale_of_chance({total} * 0.01)", sums, numbers))
            return
        draw = self._code.draw("expovariate", WALK_OF_MOMENT, "1.0")
        yield from attempts_in_pieces(draw, codes, lines, total, self._timing.tick, numbers[0])
        if len(numbers) > 1:
            yield f"if cause == {numbers[0]}:"
            yield from indented(self._code.chosen(sums, numbers, CHOICES_OF_MOMENT, "cause"))

    def _attempts(self, scale: str, sums: Sequence[str], numbers: Sequence[int]) -> Iterator[str]:
        """The first success of one attempt a tick, and which of the exits it is."""
        draw = self._code.draw("expovariate", WALK_OF_MOMENT, "1.0")
        yield from attempts(draw, scale, self._timing.tick, numbers[0])
        if len(numbers) > 1:
            yield from self._code.chosen(sums, numbers, CHOICES_OF_MOMENT, "cause")
