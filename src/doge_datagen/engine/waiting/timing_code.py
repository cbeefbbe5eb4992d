"""Lines of generated code that evaluate a timing's expressions, check them, and choose by them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import accumulate

from doge_datagen.engine.source_lines import halved, indented
from doge_datagen.language.arithmetic import may_fault
from doge_datagen.numeric.faults import BAD_RATE, NO_WEIGHT
from doge_datagen.program.time.timing import Located, Timing

STARTED, ENTERED, HAPPENED, REJECTED = 0, 1, 2, 3
"""Why a subject waits: its life begins, it has entered a state, or it stays after an event or a rejected attempt."""
WALK, WEIGHTS, BRANCHES, CHOICES, WALK_ON, CHOICES_ON = range(6)
"""The numbers of the draws of one moment. The last two are for the wait after an attempt in the very first tick, whose
own wait was drawn at the same moment."""
BEGINS = f"tick > 0 or why == {STARTED}"
# A draw is addressed by its moment. An attempt may be in the very first tick, for which the subject has waited since
# that same moment: only then are two waits drawn at one, and the second takes other numbers.
WALK_OF_MOMENT = f"({WALK} if {BEGINS} else {WALK_ON})"
CHOICES_OF_MOMENT = f"({CHOICES} if {BEGINS} else {CHOICES_ON})"
"""The code of the numbers of the draws of a wait, in a model in which attempts may be in the very first tick."""
FARTHEST = 2.0**61
"""A wait of so many milliseconds or more never ends."""


def constant_sums(weights: Sequence[tuple[Located, Located | None]]) -> list[float]:
    """The cumulative sums of weights that are constant and have no condition; empty if some are not."""
    constants = [amount.typed.constant for amount, when in weights if when is None]
    # Added exactly and rounded once, so that the order of float additions plays no part.
    exact = [Fraction(it) for it in constants if isinstance(it, int | float)]
    return [float(it) for it in accumulate(exact)] if len(exact) == len(weights) else []


def kept_names(timing: Timing) -> tuple[str, ...]:
    """The names of the slots and alarms of a timing in its code."""
    slots = [f"s_{number}" for number in range(timing.slots)]
    return (*slots, *(f"p_{number}" for number in range(len(timing.alarms))))


def earliest(moment: str, number: int | str) -> Iterator[str]:
    """The attempt at a moment, if it is before all others so far; what is in the past comes in the next millisecond."""
    # At most one event of a subject in a millisecond: that is what draws addressed by moment rely on.
    yield f"moment = {moment} if {moment} > tick else tick + 1"
    # Strictly: of several attempts at one moment the first in the code wins, so their order there is the rule.
    yield "if moment < best:"
    yield f"    best, cause = moment, {number}"


def wait_for(pause: str, number: int) -> Iterator[str]:
    """The attempt after a wait of milliseconds as a float, rounded to the nearest, at least 1."""
    yield f"if {pause} < {FARTHEST!r}:"
    # Far enough below 2**63 that the sum cannot overflow, which compiled code would not notice.
    yield f"    moment = tick + int({pause} + 0.5)"
    yield from indented(earliest("moment", number))


FIRST_LOCATION = -2


class TimingCode:
    """What the functions of one timing have in common.

    Args:
        timing: the timing.

    Attributes:
        timing: the timing.
        ending: what the function that is being generated returns on a fault, with ``{}`` for the location.
        paths: the locations of expressions that can fail, first those of the dwell times; see :meth:`path_of`.
    """

    def __init__(self, timing: Timing) -> None:
        self.timing = timing
        self.ending = ""
        self.paths = ["" if it is None else it.path for it in timing.dwells]

    def draw(self, name: str, number: int | str, *parameters: str, rhythm: int | None = None) -> str:
        """The code of a draw at the moment of the wait; that of a rhythm has a purpose of its own."""
        given = "".join(f", {it}" for it in parameters)
        # Addressed by moment: a subject does one thing in a millisecond, so no two draws have the same address, and no
        # step has to be counted or kept.
        purpose = self.timing.purpose if rhythm is None else self.timing.rhythm_purposes[rhythm]
        return f"{name}(fault, key0, key1, subject, tick, {purpose}, {number}{given})"

    def condition(self, when: Located) -> Iterator[str]:
        """The lines that find out whether an exit exists now."""
        yield f"exists = {when.code}"
        yield from self.checked(when)

    def checked(self, amount: Located, problem: str = "", code: int = 0) -> Iterator[str]:
        """End early if an expression could not be calculated, or its value is not allowed."""
        if amount.typed.constant is not None and code != NO_WEIGHT:
            return  # checked before the run
        if problem:
            yield f"if {problem}:"
            yield f"    fail(fault, {code})"
        elif not may_fault(amount.code):
            return
        yield "if fault[0] != 0:"
        yield f"    return {self.ending.format(self._location(amount))}"

    def sums(self, weights: Sequence[tuple[Located, Located | None]]) -> tuple[list[str], list[str]]:
        """The lines that compute the cumulative sums of weights, and their codes; constants need no lines."""
        constant = constant_sums(weights)
        if constant:
            return [], [repr(it) for it in constant]
        lines: list[str] = []
        for index, (amount, when) in enumerate(weights):
            if when is None:
                lines.append(f"w_{index} = {amount.code}")
            else:
                lines += [*self.condition(when), f"w_{index} = {amount.code} if exists else 0.0"]
            # Written so that nan is refused, too. Sums of numbers below the limit stay finite.
            lines += self.checked(amount, f"not 0.0 <= w_{index} < 1e300", BAD_RATE)
            lines.append(f"t_{index} = t_{index - 1} + w_{index}" if index else "t_0 = w_0")
        return lines, [f"t_{index}" for index in range(len(weights))]

    def chosen(
        self, sums: Sequence[str], numbers: Sequence[int], draw: int | str, name: str, rhythm: int | None = None
    ) -> Iterator[str]:
        """Choose one of several by their cumulative weights, with a binary search that is written out."""
        yield f"part = {self.draw('random', draw, rhythm=rhythm)} * {sums[-1]}"
        # Compared by halves, since a chain of ifs would cost more the later the choice is in it.
        yield from halved(sums, [f"{name} = {number}" for number in numbers])

    def drawn(
        self, weights: Sequence[tuple[Located, Located | None]], draw: int, numbers: Sequence[int], name: str
    ) -> Iterator[str]:
        """Choose one of several by weights of which at least one must be above 0."""
        lines, sums = self.sums(weights)
        yield from lines
        if lines:
            # A dwell time has ended and the subject has to go somewhere, so it is an error if nothing has a weight.
            yield from self.checked(weights[0][0], f"not {sums[-1]} > 0.0", NO_WEIGHT)
        if len(numbers) == 1:
            yield f"{name} = {numbers[0]}"
        else:
            yield from self.chosen(sums, numbers, draw, name)

    def _location(self, amount: Located) -> str:
        """The code of the negative number that names a location; for all dwell times it is the same."""
        if any(amount is it for it in self.timing.dwells):
            return f"{FIRST_LOCATION} - state"
        return str(self.location_of(amount.path))

    def location_of(self, path: str) -> int:
        """The negative number that names a location in the model; see :meth:`path_of`."""
        if path not in self.paths:
            self.paths.append(path)
        return FIRST_LOCATION - self.paths.index(path)

    def path_of(self, location: int) -> str:
        """The location in the model that a negative cause or exit names."""
        return self.paths[FIRST_LOCATION - location]
