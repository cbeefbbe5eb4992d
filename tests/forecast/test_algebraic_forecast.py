"""The forecast of a model follows from the algebra of its Markov chain, and matches the engine."""

from __future__ import annotations

from collections import Counter
from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp, mpf

from doge_datagen import ModelError
from doge_datagen.forecast.algebraic_forecast import algebraic_forecast
from doge_datagen.model import ENDLESS
from tests.compiling import spec_with
from tests.engine.machines import BANKING, MACHINES, engine_histories
from tests.engine.specs import Exit, spec_of

SWITCH = [("on", "off", "lit", 10, "lamp"), ("off", "lit", "off", 30, "lamp")]
CYCLE = [("a", "x", "y", 100), ("b", "y", "z", 100), ("c", "z", "x", 100)]
GAME = [("win", "play", "won", 3), ("lose", "play", "lost", 1), ("again", "play", "play", 50, "rounds")]
HOTEL = [
    ("eat", "lobby", "bar", 20),
    ("sleep", "lobby", "room", 60),
    ("drink", "bar", "terrace", 10),
    ("sit", "terrace", "bar", 40),
    ("snore", "room", "room", 5),
]


def by_name(parts):
    return {part.name: part for part in parts}


def shares(spec):
    return {state.name: state.share for state in algebraic_forecast(spec).states}


def triggered(expected):
    return {it.trigger: it.events for it in expected.transitions}


def test_a_switch_is_on_in_proportion_to_its_probabilities():
    assert shares(spec_of(SWITCH)) == pytest.approx({"off": 0.75, "lit": 0.25})


def test_events_per_tick_in_the_steady_state_are_share_times_probability():
    assert triggered(algebraic_forecast(spec_of(SWITCH, count=200)))["on"].long_run == pytest.approx(200 * 0.75 * 0.1)


def test_events_over_a_run_are_the_sum_over_its_ticks():
    off = [1.0, 0.9, 0.9 * 0.9 + 0.1 * 0.3]
    events = triggered(algebraic_forecast(spec_of(SWITCH, count=10, ticks=3)))
    assert events["on"].total == pytest.approx(10 * 0.1 * sum(off))
    assert events["off"].total == pytest.approx(10 * 0.3 * (3 - sum(off)))


@pytest.mark.parametrize("ticks", [0, 1, 2, 3, 4, 7, 8, 100, 1023, 1025])
def test_events_over_a_run_equal_a_tick_by_tick_calculation(ticks):
    chance = np.array([[0.9, 0.1, 0], [0.25, 0.35, 0.4], [0, 0.5, 0.5]])
    spent, now = np.zeros(3), np.array([0.5, 0.25, 0.25])
    for _ in range(ticks):
        spent += now
        now = now @ chance
    transitions = [("a", "x", "y", 10), ("b", "y", "x", 25), ("c", "y", "z", 40), ("d", "z", "y", 50)]
    actual = algebraic_forecast(spec_of(transitions, {"x": 2, "y": 1, "z": 1}, ticks=ticks))
    assert [it.events.total for it in actual.transitions] == pytest.approx(
        (spent[[0, 1, 1, 2]] * [0.1, 0.25, 0.4, 0.5]).tolist()
    )


def test_the_means_per_tick_and_per_second_are_over_the_run():
    amount = triggered(algebraic_forecast(spec_of(SWITCH, count=10, ticks=3)))["on"]
    assert amount.per_tick == pytest.approx(amount.total / 3)
    assert amount.per_second == pytest.approx(amount.total / 180)


def test_a_stream_has_the_records_of_all_its_transitions():
    expected = algebraic_forecast(spec_of([*SWITCH, ("break", "off", "broken", 0, "lamp", "waste")], streams=("idle",)))
    idle, lamp, waste = expected.streams
    assert lamp.records.total == pytest.approx(expected.events.total)
    assert (lamp.fed_by, waste.fed_by, idle.fed_by) == (("on", "off"), (), ())
    assert (waste.records.total, idle.records.total) == (0, 0)


def test_an_unlimited_run_has_only_a_steady_state():
    expected = algebraic_forecast(spec_of(SWITCH, ticks=ENDLESS))
    lamp = expected.streams[0].records
    assert expected.ticks is expected.states[0].visits is expected.events.total is lamp.total is None
    assert lamp.per_tick == lamp.long_run == pytest.approx(0.15)
    assert lamp.per_second == pytest.approx(0.15 / 60)


def test_a_forecast_can_be_made_for_other_subjects_and_ticks():
    assert algebraic_forecast(spec_of(SWITCH), subjects=7, ticks=50) == algebraic_forecast(
        spec_of(SWITCH, count=7, ticks=50)
    )


def test_a_run_without_ticks_has_no_events():
    expected = algebraic_forecast(spec_of(SWITCH), ticks=0)
    assert (expected.events.total, expected.events.per_tick) == (0, 0)
    assert [state.visits for state in expected.states] == [1, 0]


@pytest.mark.parametrize(
    ("numbers", "path"), [({"subjects": 0}, "subjects"), ({"subjects": 2**32}, "subjects"), ({"ticks": -1}, "ticks")]
)
def test_numbers_out_of_bounds_are_refused(numbers, path):
    with pytest.raises(ModelError, match=f"^{path}: "):
        algebraic_forecast(spec_of(SWITCH), **numbers)


def test_dwell_is_until_the_next_event_and_stay_until_another_state():
    play = by_name(algebraic_forecast(spec_of(GAME)).states)["play"]
    assert (play.dwell, play.stay) == (pytest.approx(1 / 0.54), pytest.approx(25))
    assert (play.dwell_ms, play.stay_ms) == (pytest.approx(60_000 / 0.54), pytest.approx(25 * 60_000))


def test_subjects_that_leave_with_certainty_dwell_one_tick():
    thirds = [(str(n), "x", "y", 100 / 3) for n in range(3)]
    assert algebraic_forecast(spec_of(thirds)).states[0].dwell == 1


def test_a_final_state_is_reported_and_never_left():
    expected = algebraic_forecast(spec_of(GAME))
    assert expected.final == ("won", "lost")
    assert by_name(expected.states)["won"].dwell == by_name(expected.states)["won"].stay == inf
    assert expected.traps == ()


def test_a_state_left_with_probability_0_is_final():
    assert algebraic_forecast(spec_of([("go", "x", "y", 1), ("back", "y", "x", 0)])).final == ("y",)


def test_shares_of_final_states_are_the_probabilities_to_end_there():
    assert shares(spec_of(GAME)) == pytest.approx({"play": 0, "won": 0.75, "lost": 0.25})


def test_several_traps_are_weighted_by_the_probability_to_end_in_them():
    bar, room = 0.25, 0.75
    expected = {"lobby": 0, "bar": bar * 0.8, "terrace": bar * 0.2, "room": room}
    assert shares(spec_of(HOTEL)) == pytest.approx(expected)
    halves = {"lobby": 0, "bar": (0.5 + bar / 2) * 0.8, "terrace": (0.5 + bar / 2) * 0.2, "room": room / 2}
    assert shares(spec_of(HOTEL, {"lobby": 3, "bar": 3})) == pytest.approx(halves)


def test_a_set_that_is_never_left_is_a_trap():
    assert algebraic_forecast(spec_of(HOTEL)).traps == (("bar", "terrace"), ("room",))


def test_all_states_together_are_not_a_trap():
    assert algebraic_forecast(spec_of(SWITCH)).traps == ()
    assert algebraic_forecast(spec_of(SWITCH, states=("off", "lit", "lost"))).traps == ()


def test_unreachable_parts_are_reported_and_have_no_events():
    expected = algebraic_forecast(spec_of([*SWITCH, ("steal", "gone", "sold", 50), ("lose", "off", "gone", 0)]))
    assert expected.unreachable == ("gone", "sold")
    assert expected.final == ()
    gone = by_name(expected.states)["gone"]
    assert (gone.share, gone.visits, triggered(expected)["steal"].total) == (0, 0, 0)


def test_every_state_that_subjects_start_in_is_reachable():
    assert algebraic_forecast(spec_of(GAME, {"won": 1, "lost": 3})).unreachable == ("play",)


def test_a_cycle_of_three_certain_transitions_spends_a_third_of_the_time_in_each_state():
    assert shares(spec_of(CYCLE)) == pytest.approx({"x": 1 / 3, "y": 1 / 3, "z": 1 / 3})
    assert [it.events.total for it in algebraic_forecast(spec_of(CYCLE, ticks=100)).transitions] == pytest.approx(
        [34, 33, 33]
    )


def test_visits_count_starts_and_arrivals_from_elsewhere():
    visits = {state.name: state.visits for state in algebraic_forecast(spec_of(GAME, ticks=10_000)).states}
    assert visits == pytest.approx({"play": 1, "won": 0.75, "lost": 0.25})
    cycle = {state.name: state.visits for state in algebraic_forecast(spec_of(CYCLE, ticks=100)).states}
    assert cycle == pytest.approx({"x": 34, "y": 34, "z": 33})


def test_a_model_without_transitions_stays_where_it_starts():
    expected = algebraic_forecast(spec_of([], {"x": 1, "y": 3}, states=("x", "y"), streams=("s",)))
    assert [state.share for state in expected.states] == [0.25, 0.75]
    assert (expected.events.total, expected.streams[0].records.total) == (0, 0)


def test_triggers_that_may_be_rejected_are_named_once():
    exits = spec_of(SWITCH)
    blocked = [
        type(it)("go", it.from_state, it.to_state, 1, do="require(index > 1)") for it in exits.population.transitions
    ]
    assert algebraic_forecast(spec_with(exits, transitions=blocked)).may_be_rejected == ("go",)
    assert algebraic_forecast(exits).may_be_rejected == ()


@pytest.mark.parametrize("ticks", [1000, 10**9, 2**48 - 1])
@pytest.mark.parametrize(("there", "back"), [(1e-9, 3e-9), (1e-9, 90), (100, 1e-9)])
def test_tiny_probabilities_over_long_runs_lose_no_digits(there, back, ticks):
    """For two states the sum has a closed form, calculated here with 60 digits."""
    expected = algebraic_forecast(spec_of([("go", "x", "y", there), ("back", "y", "x", back)], ticks=ticks))
    with mp.workdps(60):
        p, q = mpf(there) / 100, mpf(back) / 100
        in_y = p / (p + q) * (ticks - (1 - (1 - p - q) ** ticks) / (p + q))
        go, share = float(p * (ticks - in_y)), float(p / (p + q))
        returned = float(q * in_y)
    assert triggered(expected)["go"].total == pytest.approx(go, rel=1e-12)
    assert triggered(expected)["back"].total == pytest.approx(returned, rel=1e-12)
    assert expected.states[1].share == pytest.approx(share, rel=1e-12)


@pytest.mark.parametrize("backward", [False, True])
def test_shares_are_correct_even_if_they_span_more_than_a_float(backward):
    transitions = [
        transition for n in range(60) for transition in ((f"up{n}", n, n + 1, 1e-9), (f"down{n}", n + 1, n, 50))
    ]
    states = tuple(map(str, sorted(range(61), reverse=backward)))
    actual = shares(spec_of([(up, str(a), str(b), p) for up, a, b, p in transitions], {"0": 1}, states=states))
    assert [actual[str(n)] for n in range(14)] == pytest.approx([2e-11**n for n in range(14)], rel=1e-9)
    assert sum(actual.values()) == pytest.approx(1)


def test_probabilities_too_small_for_any_run_count_as_0():
    expected = algebraic_forecast(spec_of([("go", "x", "y", 1e-310), ("stay", "x", "x", 5)]))
    assert expected.unreachable == ("y",)


def test_hundreds_of_states_are_calculated():
    transitions = [(f"on{n}", str(n), str((n + 1) % 400), 10.0 ** -(n % 10)) for n in range(400)]
    expected = algebraic_forecast(spec_of(transitions, ticks=10**6))
    stays = np.array([10.0 ** (2 + n % 10) for n in range(400)])
    assert [state.share for state in expected.states] == pytest.approx((stays / stays.sum()).tolist(), rel=1e-9)


@pytest.mark.parametrize("name", ["banking", "every tick", "certain cycle", "tiny chance", "final states"])
def test_the_engine_matches_the_forecast(name):
    """Mean events per subject are within 4.5 standard errors for each trigger: 1 in 150,000 each; the seed is fixed."""
    machine, subjects, ticks = MACHINES[name], 2000, 300
    transitions: list[Exit] = [(it.trigger, it.from_state, it.to_state, it.probability) for it in machine.transitions()]
    expected = triggered(algebraic_forecast(spec_of(transitions, count=subjects, ticks=ticks, states=machine.states)))
    counts = [Counter(trigger for _, trigger in it) for it in engine_histories(machine, subjects, ticks, seed=2022)]
    for trigger, amount in expected.items():
        seen = np.array([count[trigger] for count in counts])
        assert abs(seen.sum() - amount.total) <= 4.5 * seen.std() * subjects**0.5 + 1e-6


CHANCES = st.lists(st.floats(0, 100), min_size=16, max_size=16)


@given(CHANCES, st.lists(st.floats(0.01, 100), min_size=1, max_size=4), st.sampled_from([1.0, 1e-3, 1e-9]))
def test_shares_sum_to_one_and_flows_are_balanced(chances, weights, scale):
    transitions = [
        (f"{a}{b}", str(a), str(b), chances[4 * a + b] / 4 * scale * (chances[4 * b + a] > 30))
        for a in range(4)
        for b in range(4)
    ]
    expected = algebraic_forecast(spec_of(transitions, {str(n): weight for n, weight in enumerate(weights)}))
    assert sum(state.share for state in expected.states) == pytest.approx(1)
    for state in expected.states:
        into = sum(it.events.long_run for it in expected.transitions if it.to_state == state.name)
        out = sum(it.events.long_run for it in expected.transitions if it.from_state == state.name)
        assert into == pytest.approx(out, rel=1e-9, abs=1e-300)


@given(CHANCES, st.integers(1, 3000))
def test_subjects_that_enter_a_state_leave_it_or_are_in_it_at_the_end(chances, ticks):
    transitions = [(f"{a}{b}", str(a), str(b), chances[4 * a + b] / 4) for a in range(4) for b in range(4)]
    expected = algebraic_forecast(spec_of([*transitions], ticks=ticks))
    left = 0.0
    for state in expected.states:
        out = sum(it.events.total for it in expected.transitions if it.from_state == state.name != it.to_state)
        assert -1e-6 <= state.visits - out <= 1 + 1e-6
        left += state.visits - out
    assert left == pytest.approx(1)


def test_the_steady_state_of_the_bank_has_balanced_flows():
    parts = np.array([7, 1, 0.6]) / 8.6  # 10 % of offline = 70 % of online; 30 % of online = 50 % of loan_screen
    assert shares(spec_of([*BANKING])) == pytest.approx(
        dict(zip(("offline", "online", "loan_screen"), parts, strict=True))
    )
