from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doge_datagen.engine.initial_states import machine_of
from doge_datagen.engine.waiting.transition_plan import NEVER_LEFT, plan, plan_arrays, scale_of
from tests.engine.machines import machine
from tests.engine.models import shop

SHOP = shop()
MACHINE, NUMBERS = machine_of(SHOP.spec.population, SHOP.transitions)
PLAN = plan(MACHINE)
ARRAYS = plan_arrays(PLAN, NUMBERS)


def test_a_choice_between_transitions_follows_their_exact_shares():
    ready = plan(machine([("a", "x", "y", 10), ("b", "x", "y", 20), ("c", "x", "x", 10)]))
    assert ready.leaving[0].thresholds == (0.25, 0.75)
    assert [ready.ways[number].transition.trigger for number in ready.leaving[0].ways] == ["a", "b", "c"]


def test_exits_with_probability_0_are_omitted():
    ready = plan(machine([("never", "x", "y", 0), ("always", "x", "x", 100)]))
    assert [ready.ways[number].transition.trigger for number in ready.leaving[0].ways] == ["always"]
    assert ready.leaving[0].thresholds == ()


def test_a_final_state_is_never_left():
    final = plan(machine([("go", "x", "y", 1)])).leaving[1]
    assert (final.scale, final.ways, final.sure) == (NEVER_LEFT, (), -1)


def test_a_state_left_by_one_transition_at_every_tick_is_certain():
    sure, chance = plan(machine([("go", "x", "y", 100), ("back", "y", "x", 99)])).leaving
    assert sure.sure == 0
    assert chance.sure == -1


def test_a_thousand_transitions_of_a_tenth_percent_leave_no_probability_of_staying():
    leaving = plan(machine([(f"way {number}", "x", "x", 0.1) for number in range(1000)])).leaving[0]
    assert leaving.scale == 0


@pytest.mark.parametrize(("probability", "scale"), [(0, NEVER_LEFT), (1, 0.0), (Fraction(101, 100), 0.0)])
def test_certain_and_impossible_transitions_have_a_scale(probability, scale):
    assert scale_of(Fraction(probability)) == scale


@given(st.fractions(min_value=Fraction(1, 10**12), max_value=Fraction(999, 1000)))
def test_the_scale_is_minus_one_over_the_logarithm_of_staying(probability):
    with localcontext(prec=80):
        staying = Decimal((1 - probability).numerator) / Decimal((1 - probability).denominator)
        assert scale_of(probability) == float(-1 / staying.ln())


def test_the_smallest_probability_has_a_scale():
    assert scale_of(Fraction(5e-324)) == NEVER_LEFT


def entries_of(state):
    number = SHOP.states.index(state)
    return slice(ARRAYS.first[number], ARRAYS.first[number] + len(PLAN.leaving[number].ways))


def test_exits_have_the_numbers_of_the_transitions_in_the_model():
    triggers = {state: [SHOP.transitions[it].trigger for it in ARRAYS.ways[entries_of(state)]] for state in SHOP.states}
    assert triggers == {
        "quiet": ["wake", "close"],  # not those with probability 0
        "busy": ["sell", "upgrade"],
        "shut": ["open"],
        "gone": [],
        "never": ["appear"],
    }


def test_a_state_with_one_certain_transition_names_it():
    sure = {SHOP.states[number]: transition for number, transition in enumerate(ARRAYS.sure) if transition >= 0}
    assert {state: SHOP.transitions[transition].trigger for state, transition in sure.items()} == {"shut": "open"}


def test_each_transition_knows_its_source_and_target():
    for number, transition in enumerate(SHOP.transitions):
        assert SHOP.states[ARRAYS.source[number]] == transition.from_state or transition.probability == 0
        assert SHOP.states[ARRAYS.target[number]] == transition.to_state or transition.probability == 0


def test_thresholds_separate_transitions_and_no_choice_exceeds_the_last():
    width = len(ARRAYS.limits) // len(SHOP.states)
    for number, (leaving, limits) in enumerate(zip(PLAN.leaving, ARRAYS.limits.reshape(-1, width), strict=True)):
        known = len(leaving.thresholds)
        assert limits[:known].tolist() == list(leaving.thresholds)
        assert (limits[known:] > 1).all(), SHOP.states[number]


def test_dwell_times_equal_the_plan():
    assert ARRAYS.scale.tolist() == [leaving.scale for leaving in PLAN.leaving]
    assert np.isinf(ARRAYS.scale[SHOP.states.index("gone")])
