import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from doge_datagen.draws import MASK, draw, philox, purpose_of

words = st.integers(0, MASK)

# "kat_vectors" of Random123, the library of the paper's authors: philox4x32, 10 rounds
KNOWN_ANSWERS = [
    ((0, 0), (0, 0, 0, 0), "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ((MASK, MASK), (MASK, MASK, MASK, MASK), "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    (
        (0xA4093822, 0x299F31D0),
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        "d16cfe09 94fdcceb 5001e420 24126ea1",
    ),
]


@pytest.mark.parametrize(("key", "counter", "answer"), KNOWN_ANSWERS)
def test_philox_gives_the_published_answers(key, counter, answer):
    assert " ".join(f"{word:08x}" for word in philox(key, counter)) == answer


@given(seed=st.integers(0, 2**64 - 1), counter=st.tuples(words, words, words, words))
def test_draws_from_arrays_equal_draws_from_integers(seed, counter):
    as_arrays = tuple(np.array([word, 0], dtype=np.uint64) for word in counter)
    assert [int(bits[0]) for bits in draw(seed, *as_arrays)] == list(draw(seed, *counter))


@given(
    seed=st.integers(0, 2**64 - 1), counter=st.tuples(words, words, words, words), index=st.integers(0, 3), other=words
)
def test_another_subject_step_purpose_or_number_gives_a_different_draw(seed, counter, index, other):
    changed = (*counter[:index], other, *counter[index + 1 :])
    assert (draw(seed, *changed) == draw(seed, *counter)) == (changed == counter)


@given(seed=st.integers(0, 2**64 - 1), other=st.integers(0, 2**64 - 1))
def test_another_seed_gives_a_different_draw(seed, other):
    assert (draw(seed, 1, 2, 3, 4) == draw(other, 1, 2, 3, 4)) == (seed == other)


def test_purposes_depend_only_on_names():
    assert purpose_of("walk") == 0x99830371
    assert purpose_of("walk") != purpose_of("walks")


def test_each_byte_of_a_draw_is_uniform():
    """Chi-square over 256 values for each of 16 bytes, at significance 1 in 10,000."""
    subjects = np.arange(100_000, dtype=np.uint64)
    nothing = np.zeros_like(subjects)
    for bits in draw(2022, subjects, nothing, nothing, nothing):
        for byte in bits.view(np.uint8).reshape(-1, 8).T:
            assert chisquare(np.bincount(byte, minlength=256)).pvalue > 1e-4
