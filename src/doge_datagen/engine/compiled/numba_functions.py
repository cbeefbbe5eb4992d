"""Numba's copies of what models call, and the part of the walk that is the same for all models."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import FunctionType
from typing import Any

import numpy as np
from numba import njit

from doge_datagen.draws import MULTIPLIER_0, MULTIPLIER_1, ROUNDS, WEYL_0, WEYL_1
from doge_datagen.engine.checkpoint import NEVER
from doge_datagen.engine.compiled.code_cache import kept
from doge_datagen.engine.compiled.philox_source import draw_ahead_text
from doge_datagen.engine.numeric.functions import FUNCTIONS, NATIVE
from doge_datagen.engine.numeric.logarithms import log_of_positive
from doge_datagen.engine.runtime_calls import HERE, UNIT, draw_calls
from doge_datagen.language.calls import DRAWS

AHEAD = 4  # draws that are made early for all subjects that wake in a window
BLOCK = 512  # subjects for whom they are made together
FEW = 8  # ways out of a state up to which one comparison after the other is fastest
MASK, WORD = np.uint64(0xFFFFFFFF), np.uint64(32)
FACTOR_0, FACTOR_1 = np.uint64(MULTIPLIER_0), np.uint64(MULTIPLIER_1)
DOWN = np.uint64(11)
BUMP_0, BUMP_1 = np.uint64(WEYL_0), np.uint64(WEYL_1)


def draw(key0: Any, key1: Any, subject: Any, step: Any, purpose: Any, number: Any) -> tuple[Any, Any, Any, Any]:
    """Philox4x32-10, as :func:`doge_datagen.draws.philox`, on unsigned words; the result in signed ones."""
    a, b, c, d = np.uint64(subject), np.uint64(step), np.uint64(purpose), np.uint64(number)
    k0, k1 = np.uint64(key0), np.uint64(key1)
    for _ in range(ROUNDS):
        left, right = a * FACTOR_0, c * FACTOR_1
        a, c = (right >> WORD) ^ b ^ k0, (left >> WORD) ^ d ^ k1
        b, d = right & MASK, left & MASK
        k0, k1 = (k0 + BUMP_0) & MASK, (k1 + BUMP_1) & MASK
    return np.int64(a), np.int64(b), np.int64(c), np.int64(d)


def exponential(a: Any, b: Any) -> Any:
    """An exponential of mean 1 from the first two words of a draw, by inversion."""
    return -log_of_positive(((b << 21) | (a >> 11)) * UNIT + UNIT / 2.0)


def unit_of(a: Any, b: Any) -> Any:
    """A number in [0, 1) from 53 bits of two words."""
    return ((b << 21) | (a >> 11)) * UNIT


def unit_of_words(a: Any, b: Any) -> Any:
    """The same from unsigned words: its parts are exact, and vectors have no instruction for more than 32 bits."""
    return np.float64(np.uint32(b)) * (UNIT * 2.0**21) + np.float64(np.uint32(a >> DOWN)) * UNIT


# Who divides has looked for zero before; and a loop that could raise is never made of vector instructions.
jit = partial(njit, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)
CONSTANTS = {"NEVER": NEVER, **{name: value for name, value in globals().items() if name.isupper()}}
SHARED = draw_calls() + draw_ahead_text()
"""The text of the largest functions that models call, the same for all of them."""
OWN: tuple[Callable[..., Any], ...] = (draw, *HERE, exponential, unit_of, unit_of_words)


def kept_jit(text: str) -> Callable[..., Any]:
    """What ``jit`` means in a text: with ``cache=True`` the code of a function is kept for the next run.

    So is that of what all models call, or it would be compiled for each.
    """

    def decorate(function: Any = None, *, cache: bool = False, **how: Any) -> Any:
        if function is None:
            return partial(decorate, cache=cache, **how)
        return kept(text, **{**jit.keywords, **how})(function) if cache else jit(function, **how)

    return decorate


def native_names() -> dict[str, Any]:
    """All that the code of a model calls, by name; Numba compiles each where it is first called."""
    copies: dict[int, Any] = {}
    for function in (*FUNCTIONS, *OWN):
        copies[id(function)] = _copy(function, copies)
    names = {function.__name__: copies[id(function)] for function in (*FUNCTIONS, *OWN)}
    names |= {f"from_words_{name}": names[name] for name in DRAWS} | {"__name__": __name__}
    names |= {**CONSTANTS, "np": np, "int64": np.int64, "jit": jit}
    exec(compile(SHARED, "<shared by all models>", "exec"), names)  # noqa: S102 - a text of our own
    return {**names, **{name: kept_jit(SHARED)(names[name], cache=True) for name in (*DRAWS, "draw_ahead")}}


def _copy(function: Callable[..., Any], copies: Mapping[int, Any]) -> Any:
    """Numba's copy of a function, which calls Numba's copies of what the function calls."""
    source = NATIVE.get(function, function)
    around = {name: copies.get(id(value), value) for name, value in source.__globals__.items()}
    return jit(FunctionType(source.__code__, around, function.__name__))
