"""Likely mistakes are warnings with their location; anything else has no warning."""

from dataclasses import replace

import pytest

from doge_datagen import Clock, Model, Stream, Transition
from doge_datagen.forecast import warnings_about
from doge_datagen.forecast.algebraic_forecast import algebraic_forecast
from doge_datagen.forecast.forecast import forecast
from doge_datagen.model import Population
from tests.compiling import spec_with
from tests.engine.machines import BANKING
from tests.engine.specs import spec_of

ROUND = [("on", "off", "lit", 10, "lamp"), ("off", "lit", "off", 30)]


def doing(do):
    buy = Transition("buy", "off", "off", 10, do=do)
    users = Population("user", 1, {"orders": 0}, states=["off"], initial="off", transitions=[buy])
    return warnings_about(algebraic_forecast(spec_with(spec_of([("on", "off", "off", 10)]), subjects=users)))


def records(transitions, **others):
    return warnings_about(algebraic_forecast(spec_of([*transitions], **others)))


@pytest.mark.parametrize("transitions", [ROUND, BANKING])
def test_a_model_without_final_states_has_no_warning(transitions):
    assert records(transitions) == ()


def test_an_unreachable_state_is_a_warning():
    assert records([*ROUND, ("fix", "broken", "off", 5)]) == (
        "states.broken: is unreachable from the initial states. Hint: add a transition or remove the state",
    )


def test_a_final_state_is_a_warning_and_so_is_a_run_that_ends_in_it():
    assert records([*ROUND, ("break", "lit", "broken", 5)]) == (
        "states.broken: no transition leaves it; subjects that get there stay forever",
        "transitions: eventually nothing happens any more; all subjects end in states that no transition leaves",
    )


def test_states_that_are_never_left_again_are_a_warning():
    transitions = [("sell", "shop", "off", 1), *ROUND, ("steal", "shop", "gone", 1), ("hide", "gone", "gone", 1)]
    assert records(transitions) == (
        "states off, lit: subjects that get there can never leave these 2",
        "states.gone: all its transitions lead back to it; subjects that get there stay forever",
    )


def test_a_stream_that_cannot_be_fed_is_a_warning():
    assert records([*ROUND, ("burn", "off", "off", 0, "smoke")]) == (
        "streams.smoke: no transition that can happen feeds it. Hint: name it in the emit of one that can",
    )


def timed(*exits, **parts):
    """The warnings about a model whose two states are left at any moment by these ways."""
    dwell = {"dwell": "1 h"} if any(it.weight is not None for it in exits) else None
    people = Population("user", 3, states={"a": dwell, "b": None}, initial="a", transitions=list(exits))
    streams = {name: Stream({"at": "timestamp"}) for it in exits for name in it.emit}
    model = Model("m", populations=[people], streams=streams, clock=Clock(0, 1, 86_400_000), **parts)
    return warnings_about(forecast(model.program, cost=1000.0))


NEVER_B = (
    "states.b: is unreachable from the initial states. Hint: add a transition or remove the state",
    "states.a: no transition leaves it; subjects that get there stay forever",
    "streams.go: no transition that can happen feeds it. Hint: name it in the emit of one that can",
    "streams.back: no transition that can happen feeds it. Hint: name it in the emit of one that can",
)


@pytest.mark.parametrize(
    "never",
    [{"rate": "0/d"}, {"rate": "2/h", "when": "False"}, {"weight": 0}, {"after": "1 h", "when": "wanted"}],
    ids=str,
)
def test_a_transition_that_can_never_happen_has_the_same_warnings_as_one_with_a_probability_of_0(never):
    transitions = Transition("go", "a", "b", emit="go", **never), Transition("back", "b", "a", rate="1/h", emit="back")
    assert timed(*transitions, constants={"wanted": False}) == NEVER_B
    possible = replace(transitions[0], rate="1/h", weight=None, after=None, when=None)
    assert timed(possible, transitions[1], constants={"wanted": False}) == ()


@pytest.mark.parametrize("never", [{"rate": "2/h"}, {"probability": 50}], ids=str)
def test_a_stream_whose_condition_is_always_false_has_a_warning(never):
    transition = Transition("go", "a", "a", emit={"steps": True, "alerts": "wanted"}, **never)
    people = Population("user", 3, states=["a"], initial="a", transitions=[transition])
    streams = dict.fromkeys(("steps", "alerts"), Stream({"at": "timestamp"}))
    model = Model("m", populations=[people], streams=streams, clock=Clock(0, 60_000, 1440), constants={"wanted": False})
    warning = "streams.alerts: no transition that can happen feeds it. Hint: name it in the emit of one that can"
    assert warnings_about(forecast(model.program, cost=1000.0)) == (warning,)
    assert warnings_about(forecast(replace(model, constants={"wanted": True}).program, cost=1000.0)) == ()


def test_a_model_without_transitions_is_a_warning():
    assert "transitions: there is none, so nothing ever happens" in records([], states=("off",))


def test_a_name_that_is_never_read_is_one_warning_with_its_location():
    (message,) = doing("if orders > 1:\n    price = 2\nelse:\n    price = 3")
    assert message.startswith(
        "transitions.buy.do (line 2, column 5): 'price' is set but never read; only attributes keep"
    )


@pytest.mark.parametrize("do", ["more = orders + 1; orders = more", "orders = 3", "paid = orders; require(paid > 1)"])
def test_attributes_and_names_that_are_read_have_no_warning(do):
    assert doing(do) == ()
