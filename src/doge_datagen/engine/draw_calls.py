"""The functions that generated code calls besides arithmetic: draws, minimum, maximum and choices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from doge_datagen.draws import philox
from doge_datagen.engine.numeric import distributions_by_rejection
from doge_datagen.engine.numeric.functions import FUNCTIONS
from doge_datagen.language.calls import DRAWS
from doge_datagen.language.distributions import INVERTED, REJECTED

Number = TypeVar("Number", int, float)
UNIT = 2.0**-53
CALL = """
def {name}(fault, key0, key1, subject, tick, purpose, number{parameters}):
    w0, w1, w2, w3 = draw(key0, key1, subject, tick & 0xFFFFFFFF, purpose, number | (tick >> 32 << 16))
    return {function}(fault, w0, w1, w2, w3{parameters})
"""

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
DRAWN = (*DRAWS, *INVERTED, *REJECTED)
"""The functions that make one draw each."""


def draw(key0: int, key1: int, subject: int, step: int, purpose: int, number: int) -> tuple[int, int, int, int]:
    """128 random bits, as four integers of 32 bits each."""
    return philox((key0, key1), (subject, step, purpose, number))


def unit(words: tuple[int, int, int, int]) -> float:
    """A uniform number in [0, 1) from the first 53 bits of a draw."""
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
    return x if x > 0.0 else 0.0 - x


HERE: tuple[Callable[..., Any], ...] = (unit, chosen, least, greatest, float_absolute)


def draw_calls() -> str:
    """The source code of one function for each kind of draw."""
    once = {**{name: [it for it, _, _ in parameters] for name, parameters in DRAWS.items()}, **INVERTED}
    forms = [*((CALL, *it) for it in once.items()), *((CALL_UNTIL_ACCEPTED, *it) for it in REJECTED.items())]
    return "".join(
        form.format(name=name, function=f"from_words_{name}", parameters="".join(f", {it}" for it in parameters))
        for form, name, parameters in forms
    )


def plain_names() -> dict[str, Any]:
    """All names that generated code uses when CPython runs it."""
    names: dict[str, Any] = {it.__name__: it for it in (*FUNCTIONS, *HERE)}
    names |= {f"from_words_{name}": names[name] for name in DRAWN}
    names |= {"draw": draw, "REJECTED": distributions_by_rejection.REJECTED, "__name__": __name__}
    exec(draw_calls(), names)  # noqa: S102 - our own source code, from above
    return names
