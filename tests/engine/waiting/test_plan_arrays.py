"""The plan of a walk as arrays says what the plan says."""

import numpy as np

from doge_datagen.engine.initial_states import machine_of
from doge_datagen.engine.waiting.plan_arrays import plan_arrays
from doge_datagen.engine.waiting.transition_plan import plan
from tests.engine.models import shop

SHOP = shop()
MACHINE, NUMBERS = machine_of(SHOP.spec.population, SHOP.transitions)
PLAN = plan(MACHINE)
ARRAYS = plan_arrays(PLAN, NUMBERS)


def entries_of(state):
    number = SHOP.states.index(state)
    return slice(ARRAYS.first[number], ARRAYS.first[number] + len(PLAN.leaving[number].ways))


def test_exits_have_the_numbers_of_the_transitions_in_the_model():
    triggers = {state: [SHOP.transitions[it].trigger for it in ARRAYS.ways[entries_of(state)]] for state in SHOP.states}
    assert triggers == {
        "quiet": ["wake", "close"],  # not what has no chance
        "busy": ["sell", "upgrade"],
        "shut": ["open"],
        "gone": [],
        "never": ["appear"],
    }


def test_a_state_left_for_certain_by_one_transition_says_which():
    sure = {SHOP.states[number]: way for number, way in enumerate(ARRAYS.sure) if way >= 0}
    assert {state: SHOP.transitions[way].trigger for state, way in sure.items()} == {"shut": "open"}


def test_each_transition_knows_its_source_and_target():
    for number, transition in enumerate(SHOP.transitions):
        assert SHOP.states[ARRAYS.source[number]] == transition.from_state or transition.probability == 0
        assert SHOP.states[ARRAYS.target[number]] == transition.to_state or transition.probability == 0


def test_thresholds_are_beside_the_transitions_that_they_separate_and_no_choice_reaches_what_follows():
    width = len(ARRAYS.limits) // len(SHOP.states)
    for number, (leaving, limits) in enumerate(zip(PLAN.leaving, ARRAYS.limits.reshape(-1, width), strict=True)):
        known = len(leaving.thresholds)
        assert limits[:known].tolist() == list(leaving.thresholds)
        assert (limits[known:] > 1).all(), SHOP.states[number]


def test_dwell_times_are_as_in_the_plan():
    assert ARRAYS.scale.tolist() == [leaving.scale for leaving in PLAN.leaving]
    assert np.isinf(ARRAYS.scale[SHOP.states.index("gone")])
