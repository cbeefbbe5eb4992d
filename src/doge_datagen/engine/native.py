"""Numba's copies of what models call, and the part of the walk that is the same for all models."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import FunctionType
from typing import Any

import numpy as np
from numba import njit

from doge_datagen.draws import MULTIPLIER_0, MULTIPLIER_1, ROUNDS, WEYL_0, WEYL_1
from doge_datagen.engine.calls import HERE, UNIT, draw_calls, place_of
from doge_datagen.engine.logarithms import log_of_positive
from doge_datagen.engine.numbers import FUNCTIONS, NATIVE
from doge_datagen.language.calls import DRAWS

NEVER = 2**62
FEW = 8  # ways out of a state up to which one comparison after the other is fastest
MASK, WORD = np.uint64(0xFFFFFFFF), np.uint64(32)
FACTOR_0, FACTOR_1 = np.uint64(MULTIPLIER_0), np.uint64(MULTIPLIER_1)
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


def next_try(
    subject: Any, state: Any, tick: Any, step: Any, ticks: Any, key0: Any, key1: Any, walk: Any, plan: Any
) -> tuple[Any, Any, Any]:
    """When a subject that sleeps in a state from a tick on wakes, what it will try then, and its next step."""
    scale, sure, limits, begins, ways, _, _ = plan
    if sure[state] >= 0:
        return tick, np.int64(sure[state]), step
    a, b, c, d = draw(key0, key1, subject, step, walk, 0)
    dwell = -log_of_positive(((b << 21) | (a >> 11)) * UNIT + UNIT / 2.0) * scale[state]
    wake = NEVER
    if dwell < float(ticks - tick):
        wake = tick + np.int64(dwell)
    first, past = begins[state], begins[state + 1]
    if first == past:
        return NEVER, np.int64(-1), step + 1
    choice = ((d << 21) | (c >> 11)) * UNIT
    place = first
    if past - first <= FEW:
        while place < past - 1 and choice >= limits[place]:
            place += 1
    else:
        place = first + place_of(limits[first : past - 1], choice)
    return wake, np.int64(ways[place]), step + 1


def sleep(
    subject: Any, state: Any, tick: Any, ticks: Any, key0: Any, key1: Any, walk: Any, plan: Any, lives: Any
) -> None:
    """Lay a subject to sleep for the first time."""
    wakes, tries, steps = lives
    wakes[subject], tries[subject], steps[subject] = next_try(subject, state, tick, 0, ticks, key0, key1, walk, plan)


OWN: tuple[Callable[..., Any], ...] = (draw, *HERE, next_try, sleep)


def native_names() -> dict[str, Any]:
    """All that the code of a model calls, by name; Numba compiles each where it is first called."""
    copies: dict[int, Any] = {}
    for function in (*FUNCTIONS, *OWN):
        copies[id(function)] = _copy(function, copies)
    names = {function.__name__: copies[id(function)] for function in (*FUNCTIONS, *OWN)}
    names |= {f"from_words_{name}": names[name] for name in DRAWS} | {"__name__": __name__}
    exec(draw_calls(), names)  # noqa: S102 - a text of our own
    return {**names, **{name: njit(names[name]) for name in DRAWS}, "np": np, "njit": njit}


def _copy(function: Callable[..., Any], copies: Mapping[int, Any]) -> Any:
    """Numba's copy of a function, which calls Numba's copies of what the function calls."""
    source = NATIVE.get(function, function)
    around = {name: copies.get(id(value), value) for name, value in source.__globals__.items()}
    return njit(FunctionType(source.__code__, around, function.__name__))
