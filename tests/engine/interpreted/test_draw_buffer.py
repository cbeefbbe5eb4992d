from itertools import islice

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from doge_datagen.draws import draw
from doge_datagen.engine.interpreted.draw_buffer import FIRST, KEPT, MOST, WALK, DrawBuffer, WalkDraws
from doge_datagen.numeric.logarithms import log_of_positive


def take(reserve, subject):
    if reserve.cursor[subject] % reserve.width == 0:
        reserve.refill([subject])
    here = reserve.cursor[subject]
    reserve.cursor[subject] += 1
    return reserve.exponential[here], reserve.choice[here]


def one_by_one(seed, subject, step):
    """The simple implementation: one draw, with plain integers and floats."""
    first, second = draw(seed, subject, step % 2**32, WALK, step // 2**32)
    return -log_of_positive(((first >> 11) + 0.5) * 2.0**-53), (second >> 11) * 2.0**-53


@given(seed=st.integers(0, 2**64 - 1), subjects=st.lists(st.integers(0, 69), max_size=400))
def test_buffered_draws_equal_single_draws(seed, subjects):
    reserve = DrawBuffer(seed, range(70))
    steps = [0] * 70
    for subject in subjects:
        assert take(reserve, subject) == one_by_one(seed, subject, steps[subject])
        steps[subject] += 1


def test_a_subject_ahead_of_the_others_gets_its_own_draws():
    reserve = DrawBuffer(1, range(3))
    assert [take(reserve, 1) for _ in range(500)] == [one_by_one(1, 1, step) for step in range(500)]
    assert take(reserve, 2) == one_by_one(1, 2, 0)


def test_many_subjects_share_a_reserve_of_bounded_size():
    reserve = DrawBuffer(1, range(KEPT))
    assert len(reserve.choice) == 4 * KEPT
    assert take(reserve, KEPT - 1) == one_by_one(1, KEPT - 1, 0)


def test_steps_beyond_32_bits_have_their_own_draws():
    reserve, far = DrawBuffer(1, range(3)), 2**32 - 5
    reserve.go_to(np.array([far, 0, 2 * 2**32]))
    assert [take(reserve, 0) for _ in range(70)] == [one_by_one(1, 0, far + step) for step in range(70)]
    assert take(reserve, 2) == one_by_one(1, 2, 2 * 2**32) != one_by_one(1, 2, 0)


def test_the_draws_of_a_single_walk_equal_single_draws():
    draws = WalkDraws(1, WALK)
    for subject, first in zip([5, 2**32 - 1], draws.first(np.array([5, 2**32 - 1])), strict=True):
        actual = list(islice(draws.of_subject(subject, first), 2 * MOST + FIRST))
        assert actual == [one_by_one(1, subject, step) for step in range(len(actual))]
