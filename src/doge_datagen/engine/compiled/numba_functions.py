"""The functions that kernels call, compiled by Numba: draws, and copies of the numeric functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from types import MappingProxyType
from typing import Any

import numpy as np
from numba import njit

from doge_datagen.draws import MULTIPLIER_0, MULTIPLIER_1, ROUNDS, WEYL_0, WEYL_1
from doge_datagen.engine.compiled.code_cache import kept
from doge_datagen.engine.compiled.philox_source import draw_ahead_text
from doge_datagen.engine.waiting.tick_waits import FUNCTIONS as WAITING
from doge_datagen.numeric import distributions_by_inversion
from doge_datagen.numeric.distributions import normal_of
from doge_datagen.numeric.functions import DRAWN, FUNCTIONS, HERE, LIMITS, NATIVE, UNIT, calling, draw_calls, from_words
from doge_datagen.numeric.logarithms import log_of_positive

# More would be drawn in vain for subjects that wake once in a window, fewer would leave more draws to be made singly.
# What is kept of a block takes 40 KB, about the first cache of a core; its number is even, see philox_source.
AHEAD = 4  # how many draws are made ahead for each subject that wakes in a window
BLOCK = 512  # subjects whose draws are made ahead together
ABREAST = 64  # subjects that are walked side by side: what is kept of them fits the cache of a core
MASK, WORD = np.uint64(0xFFFFFFFF), np.uint64(32)
FACTOR_0, FACTOR_1 = np.uint64(MULTIPLIER_0), np.uint64(MULTIPLIER_1)
DOWN = np.uint64(11)
BUMP_0, BUMP_1 = np.uint64(WEYL_0), np.uint64(WEYL_1)


def draw(key0: Any, key1: Any, subject: Any, step: Any, purpose: Any, number: Any) -> tuple[Any, Any, Any, Any]:
    """Philox4x32-10, as :func:`doge_datagen.draws.philox`, on unsigned words; the results are signed."""
    # Unsigned, since the product of two words needs all 64 bits; signed again at the end, because the numeric functions
    # are written for CPython's integers, and Numba turns a mix of both into floats.
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
    # Half a unit more, so that the logarithm of 0 is never taken; the mean stays 1 to the last bits.
    return -log_of_positive(((b << 21) | (a >> 11)) * UNIT + UNIT / 2.0)


def unit_of(a: Any, b: Any) -> Any:
    """A uniform number in [0, 1) from 53 bits of two words."""
    return ((b << 21) | (a >> 11)) * UNIT


def unit_of_words(a: Any, b: Any) -> Any:
    """The same from unsigned words. Both parts are exact; vector instructions convert integers of at most 32 bits."""
    return np.float64(np.uint32(b)) * (UNIT * 2.0**21) + np.float64(np.uint32(a >> DOWN)) * UNIT


# With NumPy's error model, division does not raise: our code checks for zero itself, and LLVM does not vectorize loops
# that may raise. Without reference counts, which kernels need for nothing since the engine holds all arrays, each call
# of a function with an array saves two locked instructions, as long as a draw together.
jit = partial(njit, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True, _nrt=False)
CONSTANTS = {**LIMITS, **{name: value for name, value in globals().items() if name.isupper()}}
SHARED = draw_calls() + draw_ahead_text()
"""The source code of the largest functions that models call; it is the same for all models."""
OWN: tuple[Callable[..., Any], ...] = (draw, *HERE, *WAITING, exponential, unit_of, unit_of_words)
INLINED: tuple[Callable[..., Any], ...] = (*WAITING, draw, normal_of, *distributions_by_inversion.FUNCTIONS)
"""Called for every attempt: passing their parameters and results takes about as long as what they do."""


def kept_jit(text: str) -> Callable[..., Any]:
    """The ``jit`` decorator in generated source code; with ``cache=True``, compiled code is cached on disk.

    The functions that all models share are cached by their own source code, so that they are compiled only once.
    """

    def decorate(function: Any = None, *, cache: bool = False, **options: Any) -> Any:
        if function is None:
            return partial(decorate, cache=cache, **options)
        return kept(text, **{**jit.keywords, **options})(function) if cache else jit(function, **options)

    return decorate


@lru_cache(maxsize=1)
def native_names() -> Mapping[str, Any]:
    """All names that generated code uses; Numba compiles each function when it is first called.

    All models of a process share them: compiling these functions again takes a quarter of the time that a model takes.
    """
    # In order: each function calls only those before it, so what it calls has been copied already.
    copies: dict[int, Any] = {}
    for function in (*FUNCTIONS, *OWN):
        copies[id(function)] = _copy(function, copies)
    names = {function.__name__: copies[id(function)] for function in (*FUNCTIONS, *OWN)}
    names |= {**from_words(names), "__name__": __name__}
    names |= {**CONSTANTS, "np": np, "int64": np.int64, "jit": jit}
    # From source, as CALL in numeric.functions is one template for all distributions: a closure over a function could
    # not be cached on disk.
    exec(compile(SHARED, "<shared by all models>", "exec"), names)  # noqa: S102 - our own source code
    shared = {name: kept_jit(SHARED)(names[name], cache=True) for name in (*DRAWN, "draw_ahead")}
    return MappingProxyType({**names, **shared})


def _copy(function: Callable[..., Any], copies: Mapping[int, Any]) -> Any:
    """Numba's copy of a function, which calls Numba's copies of what the function calls."""
    return jit(calling(NATIVE.get(function, function), copies), forceinline=function in INLINED)
