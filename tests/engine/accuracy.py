"""The error of numeric functions, and arguments to test them with."""

from math import ulp

import mpmath
import numpy as np

BITS = 200


def worst_error(function, truth, *columns):
    """The largest error of a function over rows of arguments, in units in the last place of the true result."""
    worst = 0.0
    with mpmath.workprec(BITS):
        for row in zip(*(np.asarray(column).tolist() for column in columns), strict=True):
            fault = [0]
            got = function(fault, *row)
            assert fault == [0], row
            true = truth(*map(mpmath.mpf, row))
            worst = max(worst, float(abs(got - true) / ulp(float(true))))
    return worst


def positive(count, seed):
    """Positive floats of every magnitude, including subnormal ones."""
    return np.exp2(np.random.default_rng(seed).uniform(-1074, 1023.99, count))


def near_one(count, seed):
    rng = np.random.default_rng(seed)
    return 1.0 + rng.uniform(-0.5, 0.5, count) * 10.0 ** rng.uniform(-15, 0, count)


def any_size(count, seed, low=-300, high=300):
    """Floats of either sign whose magnitudes are log-uniform from 10**low to 10**high."""
    rng = np.random.default_rng(seed)
    return rng.choice([-1.0, 1.0], count) * rng.uniform(1, 10, count) * 10.0 ** rng.uniform(low, high, count)


SPECIAL = np.array([0.0, -0.0, 1.0, -1.0, 0.5, 2.0, 3.0, -3.0, 5e-324, -5e-324, 1.7976931348623157e308, 2.0**53,
                    -(2.0**63), 2.0**63, 1e22, np.inf, -np.inf, np.nan])  # fmt: skip
