import numpy as np
import pytest

from doge_datagen.engine import faults
from doge_datagen.engine.faults import DOMAIN, MESSAGES, OVERFLOW, fail

CODES = [value for name, value in vars(faults).items() if name.isupper() and isinstance(value, int)]


@pytest.mark.parametrize("fault", [[0], np.zeros(1, np.int64)])
def test_the_first_fault_stays(fault):
    fail(fault, OVERFLOW)
    fail(fault, DOMAIN)
    assert fault[0] == OVERFLOW


def test_each_code_is_its_own_and_has_a_message():
    assert sorted(MESSAGES) == sorted(CODES)
    assert 0 not in CODES
