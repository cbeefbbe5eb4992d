"""Every error of a model is reported with its path."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from doge_datagen.errors import InvalidModelError, ModelError
from doge_datagen.model import ENDLESS, Attribute, Clock, Destination, Population, Spec, Stream, Transition
from doge_datagen.program.compilation import compile_spec
from doge_datagen.program.spawning.checks import MOST_SUBJECTS
from doge_datagen.program.time.checks import LAST_MOMENT
from doge_datagen.sinks.events.memory import MemorySink
from tests.compiling import spec_with
from tests.strategies import specs

LOGIN = Transition("login", "offline", "online", 60, do="balance += 1", emit="clicks")
LOGOUT = Transition("logout", "online", "offline", 60)
STREAM = Stream({"event": "trigger"})
GOOD = Spec.of_one(
    "bank",
    Population("user", 10, {"balance": Attribute(0)}),
    ("offline", "online"),
    {"offline": 90, "online": 10},
    (LOGIN, LOGOUT),
    {"clicks": STREAM},
    Clock(0, 60_000, 1000),
    {"local": {"clicks": Destination("file", "out/clicks.jsonl")}},
)


def errors_of(**changed):
    try:
        compile_spec(spec_with(GOOD, **changed))
    except InvalidModelError as error:
        return [str(problem) for problem in error.problems]
    return []


def users(**changed):
    return replace(GOOD.population, **changed)


def moves(*transitions):
    return errors_of(transitions=(LOGIN, *transitions))


@given(specs())
@settings(max_examples=40)
def test_a_valid_model_has_no_errors(spec):
    assert compile_spec(spec).spec == spec


def test_lists_and_tuples_are_equivalent():
    assert errors_of(states=["offline", "online"], transitions=[LOGIN, LOGOUT]) == []


@pytest.mark.parametrize("name", ["", None, 5])
def test_names_are_strings(name):
    assert errors_of(name=name) == [f"name: {name!r} is not a name. Hint: give a non-empty string"]
    assert (
        errors_of(subjects=users(name=name))[0]
        == f"subjects.name: {name!r} is not a name. Hint: give a non-empty string"
    )


@pytest.mark.parametrize(
    ("count", "message"),
    [
        (0, "0 is too small. Hint: give 1 or more"),
        (MOST_SUBJECTS + 1, "4294967296 is too large. Hint: give less than 4294967296"),
        (1.5, "1.5 is not an integer. Hint: give an integer"),
        ("ten", "'ten' is not an integer. Hint: give an integer"),
    ],
)
def test_the_count_is_in_range(count, message):
    assert errors_of(subjects=users(count=count)) == [f"subjects.count: {message}"]


def test_the_clock_has_to_fit_64_bits():
    assert errors_of(clock=Clock(0, 0, 5))[0] == "clock.tick: 0 is too small. Hint: give 1 or more"
    assert errors_of(clock=Clock(0, 1, -1)) == ["clock.ticks: -1 is too small. Hint: give 0 or more"]
    assert errors_of(clock=Clock(0, 10**9, 10**9)) == [
        "clock.ticks: 1000000000 ticks end after the year 9999. Hint: give 253402 or fewer"
    ]
    assert errors_of(clock=Clock(LAST_MOMENT - 1000, 60_000, 60)) == [
        "clock.ticks: 60 ticks end after the year 9999. Hint: let them start earlier"
    ]
    assert errors_of(clock=Clock(0, 10**9, ENDLESS)) == []
    assert errors_of(clock=Clock("now", 1, 1)) == ["clock.start: 'now' is not an integer. Hint: give an integer"]


def test_states_have_unique_names():
    assert errors_of(states=("offline", "online", "")) == ["states[2]: '' is not a name. Hint: give a non-empty string"]
    assert errors_of(states=("offline", "online", "online")) == ["states[2]: 'online' is given twice. Hint: remove one"]
    assert errors_of(states=(), initial={}, transitions=(), streams={}, targets={}) == [
        "states: is empty. Hint: give at least one state",
        "initial: is empty. Hint: give the state where subjects start",
    ]


def test_each_known_name_is_listed_once():
    actual = errors_of(states=("on", "off", "on"), initial="xyzzy", transitions=(), streams={}, targets={})
    assert actual[1] == "initial: 'xyzzy' is not a state. Hint: known: 'on', 'off'"


def test_without_states_no_other_error_about_states_is_reported():
    assert errors_of(states=()) == ["states: is empty. Hint: give at least one state"]


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"streams": ["trx"]}, "streams"),
        ({"targets": ["local"]}, "targets"),
        ({"targets": {"local": "out/x.csv"}}, "targets.local"),
        ({"initial": 3}, "initial"),
    ],
)
def test_named_parts_are_a_mapping(given, path):
    with pytest.raises(ModelError, match=rf"^{path}: .* is not a mapping. Hint: give a dict$"):
        errors_of(**given)


def test_attributes_are_a_mapping():
    with pytest.raises(ModelError, match=r"^subjects.attributes: \['balance'\] is not a mapping. Hint: give a dict$"):
        Population("user", 3, ["balance"])


def test_subjects_start_in_states_with_weights_above_0():
    assert errors_of(initial={"ofline": 1}) == ["initial: 'ofline' is not a state. Hint: did you mean 'offline'?"]
    assert errors_of(initial={"offline": 1, "onlin": 1}) == [
        "initial.onlin: 'onlin' is not a state. Hint: did you mean 'online'?"
    ]
    for weight in (0, -1, float("nan"), "1", True):
        expected = f"initial: weight {weight!r} is not above 0. Hint: give a number above 0, or remove it"
        assert errors_of(initial={"offline": weight}) == [expected]
    assert errors_of(initial={"offline": 1e300}) == ["initial: weight 1e+300 is too large. Hint: give less than 1e+300"]


def test_a_transition_leads_from_state_to_state():
    assert moves(Transition("", "offline", "online", 1)) == [
        "transitions[1].trigger: '' is not a name. Hint: give a non-empty string"
    ]
    assert moves(Transition("x", "ofline", "onlin", 1)) == [
        "transitions[1].from: 'ofline' is not a state. Hint: did you mean 'offline'?",
        "transitions[1].to: 'onlin' is not a state. Hint: did you mean 'online'?",
    ]


def test_a_trigger_is_unique_in_a_state():
    assert moves(Transition("login", "online", "online", 1)) == []
    assert moves(Transition("login", "offline", "offline", 1)) == [
        (
            "transitions[1].trigger: 'login' is given twice among the transitions leaving 'offline'. "
            "Hint: rename or remove one"
        )
    ]


@pytest.mark.parametrize("probability", [-0.1, 100.1, float("nan"), "100 + 5"])
def test_a_probability_is_a_percentage(probability):
    shown = 105 if isinstance(probability, str) else probability
    assert moves(Transition("x", "online", "online", probability)) == [
        f"transitions[1].probability: probability {shown!r} is not a percentage. Hint: give 0 to 100"
    ]


def test_probabilities_above_100_are_reported_once_with_their_sum():
    more = [Transition(f"t{number}", "offline", "offline", 30) for number in range(3)]
    total = "probabilities leaving 'offline' sum to 150 % (login 60 + t0 30 + t1 30 + t2 30)"
    assert moves(*more) == [f"transitions[3].probability: {total}. Hint: lower one by 50"]


def test_probabilities_may_sum_to_100_in_any_number_of_floats():
    assert moves(*(Transition(f"t{number}", "online", "online", 0.1) for number in range(1000))) == []


def test_a_model_accepts_no_callbacks_and_no_event_sinks():
    transition = Transition("x", "online", "online", 1, lambda subject, transition: True, [MemorySink()])
    assert moves(transition) == [
        "transitions[1].do: action_callback is for DataOnlineGenerator. Hint: give a model's action as do=",
        "transitions[1].emit: event_sinks are for DataOnlineGenerator. Hint: name the streams it feeds as emit=",
    ]


def test_a_transition_feeds_streams_once():
    assert moves(Transition("x", "online", "online", 1, emit=["click", "clicks", "clicks"])) == [
        "transitions[1].emit[0]: 'click' is not a stream. Hint: did you mean 'clicks'?",
        "transitions[1].emit[2]: 'clicks' is given twice. Hint: remove one",
    ]


def test_a_stream_is_fed_and_has_fields():
    assert errors_of(streams={"clicks": STREAM, "trx": STREAM}) == [
        "streams.trx: no transition feeds it. Hint: write 'emit: trx' in one, or remove the stream"
    ]
    assert errors_of(streams={"clicks": Stream({})}) == [
        "streams.clicks.fields: is empty. Hint: give at least one, such as timestamp: timestamp"
    ]


@pytest.mark.parametrize("name", ["user-id", "2nd", "a b", ""])
def test_an_attribute_has_a_name_that_expressions_can_use(name):
    attributes = {"balance": Attribute(0), name: Attribute(0)}
    expected = f"{name!r} cannot be a name in expressions. Hint: use letters, digits and _"
    assert errors_of(subjects=users(attributes=attributes))[0].endswith(expected)


def test_an_attribute_is_not_named_like_a_keyword_of_python():
    attributes = {"balance": Attribute(0), "class": Attribute(0)}
    assert errors_of(subjects=users(attributes=attributes))[0] == (
        "subjects.attributes.class: 'class' cannot be a name in expressions: it is a Python keyword. Hint: rename it"
    )


@pytest.mark.parametrize("name", ["timestamp", "trigger", "index", "require", "randrange", "str", "choices"])
def test_an_attribute_has_no_reserved_name(name):
    attributes = {"balance": Attribute(0), name: Attribute(0)}
    expected = f"subjects.attributes.{name}: {name!r} already has a meaning in expressions. Hint: rename it"
    assert expected in errors_of(subjects=users(attributes=attributes))


def test_values_are_for_strings_and_unique():
    tier = Attribute("'a'", "string", ("a", "b", "a"))
    assert errors_of(subjects=users(attributes={"balance": Attribute(0), "tier": tier})) == [
        "subjects.attributes.tier.values[2]: 'a' is given twice. Hint: remove one"
    ]
    tier = Attribute(1, "integer", ("a",))
    assert errors_of(subjects=users(attributes={"balance": Attribute(0), "tier": tier}))[0] == (
        "subjects.attributes.tier.values: values are for strings, not for type integer. Hint: remove one of the two"
    )


def test_a_target_names_streams():
    assert errors_of(targets={"local": {"click": Destination("console")}}) == [
        "targets.local.click: 'click' is not a stream. Hint: did you mean 'clicks'?"
    ]


def test_all_problems_are_reported_at_once():
    assert (
        len(errors_of(name="", clock=Clock(0, 0), initial={"x": 1}, targets={"local": {"x": Destination("console")}}))
        == 4
    )


def test_names_of_fields_are_strings():
    assert "streams.clicks: 5 is not a name. Hint: give a non-empty string" in errors_of(
        streams={"clicks": Stream({5: "index"})}
    )


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"streams": {"seen": {"who": "index"}}}, "streams.seen: {'who': 'index'} is not a Stream. Hint: give one"),
        ({"streams": {"seen": Stream("who")}}, "streams.seen.fields: 'who' is not a Mapping. Hint: give one"),
        ({"clock": 1000}, "clock: 1000 is not a Clock. Hint: give one"),
        ({"transitions": [("come", "away")]}, "transitions[0]: ('come', 'away') is not a Transition. Hint: give one"),
        ({"clock": Clock(0, "1 s", 10**9)}, "clock.tick: '1 s'"),
    ],
)
def test_parts_are_of_their_types(changed, message):
    assert message in errors_of(**changed)[0]


def test_no_transition_leaves_a_final_state():
    problem = "'online' is final, so no transition may leave it. Hint: remove the transition, or the word final"
    assert errors_of(final=["online"]) == [f"transitions[1].from: {problem}"]


def test_a_final_state_is_one_of_the_states():
    assert errors_of(final=["onlin"]) == [
        "states: 'onlin' is marked final but is not a state. Hint: did you mean 'online'?"
    ]


def test_a_mapping_of_states_marks_the_final_ones():
    population = spec_with(GOOD, states={"offline": None, "gone": "final"}).population
    assert (population.states, population.final) == (("offline", "gone"), ("gone",))


def test_a_state_is_marked_final_or_not_at_all():
    with pytest.raises(ModelError, match=r"states.gone: 'end' is not a type of state. Hint: write 'final', or None"):
        spec_with(GOOD, states={"gone": "end"})
