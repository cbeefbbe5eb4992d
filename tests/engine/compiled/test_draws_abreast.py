"""Draws for subjects that are walked side by side."""

import numpy as np
from numba import njit

from doge_datagen.draws import philox
from doge_datagen.engine.codegen import Function
from doge_datagen.engine.compiled.draws_abreast import with_first_words, with_words
from doge_datagen.engine.compiled.numba_functions import native_names

DRAW = "random(fault, key0, key1, subject, tick, {}, {})"
draw_abreast = native_names()["draw_abreast"]
WORDS = "from_words_random(fault, v0, v1, v2, v3)"


@njit
def call(*given):
    """From compiled code, as kernels do."""
    draw_abreast(*given)


def test_they_are_those_that_each_subject_draws_by_itself():
    who, moments = np.array([0, 7, 2**32 - 1], "uint32"), np.array([0, 5, 2**40 + 3])
    drawn, words = np.array([9, 4_000_000_000 | 3 << 32, 1 | 2 << 32]), np.zeros((2, 3), "uint64")
    call(3, 11, 2**32 - 5, who, moments, drawn, *words)
    for place, (subject, moment, draw) in enumerate(zip(who.tolist(), moments.tolist(), drawn.tolist(), strict=True)):
        number = draw >> 32 | moment >> 32 << 16
        a, b, c, d = philox((11, 2**32 - 5), (subject, moment & 0xFFFFFFFF, draw & 0xFFFFFFFF, number))
        assert words[:, place].tolist() == [a | b << 32, c | d << 32]


def test_the_first_draw_in_each_state_gets_its_words_and_others_stay_calls():
    lines = (
        "best = 0",
        "if ALIKE[state] == 0:",
        f"    one = {DRAW.format('PURPOSES_0[state]', 4)} + {DRAW.format(8, 5)}",
        "elif ALIKE[state] == 1:",
        f"    two = draw_poisson(fault, key0, key1, subject, tick, 7, 0, 1.0) + {DRAW.format(8, 5)}",
        "return best",
    )
    tables = {"ALIKE": [0, -1, 1, 0], "PURPOSES_0": [70, 0, 0, 73]}
    function, draws = with_first_words(Function("wait", ("state",), lines), tables)
    assert function.lines[2] == f"    one = {WORDS} + {DRAW.format(8, 5)}"
    assert function.lines[4].endswith(f"+ {WORDS}")
    assert function.reads == ("state", "v0", "v1", "v2", "v3")
    assert draws == [70 | 4 << 32, 0, 8 | 5 << 32, 73 | 4 << 32]


def test_a_draw_that_is_known_gets_its_words_wherever_it_stands():
    lines = (f"part = {DRAW.format(8, 1)} * 3.0", f"other = {DRAW.format(8, 2)}")
    function = with_words(Function("leave", (), lines), DRAW.format(8, 1)[:-1])
    assert function.lines == (f"part = {WORDS} * 3.0", lines[1])
