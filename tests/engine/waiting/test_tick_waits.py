"""How long subjects sleep and what they attempt next: the same for numbers, for columns, and compiled."""

from bisect import bisect_right
from functools import cache
from math import inf, nan, nextafter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doge_datagen.engine.compiled.numba_functions import native_names
from doge_datagen.engine.interpreted.lookahead import next_ticks, next_ways
from doge_datagen.engine.waiting.tick_waits import LONGEST_WAIT, NEVER, next_tick, next_way, whole
from doge_datagen.engine.waiting.transition_plan import NEVER_LEFT, PlanArrays, plan, plan_arrays
from doge_datagen.model import ENDLESS
from tests.engine.machines import machine

DRIVER = """
def ticks_of(ticks, exponentials, scales, found):
    for number in range(len(found)):
        found[number] = next_tick(ticks[number], exponentials[number], scales[number])

def ways_of(states, choices, first, half, limits, ways, found):
    for number in range(len(found)):
        state = states[number]
        found[number] = next_way(choices[number], first[state], half[state], limits, ways)
"""
ticks, units = st.integers(0, ENDLESS), st.integers(0, 2**53 - 1).map(lambda it: it * 2.0**-53)
waits = st.tuples(ticks, st.floats(0, 38), st.floats(0, 1e300) | st.sampled_from([0.0, NEVER_LEFT]))
shares = st.lists(st.lists(st.fractions(0, 1, max_denominator=1000), max_size=20), min_size=1, max_size=6)


@cache
def compiled(name):
    names = dict(native_names())
    exec(DRIVER, names)
    return names["jit"](no_cpython_wrapper=False)(names[name])


def arrays_of(given) -> PlanArrays:
    """A plan whose states have transitions with these shares of the remaining probability."""
    edges = [
        (f"{state}.{number}", str(state), str((state + 1) % len(given)), 99 * float(share / max(1, sum(of_state))))
        for state, of_state in enumerate(given)
        for number, share in enumerate([*of_state, 0])
    ]
    ready = plan(machine(edges))
    return plan_arrays(ready, range(len(ready.ways)))


@given(st.lists(waits, min_size=1))
def test_the_next_tick_is_the_same_for_numbers_for_columns_and_compiled(given):
    expected = [next_tick(*it) for it in given]
    columns = [np.array(column) for column in zip(*given, strict=True)]
    actual = np.zeros(len(given), np.int64)
    compiled("ticks_of")(*columns, actual)
    with np.errstate(invalid="ignore"):  # infinity times 0, as in VectorSleep
        assert actual.tolist() == next_ticks(*columns).tolist() == expected


@pytest.mark.slow
@given(shares, st.lists(st.tuples(st.integers(0, 5), units), min_size=1))
def test_the_next_transition_is_the_same_for_numbers_for_columns_and_compiled(shares, draws):
    arrays = arrays_of(shares)
    states, choices = (np.array(column) for column in zip(*draws, strict=True))
    states %= len(shares)
    _, _, first, half, limits, transitions = arrays.lists()
    expected = [
        next_way(it, first[state], half[state], limits, transitions)
        for state, it in zip(states, choices.tolist(), strict=True)
    ]
    actual = np.zeros(len(draws), np.int64)
    compiled("ways_of")(states, choices, *arrays[2:6], actual)
    of_column = next_ways(choices, arrays.first[states], int(arrays.half.max()), arrays.limits, arrays.ways)
    assert actual.tolist() == of_column.tolist() == expected


@given(st.lists(st.fractions(0, 1, max_denominator=10**6), min_size=1, max_size=70), units)
def test_the_number_of_passed_limits_is_that_below_the_choice(of_state, choice):
    edges = [(str(number), "x", "x", 99 * float(it / max(1, sum(of_state)))) for number, it in enumerate(of_state)]
    ready = plan(machine(edges))
    leaving = ready.leaving[0]
    _, _, first, half, limits, transitions = plan_arrays(ready, range(len(ready.ways))).lists()
    for drawn in (choice, *leaving.thresholds, *(nextafter(limit, 0) for limit in leaving.thresholds)):
        expected = leaving.ways[bisect_right(leaving.thresholds, drawn)] if leaving.ways else -1
        assert next_way(drawn, first[0], half[0], limits, transitions) == expected


@pytest.mark.parametrize("wait", [LONGEST_WAIT, 1e300, inf, nan])
def test_a_wait_longer_than_any_run_is_never(wait):
    assert whole(wait) == NEVER
    assert whole(nextafter(LONGEST_WAIT, 0)) < NEVER


@pytest.mark.parametrize("exponential", [0.0, -0.0, 1e-300, 37.4])
def test_a_state_that_is_never_left_is_not_left_before_the_last_tick(exponential):
    assert next_tick(ENDLESS, exponential, NEVER_LEFT) > ENDLESS


def test_input_columns_are_not_modified():
    first, choices = np.array([0, 0]), np.array([0.1, 0.9])
    assert next_ways(choices, first, 1, np.array([0.5, 2.0]), np.array([7, 8])).tolist() == [7, 8]
    assert first.tolist() == [0, 0]
