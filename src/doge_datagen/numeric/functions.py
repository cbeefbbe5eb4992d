"""All numeric functions, copies of them that call compiled or other equivalents, and the draws that code calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import FunctionType
from typing import Any, TypeVar

from doge_datagen.draws import Word, philox
from doge_datagen.language.calls import DRAWS
from doge_datagen.language.distributions import INVERTED, REJECTED
from doge_datagen.language.table_rows import ANOTHER, ROW_DRAWS, SUBJECT_DRAWS
from doge_datagen.numeric import (
    arithmetic,
    calendar,
    distributions,
    distributions_by_inversion,
    distributions_by_rejection,
    event_lines,
    faults,
    floats,
    logarithms,
    powers,
    rounding,
    table_rows,
    timelines,
    trigonometry,
)
from doge_datagen.numeric.faults import TOO_FEW_ROWS

FUNCTIONS: tuple[Callable[..., Any], ...] = (
    *faults.FUNCTIONS,
    *arithmetic.FUNCTIONS,
    *calendar.FUNCTIONS,
    *floats.FUNCTIONS,
    *rounding.FUNCTIONS,
    *logarithms.FUNCTIONS,
    *powers.FUNCTIONS,
    *trigonometry.FUNCTIONS,
    *distributions.FUNCTIONS,
    *distributions_by_inversion.FUNCTIONS,
    *distributions_by_rejection.FUNCTIONS,
    *timelines.FUNCTIONS,
    *table_rows.FUNCTIONS,
    *event_lines.FUNCTIONS,
)
"""All names are different, and each function calls only those before it."""

NATIVE: dict[Callable[..., Any], Callable[..., Any]] = floats.NATIVE | rounding.NATIVE
"""By function, an equivalent that is faster when compiled; tests check that both give the same bits."""


def calling(function: Callable[..., Any], equivalents: Mapping[int, Callable[..., Any]]) -> Callable[..., Any]:
    """A copy of a function that calls equivalents of other functions: so the same source runs on other types.

    Args:
        function: the function, which has neither defaults nor a closure.
        equivalents: by ``id`` of a function, what is called in its place.
    """
    # By identity and not by name: a module may import a function under another name, and two may have the same.
    around = {name: equivalents.get(id(value), value) for name, value in function.__globals__.items()}
    return FunctionType(function.__code__, around, function.__name__)


Number = TypeVar("Number", int, float)
UNIT = 2.0**-53
# The tick has more than 32 bits where ticks are milliseconds: its upper bits are put above the 16 of the number of the
# draw, as the counter of Philox has four words of 32 bits and all are taken.
CALL = """
def {name}(fault, key0, key1, subject, tick, purpose, number{parameters}):
    w0, w1, w2, w3 = draw(key0, key1, subject, tick & 0xFFFFFFFF, purpose, number | (tick >> 32 << 16))
    return {function}(fault, w0, w1, w2, w3{parameters})
"""

# The key changes and not the counter, all of whose bits have a meaning. 0x9E3779B9 is 2**32 divided by the golden
# ratio: an odd number, so all 2**32 keys come before one repeats.
CALL_UNTIL_ACCEPTED = """
def {name}(fault, key0, key1, subject, tick, purpose, number{parameters}):
    w0, w1, w2, w3 = draw(key0, key1, subject, tick & 0xFFFFFFFF, purpose, number | (tick >> 32 << 16))
    found = {function}(fault, w0, w1, w2, w3{parameters})
    attempt = key1
    while found >= REJECTED:
        attempt = (attempt + 0x9E3779B9) & 0xFFFFFFFF
        w0, w1, w2, w3 = draw(key0, attempt, subject, tick & 0xFFFFFFFF, purpose, number | (tick >> 32 << 16))
        found = {function}(fault, w0, w1, w2, w3{parameters})
    return found
"""
"""As ``CALL``; each further attempt has a key of its own, so that it repeats no draw of the run."""
# A fault ends it at once: the 0 that comes with it may well be one of the rows.
CALL_UNTIL_DIFFERENT = """
def {name}(fault, key0, key1, subject, tick, purpose, number, rows{parameters}):
    attempt = key1
    for _ in range(ATTEMPTS):
        w0, w1, w2, w3 = draw(key0, attempt, subject, tick & 0xFFFFFFFF, purpose, number | (tick >> 32 << 16))
        found = {function}(fault, w0, w1, w2, w3{parameters})
        if not is_one_of(found, rows) or fault[0] != 0:
            return found
        attempt = (attempt + 0x9E3779B9) & 0xFFFFFFFF
    fail(fault, TOO_FEW_ROWS)
    return 0
"""
"""A row that is not one of some others; without end only if there is hardly any."""
ATTEMPTS = 10_000
DRAWN = (*DRAWS, *INVERTED, *REJECTED, *SUBJECT_DRAWS, *ROW_DRAWS, *(ANOTHER + it for it in ROW_DRAWS))
"""The functions that make one draw each."""


def draw(key0: int, key1: int, subject: int, step: int, purpose: int, number: int) -> tuple[int, int, int, int]:
    """128 random bits, as four integers of 32 bits each."""
    return philox((key0, key1), (subject, step, purpose, number))


def unit(words: tuple[Word, Word, Word, Word]) -> Any:  # Any: a float, or an array of them
    """A uniform number in [0, 1) from the first 53 bits of a draw, or of each of many."""
    return ((words[1] << 21) | (words[0] >> 11)) * UNIT


def chosen(first: bool, a: Number, b: Number) -> Number:  # noqa: FBT001 - called by generated code only
    """One of two values, both of which have been evaluated, as with an index into a list."""
    return a if first else b


def least(a: Number, b: Number) -> Number:
    """The smaller of two numbers; the first where they are equal."""
    return b if b < a else a  # noqa: FURB136 - Numba compiles this; its own min differs for nan


def greatest(a: Number, b: Number) -> Number:
    """The greater of two numbers; the first where they are equal."""
    return b if b > a else a  # noqa: FURB136 - as above


def float_absolute(_: Any, x: float) -> float:
    """The absolute value of a float."""
    # A subtraction, as -x would give -0.0 for 0.0, and Python's abs never does.
    return x if x > 0.0 else 0.0 - x


HERE: tuple[Callable[..., Any], ...] = (unit, chosen, least, greatest, float_absolute)


def draw_calls() -> str:
    """The source code of one function for each kind of draw."""
    once = {**{name: [it for it, _, _ in parameters] for name, parameters in DRAWS.items()}, **INVERTED}
    once |= {**ROW_DRAWS, **SUBJECT_DRAWS}
    forms = [*((CALL, "", *it) for it in once.items()), *((CALL_UNTIL_ACCEPTED, "", *it) for it in REJECTED.items())]
    forms += [(CALL_UNTIL_DIFFERENT, ANOTHER, *it) for it in ROW_DRAWS.items()]
    return "".join(
        form.format(
            name=before + name, function=f"from_words_{name}", parameters="".join(f", {it}" for it in parameters)
        )
        for form, before, name, parameters in forms
    )


LIMITS = {"REJECTED": distributions_by_rejection.REJECTED, "ATTEMPTS": ATTEMPTS, "TOO_FEW_ROWS": TOO_FEW_ROWS}
"""The numbers that these functions use."""


def from_words(names: Mapping[str, Any]) -> dict[str, Any]:
    """The functions that calculate a draw from its bits, by the names that these functions use."""
    return {f"from_words_{name}": names[name] for name in DRAWN if not name.startswith(ANOTHER)}


def plain_names() -> dict[str, Any]:
    """All names that generated code uses when CPython runs it."""
    names: dict[str, Any] = {it.__name__: it for it in (*FUNCTIONS, *HERE)}
    names |= from_words(names)
    names |= {"draw": draw, **LIMITS, "__name__": __name__}
    exec(draw_calls(), names)  # noqa: S102 - our own source code, from above
    return names
