from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from doge_datagen.numeric.floats import (
    is_finite,
    power_of_two,
    power_of_two_native,
    split,
    split_native,
    two_product,
    two_sum,
)
from tests.engine.accuracy import SPECIAL, positive

middling = st.floats(min_value=1e-140, max_value=1e140) | st.floats(min_value=-1e140, max_value=-1e-140)


def test_splitting_a_number_by_its_bits_gives_the_same_parts():
    numbers = [*positive(5000, seed=1).tolist(), 5e-324, 2.0**-1022, 1.0, 1.7976931348623157e308]
    assert [split_native(x) for x in numbers] == [split(x) for x in numbers]


def test_powers_of_two_by_their_bits_are_the_same():
    exponents = range(-1022, 1024)
    assert [power_of_two_native(e) for e in exponents] == [power_of_two(e) for e in exponents]
    assert power_of_two(-1022) == 2.0**-1022


def test_finite_is_neither_infinite_nor_nan():
    assert [is_finite(x) for x in SPECIAL.tolist()] == [True] * 15 + [False] * 3


@given(middling, middling)
def test_a_sum_in_two_floats_is_exact(a, b):
    total, error = two_sum(a, b)
    assert Fraction(total) + Fraction(error) == Fraction(a) + Fraction(b)


@given(middling, middling)
def test_a_product_in_two_floats_is_exact(a, b):
    product, error = two_product(a, b)
    assert Fraction(product) + Fraction(error) == Fraction(a) * Fraction(b)
