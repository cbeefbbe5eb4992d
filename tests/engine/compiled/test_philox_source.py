"""Draws made together equal draws made one by one."""

import numpy as np
import pytest

from doge_datagen.draws import philox
from doge_datagen.engine.compiled.numba_functions import BLOCK, native_names
from doge_datagen.numeric.distributions import exponential_of
from doge_datagen.numeric.distributions import random as unit

KEYS, WALK, STEPS = (0x89ABCDEF, 0xFEDCBA98), 2**32 - 5, 3


@pytest.fixture(scope="module")
def draw_ahead():
    """The generated function, compiled with the engine's types as in a model's loop."""
    names = dict(native_names())
    text = "def called(*given):\n    draw_ahead(*given)"
    exec(text, names)
    return names["jit"](no_cpython_wrapper=False)(names["called"])


@pytest.mark.parametrize("count", [0, 1, 2, 3, 7, 8, BLOCK - 1, BLOCK])
def test_the_generated_draws_are_the_same_to_the_bit(draw_ahead, count):
    who = np.array([*range(2**32 - count, 2**32), *range(BLOCK - count)], "uint32")
    since = 2**32 - 3 * (count // 2) + np.arange(BLOCK) * 3  # crosses the 32 bits of a word of the counter
    rests, choices = np.empty((2, STEPS, BLOCK))
    draw_ahead(count, STEPS, *KEYS, WALK, who, since, rests, choices)
    for number in range(count):
        for ahead in range(STEPS):
            step = int(since[number]) + ahead
            a, b, c, d = philox(KEYS, (int(who[number]), step % 2**32, WALK, step // 2**32))
            assert rests[ahead, number] == exponential_of(a, b)
            assert choices[ahead, number] == unit([0], c, d, 0, 0)
