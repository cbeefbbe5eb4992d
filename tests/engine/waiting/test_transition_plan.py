from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doge_datagen.engine.waiting.transition_plan import NEVER_LEFT, plan, scale_of
from tests.engine.machines import machine


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


def test_a_thousand_times_a_tenth_leaves_nothing_to_staying():
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
