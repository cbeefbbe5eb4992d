"""The inversion of a rhythm's integral, in CPython and compiled.

Incidents over time, compared with their definition.
"""

from functools import cache
from math import isclose

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numba import njit

from doge_datagen.engine.waiting.incident_spans import Spans, edges_of
from doge_datagen.engine.waiting.timelines import as_lists, columns_of, incident_columns
from doge_datagen.language.time.units import NEVER
from doge_datagen.model import Clock, Period, Rhythm
from doge_datagen.numeric.timelines import (
    NO_EDGE,
    NOT_REACHED,
    after,
    elapsed,
    incident_begins,
    incident_ends,
    next_edge,
    under_way,
)
from doge_datagen.program.rhythms.table import rhythm_table
from tests.engine.compiled_programs import namespace
from tests.rhythms import DAY, EVENING, HOUR, OFFICE, START, columns, is_valid, rhythms

YEAR = 365 * DAY
PEAK = Rhythm(hours={19: 0.02, 20: 50, 21: 0.02}, periods=[Period("none", "2026-02-01", "2026-03-01", 0)])
GROWING = Rhythm("America/New_York", OFFICE.hours, steps=True, growth="5 %/week", normalize=False)
amounts = st.floats(0.0, 12.0).map(lambda exponent: 10.0**exponent)


@cache
def drive():
    """Both functions, compiled, for each row of their arguments."""
    elapsed_, after_ = namespace()["elapsed"], namespace()["after"]

    @njit
    def both(rhythm, since, amounts, moments, passed):
        for row in range(len(since)):
            moments[row] = after_(rhythm, since[row], amounts[row])
            passed[row] = elapsed_(rhythm, since[row], since[row] + int(amounts[row]))

    return both


@settings(max_examples=15)
@given(rhythms(most_periods=2), st.lists(st.tuples(st.integers(-YEAR, 12 * YEAR), amounts), min_size=20, max_size=40))
def test_after_inverts_elapsed_to_the_millisecond(rhythm, waits):
    assume(is_valid(rhythm))
    table = columns(rhythm)
    for later, amount in waits:
        since = START + later
        reached = after(table, since, amount)
        if reached != NOT_REACHED:
            slack = 1e-4 + 1e-15 * amount
            assert reached >= since
            assert elapsed(table, since, max(reached - 1, since)) <= amount + slack
            assert elapsed(table, since, reached + 1) >= amount - slack


def test_after_is_never_if_the_remaining_factor_is_zero():
    ends = columns(Rhythm(periods=[Period("end", "2026-02-01", "2026-02-02", ramp=(1, 0), hold=True)]))
    assert after(ends, START, 31 * DAY + DAY / 2 - 10.0) < START + 32 * DAY
    assert after(ends, START, 31 * DAY + DAY / 2 + 10.0) == NOT_REACHED
    assert after(ends, START + 40 * DAY, 1.0) == NOT_REACHED
    assert after(ends, START, 1e300) == NOT_REACHED


def test_after_zero_time_is_now():
    for table in map(columns, (EVENING, OFFICE, PEAK)):
        for since in range(START, START + DAY, HOUR // 3):
            assert after(table, since, 0.0) == since


def test_eight_hours_of_office_time_end_when_the_office_closes():
    table = columns(OFFICE)
    monday = START + 4 * DAY
    nine, five = monday + 8 * HOUR, monday + 16 * HOUR
    assert after(table, nine, 8.0 * HOUR) == five
    assert after(table, nine, 8.0 * HOUR + 1) == nine + DAY + 1
    assert after(table, nine, 40.0 * HOUR) == five + 4 * DAY
    assert after(table, nine, 41.0 * HOUR) == nine + 7 * DAY + HOUR
    assert elapsed(table, nine, nine + 7 * DAY) == 40 * HOUR
    assert elapsed(table, nine + 7 * DAY, nine) == -40 * HOUR


def test_a_root_does_not_cancel_if_the_factor_is_large_and_changes_little():
    table = columns(Rhythm(hours={0: 1e6, 12: 999_999}, normalize=False))
    reached = after(table, START, 1e6 * HOUR)
    assert isclose(elapsed(table, START, reached), 1e6 * HOUR, rel_tol=1e-6)


@pytest.mark.slow
def test_compiled_functions_give_the_same_bits():
    generator = np.random.default_rng(7)
    for rhythm in (EVENING, OFFICE, PEAK, GROWING):
        arrays = columns_of(rhythm_table(rhythm, Clock(START, 1, YEAR)))
        since = START + generator.integers(-500 * DAY, 500 * DAY, 2000)
        waited = 10.0 ** generator.uniform(0, 12, 2000)
        moments, passed = np.zeros(2000, np.int64), np.zeros(2000)
        drive()(arrays, since, waited, moments, passed)
        lists = columns(rhythm, 365)
        pairs = list(zip(since.tolist(), waited.tolist(), strict=True))
        assert moments.tolist() == [after(lists, begin, amount) for begin, amount in pairs]
        assert passed.tolist() == [elapsed(lists, begin, begin + int(amount)) for begin, amount in pairs]


moments = st.integers(-5, 60)
edges = st.lists(moments, unique=True, max_size=8).map(lambda it: sorted(it)[: len(it) // 2 * 2])
histories = st.lists(edges, min_size=1, max_size=3)
given_histories = histories.map(lambda given: (given, as_lists(incident_columns(given))))


def pairs(result):
    return list(zip(result[::2], result[1::2], strict=True))


@given(given_histories, moments)
def test_an_incident_is_active_from_its_start_until_its_end(given, moment):
    for number, history in enumerate(given[0]):
        assert under_way(given[1], number, moment) == any(begin <= moment < end for begin, end in pairs(history))


@given(given_histories, moments)
def test_the_next_edge_is_after_the_moment(given, moment):
    for number, history in enumerate(given[0]):
        assert next_edge(given[1], number, moment) == min([it for it in history if it > moment], default=NO_EDGE)


@given(given_histories, moments, st.integers(-2, 2))
def test_an_incident_is_the_current_or_next_or_a_later_one(given, moment, later):
    for number, history in enumerate(given[0]):
        known = pairs(history)
        index = max(0, sum(end <= moment for _, end in known) + later)
        begin, end = known[index] if index < len(known) else (NEVER, NEVER)
        assert incident_begins(given[1], number, moment, later) == begin
        assert incident_ends(given[1], number, moment, later) == end


def test_a_value_without_incidents_never_has_one():
    timeline = as_lists(incident_columns([[1, 5]]))
    assert not under_way(timeline, -1, 3)
    assert next_edge(timeline, -1, 3) == NO_EDGE
    assert incident_begins(timeline, -1, 3, 0) == incident_ends(timeline, -1, 3, 0) == NEVER


@given(st.lists(st.tuples(moments, st.integers(1, 9)), max_size=9), moments)
def test_incidents_that_overlap_or_touch_are_one(given, moment):
    spans = sorted((begin, begin + length) for begin, length in given)
    merged = edges_of(Spans(*(np.array([it[side] for it in spans], np.int64) for side in (0, 1)))).tolist()
    assert any(begin <= moment < end for begin, end in spans) == (sum(it <= moment for it in merged) % 2 == 1)
    assert merged == sorted(set(merged))
