"""Incidents multiply rhythms, however large the factors."""

from math import isclose

import numpy as np

from doge_datagen.engine.waiting.timelines import with_incidents
from doge_datagen.model import Clock, Period, Rhythm
from doge_datagen.program.rhythms.table import rhythm_table
from tests.rhythms import DAY, START


def test_the_integral_of_a_rhythm_with_huge_factors_is_right_where_its_milliseconds_do_not_fit_64_bits():
    rhythm = Rhythm(periods=[Period("sale", "2026-02-01", "2026-02-11", 1e6)])
    table = rhythm_table(rhythm, Clock(START, 1, 60 * DAY))
    edges = {"outage": np.array([START + 31 * DAY, START + 41 * DAY])}
    found = with_incidents(table, {"outage": 1e6}, edges)
    assert (np.diff(found.sums) >= 0).all()
    assert isclose(found.sums[-1] - table.sums[-1], 10 * DAY * (1e12 - 1e6), rel_tol=1e-9)
