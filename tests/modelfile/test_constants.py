"""Constants of a model: use, meaning, and errors."""

from dataclasses import replace

import jsonschema
import pytest

from doge_datagen import Clock, Model, Population, Stream, Transition
from doge_datagen.errors import InvalidModelError, ModelError
from doge_datagen.modelfile.document import read
from doge_datagen.modelfile.dump import dump
from doge_datagen.modelfile.json_schema import schema
from doge_datagen.modelfile.load import loads
from doge_datagen.run.resuming.identity import identity

TEXT = """doge: 1
name: shop
clock: {start: 2026-01-01, until: 2 d}
constants:
  visits: 3
  pause: 30 min
  ways: [web, app]
  shares: [3, 1]
  lost: 0.25
  debt: -5
  vip: true
  currency: EUR
  steps: [1 min, 5 min]
subjects:
  name: user
  count: 20
  attributes:
    way: choices(ways, weights=shares)
    balance: debt
    gold: vip
states: {away: , here: {dwell: exponential(mean=pause)}, gone: final}
initial: away
transitions:
  - {trigger: visit, from: away, to: here, rate: visits/d * 4, when: way in ways, do: balance += visits, emit: clicks}
  - {trigger: buy, from: here, to: here, weight: visits, emit: clicks}
  - {trigger: leave, from: here, to: {gone: lost, away: rest}, weight: 1 + visits, do: "left = pause", emit: clicks}
  - {trigger: nap, from: away, after: choice(steps) + pause}
streams:
  clicks:
    key: "f'{currency}-{index}'"
    fields: {user: index, balance: balance, way: way, price: "f'{lost:.2f} {currency}'", long: pause, vip: vip and gold}
"""
WRITTEN = {
    "visits/d": "3/d",
    "balance += visits": "balance += 3",
    "weight: visits": "weight: 3",
    "1 + visits": "1 + 3",
    "mean=pause": "mean=30 min",
    "= pause": "= 30 min",
    "+ pause": "+ 30 min",
    "long: pause": "long: 30 min",
    "choices(ways, weights=shares)": "\"choices(['web', 'app'], weights=[3, 1])\"",
    "way in ways": "\"way in ['web', 'app']\"",
    "choice(steps) + 30 min": '"choice([1 min, 5 min]) + 30 min"',
    "gone: lost": "gone: 0.25",
    "{lost:": "{0.25:",
    "balance: debt": "balance: -5",
    "gold: vip": "gold: True",
    "vip: vip and": "vip: True and",
}


def problems(text):
    with pytest.raises(InvalidModelError) as caught:
        loads(text)
    return [str(it).removeprefix("model:") for it in caught.value.problems]


def changed(before, after):
    assert before in TEXT
    return TEXT.replace(before, after)


def python(**parts):
    population = Population("user", 20, {"balance": "debt"})
    go = Transition("go", "on", "on", "chance", do="balance += gain", emit="e")
    stream = Stream({"balance": "balance", "way": "choice(ways)"})
    constants = {"debt": -5, "chance": 20, "gain": 2.5, "ways": ["web", "app"]} | parts
    attributes = {"debt": "debt * 1.0"}
    population = Population("user", 20, {"balance": attributes["debt"]})
    return Model("m", population, ["on"], "on", [go], {"e": stream}, Clock(0, 1000, 50), constants=constants)


def test_a_model_with_constants_is_the_same_run_as_one_with_literal_values():
    text = TEXT.replace("key: \"f'{currency}-{index}'\"", "key: currency").replace(
        "price: \"f'{lost:.2f} {currency}'\", ", "price: currency, "
    )
    other = text[: text.index("constants:")] + text[text.index("subjects:") :]
    other = other.replace("key: currency", "key: \"'EUR'\"").replace("price: currency", "price: \"'EUR'\"")
    for name, value in WRITTEN.items():
        other = other.replace(name, value)
    one, two = loads(text), loads(other)
    assert identity(one, 1) == identity(two, 1)
    assert Model.of(one.spec).table("clicks", seed=1) == Model.of(two.spec).table("clicks", seed=1)


def test_other_values_are_a_different_run():
    assert identity(loads(TEXT), 1) != identity(loads(TEXT, overrides={"constants.visits": 4}), 1)


def test_a_value_can_be_set():
    spec = loads(TEXT, overrides={"constants.ways": "[shop]", "constants.shares": "[1]"}).spec
    assert set(Model.of(spec).table("clicks", seed=1)["way"].to_pylist()) == {"shop"}


def test_a_value_that_the_file_does_not_have_cannot_be_set():
    with pytest.raises(InvalidModelError, match=r"constants has no .visit.\. Hint: did you mean .visits."):
        loads(TEXT, overrides={"constants.visit": 4})


def test_constants_are_dumped_and_loaded_again():
    spec = loads(TEXT).spec
    assert loads(dump(spec)).spec == spec
    assert "constants:" in dump(spec)


def test_a_model_in_python_has_constants_too():
    one = python()
    assert one.constants == {"debt": -5, "chance": 20, "gain": 2.5, "ways": ("web", "app")}
    assert loads(one.dump()).spec == one.spec
    assert one.table("e", seed=1).num_rows > 0


def test_a_copy_of_a_model_uses_its_own_constants():
    never = replace(python(), constants=python().constants | {"chance": 0})
    assert never.table("e", seed=1).num_rows == 0


def test_a_function_may_use_constants():
    def earn(subject, draw):
        subject.balance += gain  # noqa: F821 - a constant of the model

    one = python()
    go = Transition("go", "on", "on", "chance", do=earn, emit="e")
    assert replace(one, transitions=[go]).table("e", seed=1) == one.table("e", seed=1)
    assert replace(one, transitions=[go]).dump() == one.dump()


def test_the_json_schema_accepts_them():
    jsonschema.validate(read(TEXT, "model").value, schema())


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("visits: 3\n", "way: 3\n", "5:8: constants.way: 'way' is an attribute, too. Hint: rename one of the two"),
        ("visits: 3\n", "index: 3\n", "5:10: constants.index: 'index' already has a meaning in expressions. Hint: ren"),
        ("visits: 3\n", "d: 3\n", "5:6: constants.d: 'd' already has a meaning in expressions. Hint: rename it"),
        ("visits: 3\n", "poisson: 3\n", "5:12: constants.poisson: 'poisson' already has a meaning in expressions."),
        ("visits: 3\n", "a b: 3\n", "5:8: constants.a b: 'a b' cannot be a name in expressions. Hint: use letters, "),
        ("visits: 3\n", "if: 3\n", "5:7: constants.if: 'if' cannot be a name in expressions: it is a Python keyword"),
        ("visits: 3\n", "visits: [1, [2]]\n", "5:3: constants.visits: a list is not a constant. Hint: give a number"),
        ("visits: 3\n", "visits: []\n", "5:3: constants.visits: a list is not a constant. Hint: give a number"),
        ("visits: 3\n", "visits: .inf\n", "5:11: constants.visits: inf is not finite. Hint: give a finite number"),
        ("visits: 3\n", "visits:\n", "5:10: constants.visits: the value is missing. Hint: give a value"),
        ("visits: 3\n", "visits: 3\n  visits: 4\n", "6:3: constants.visits: given twice, first on line 5"),
        (
            "weight: visits",
            "weight: visit",
            "25:50: transitions.buy.weight: 'visit' is unknown. Hint: did you mean 'vi",
        ),
        ("weight: visits", "weight: currency", "25:50: transitions.buy.weight: 'EUR' is a string, but a number is req"),
        ("balance += visits", "visits = 1", "24:87: transitions.visit.do: 'visits' is a constant and cannot be assign"),
        ("balance += visits", "visits += 1", "24:87: transitions.visit.do: 'visits' is a constant and cannot be assi"),
        (
            "balance += visits",
            "balance += currency",
            "24:87: transitions.visit.do: balance += 'EUR' calculates with a string",
        ),
        ("lost: 0.25", "lost: 1.25", "26:34: transitions.leave.to: the shares sum to 1.25 and leave no rest."),
    ],
)
def test_a_mistake_is_reported_at_its_location(before, after, message):
    actual = problems(changed(before, after))
    assert any(it.startswith(message) for it in actual), actual
    assert "\n".join(actual).count("constants.") <= 1


def test_a_broken_constant_hides_no_other_error_and_causes_none():
    assert problems(changed("visits: 3\n", "visits: [[1]]\n").replace("gone: final", "gone: finl")) == [
        "5:3: constants.visits: a list is not a constant. Hint: give a number, true, false, a string or a list of them",
        "21:64: states.gone: 'finl' is not a type of state. Hint: write final, nothing, or {dwell: 20 s}",
    ]
    assert problems(changed("visits: 3\n", "visits: .nan\n").replace("to: here, rate", "to: her, rate")) == [
        "5:11: constants.visits: nan is not finite. Hint: give a finite number",
        "24:38: transitions.visit.to: 'her' is not a state. Hint: did you mean 'here'?",
    ]


def test_the_name_of_a_constant_must_be_unique_in_expressions():
    for part in ("rhythms: {visits: {hours: {7: 1, 9: 2}}}", "tables: {visits: {rows: [{a: 1}]}}"):
        actual = problems(f"{TEXT}{part}\n")
        assert any("constants.visits: 'visits' is a " in it for it in actual), actual


def test_constants_are_a_mapping():
    with pytest.raises(ModelError, match=r"constants: \[1\] is not a mapping. Hint: give a dict"):
        replace(python(), constants=[1])
