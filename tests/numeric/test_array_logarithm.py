from decimal import Decimal, localcontext
from math import frexp, ulp

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from doge_datagen.numeric.array_logarithm import log, log_of_parts

positive = st.floats(min_value=5e-324, max_value=1.7976931348623157e308, exclude_min=False)


def exact_log(x: float) -> float:
    with localcontext(prec=60):
        return float(Decimal(x).ln())


@given(positive)
def test_log_is_within_one_unit_in_the_last_place(x):
    assert abs(log(x) - exact_log(x)) <= ulp(exact_log(x))


@given(st.floats(min_value=0.99, max_value=1.01))
def test_log_is_as_accurate_near_1(x):
    assert abs(log(x) - exact_log(x)) <= ulp(exact_log(x))


@given(st.lists(positive, min_size=1, max_size=20))
def test_arrays_give_what_floats_give_to_the_bit(xs):
    mantissas, exponents = np.frexp(np.array(xs))
    assert log_of_parts(mantissas, exponents.astype(float)).tolist() == [log_of_parts(*frexp(x)) for x in xs]
