"""Several populations in a model file: both forms, locations of problems, overrides and dumps."""

import pytest

from doge_datagen.errors import InvalidModelError
from doge_datagen.model.spec import Spec
from doge_datagen.modelfile.dump import dump
from doge_datagen.modelfile.load import loads

MARKET = """
doge: 1
name: market
clock: {start: 2024-01-01, tick: 1 min, ticks: 1000}
populations:
  customer:
    count: 50
    attributes:
      balance: randrange(0, 100)
    states: [away, here]
    initial: away
    transitions:
      - {trigger: come, from: away, to: here, probability: 1, emit: visits}
      - trigger: buy
        from: here
        to: away
        probability: 30
        do: |
          require(balance > 10)
          balance -= 10
        emit: [visits, sales]
  shop:
    count: 3
    attributes: {balance: 1000}
    states: {closed: , open: {dwell: 8 h}, gone: final}
    initial: closed
    transitions:
      - {trigger: open, from: closed, to: open, rate: 2/d, emit: visits}
    matrix: {emit: visits, weights: {open: {closed: 9, gone: 1}}}
streams:
  visits:
    key: id
    fields: {at: timestamp, who: population, id: id, balance: balance}
  sales:
    fields: {at: timestamp, balance: balance}
"""
SHORT = """
doge: 1
name: bank
clock: {start: 2024-01-01, ticks: 10, tick: 1 min}
subjects: {name: user, count: 10, attributes: {x: 1}}
states: [off, on]
initial: off
transitions: [{trigger: go, from: off, to: on, probability: 10, do: x += 1, emit: gone}]
streams: {gone: {fields: {x: x}}}
"""
LONG = """
doge: 1
name: bank
clock: {start: 2024-01-01, ticks: 10, tick: 1 min}
populations:
  user:
    count: 10
    attributes: {x: 1}
    states: [off, on]
    initial: off
    transitions: [{trigger: go, from: off, to: on, probability: 10, do: x += 1, emit: gone}]
streams: {gone: {fields: {x: x}}}
"""


def problems(text: str, **kwargs) -> list[str]:
    with pytest.raises(InvalidModelError) as caught:
        loads(text, name="m", **kwargs)
    return [str(it) for it in caught.value.problems]


def changed(*pairs: tuple[str, str], text: str = MARKET) -> str:
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def test_each_population_has_its_parts():
    spec = loads(MARKET).spec
    customer, shop = spec.populations
    assert (customer.name, customer.count, shop.name, shop.count) == ("customer", 50, "shop", 3)
    assert [it.trigger for it in shop.transitions] == ["open", "closed", "gone"]
    assert shop.final == ("gone",)
    assert spec.clock.attempt_ms == 60_000


def test_both_forms_of_a_single_population_are_equivalent():
    assert loads(LONG).spec == loads(SHORT).spec


def test_both_forms_in_one_file_are_an_error_at_the_short_one():
    text = changed(("populations:", "states: [off]\nsubjects: {name: a, count: 1}\npopulations:"))
    assert problems(text) == [
        f"m:{line}:1: {key}: it belongs to a single population. Hint: move it below one of populations, or remove"
        " populations"
        for line, key in [(5, "states"), (6, "subjects")]
    ]


def test_the_error_about_a_model_with_neither_form_suggests_the_short_one():
    expected = problems("doge: 1\nname: a\nclock: {tick: 1 s}\nstreams: {}")
    assert [it.split("'")[1] for it in expected] == ["subjects", "states", "initial", "transitions"]


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([("probability: 1,", "probability: 101,")], "m:13:60: populations.customer.transitions.come.probability: "),
        ([("initial: closed", "initial: clsed")], "m:26:14: populations.shop.initial: 'clsed' is not a state"),
        ([("count: 3", "count: 0")], "m:23:12: populations.shop.count: 0 is too small"),
        (
            [("count: 3", "cuont: 3")],
            "m:23:5: populations.shop.cuont: there is no such key. Hint: did you mean 'count'",
        ),
        ([("balance -= 10", "balance -= tne")], "m:20:22: populations.customer.transitions.buy.do: 'tne' is unknown"),
        ([("{balance: 1000}", "{balance: index +}")], "m:24:34: populations.shop.attributes.balance: "),
        ([("rate: 2/d", "rate: 2")], "m:28:55: populations.shop.transitions.open.rate: "),
        ([("gone: 1}", "gone: -1}")], "m:29:62: populations.shop.matrix.weights.open.gone: "),
        (
            [("emit: [visits, sales]", "emit: [visits, sale]")],
            "m:21:24: populations.customer.transitions.buy.emit[1]: ",
        ),
        ([("dwell: 8 h", "dwell: 8")], "m:25:38: populations.shop.states.open.dwell: "),
    ],
    ids=lambda it: it if isinstance(it, str) else "",
)
def test_a_problem_is_reported_at_its_location_in_its_population(pairs, expected):
    (first, *_) = problems(changed(*pairs))
    assert first.startswith(expected)


def test_problems_of_all_populations_are_reported_together():
    expected = problems(
        changed(("balance -= 10", "balance -= tne"), ("rate: 2/d", "rate: two/d"), ("at: timestamp", "at: tim"))
    )
    assert [it.split(": ")[1] for it in expected] == [
        "populations.customer.transitions.buy.do",
        "populations.shop.transitions.open.rate",
        "streams.visits.fields.at",
    ]


def test_other_problems_are_reported_together_with_one_of_shape():
    expected = problems(
        changed(("count: 3", "count: many"), ("balance -= 10", "balance -= tne"), ("rate: 2/d", "rate: two/d"))
    )
    assert [it.split(": ")[1] for it in expected] == [
        "populations.customer.transitions.buy.do",
        "populations.shop.count",
        "populations.shop.transitions.open.rate",
    ]


@pytest.mark.parametrize("part", ["transitions", "states", "attributes", "initial", "count", "matrix"])
def test_a_broken_part_of_one_population_causes_no_false_problem_elsewhere(part):
    lines = MARKET.splitlines()
    start = lines.index("  shop:")
    (number,) = (it for it in range(start, len(lines)) if lines[it].startswith(f"    {part}:"))
    text = "\n".join(
        [
            *lines[:number],
            f"    {part}: 1.5",
            *(it for it in lines[number + 1 :] if not it.startswith("      - {trigger: open")),
        ]
    )
    assert {it.split(": ")[1].split(".transitions")[0] for it in problems(text)} <= {
        f"populations.shop.{part}",
        "populations.shop",
    }


def test_problems_of_a_single_population_in_the_long_form_have_its_path():
    assert problems(changed(("x += 1", "x += y"), text=LONG))[0].startswith(
        "m:11:78: populations.user.transitions.go.do: "
    )
    assert problems(changed(("count: 10", "count: 0"), text=LONG))[0].startswith("m:7:12: populations.user.count: ")
    broken = changed(("x += 1", "x += y"), ("count: 10", "count: ten"), text=LONG)
    assert [it.split(": ")[1] for it in problems(broken)] == [
        "populations.user.count",
        "populations.user.transitions.go.do",
    ]


def test_a_field_has_one_type_in_all_populations():
    (line,) = problems(changed(("balance: randrange(0, 100)", "balance: uniform(0, 100)")))
    assert line == (
        "m:33:63: streams.visits.fields.balance: it is a float in population 'customer', and an integer in 'shop'."
        " Hint: give both the same type, for example by int(...), float(...) or str(...)"
    )


def test_a_problem_of_a_field_names_its_population_unless_it_concerns_all():
    (line,) = problems(changed(("attributes: {balance: 1000}", "attributes: {blance: 1000}")))
    assert line.startswith("m:33:63: streams.visits.fields.balance: in population 'shop', 'balance' is unknown.")
    (line,) = problems(changed(("at: timestamp", "at: tmestamp")))
    assert line.startswith("m:33:18: streams.visits.fields.at: 'tmestamp' is unknown")


def test_values_are_overridden_by_path():
    spec = loads(
        MARKET,
        overrides={
            "populations.customer.count": 5,
            "populations.customer.transitions.come.probability": "2 %",
            "populations.shop.attributes.rent": "7",
            "populations.shop.initial": "{closed: 1, open: 2}",
        },
    ).spec
    customer, shop = spec.populations
    assert (customer.count, customer.transitions[0].probability) == (5, 2)
    assert list(shop.attributes) == ["balance", "rent"]
    assert shop.initial == {"closed": 1, "open": 2}


def test_a_wrong_override_names_its_path():
    (line,) = problems(MARKET, overrides={"populations.shop.transitions.opne.rate": "1/d"})
    assert "populations.shop.transitions has no 'opne'. Hint: did you mean 'open'?" in line
    (line,) = problems(MARKET, overrides={"populations.shp.count": "1"})
    assert "populations has no 'shp'. Hint: did you mean 'shop'?" in line
    assert "--set: populations.shop.count: " in problems(MARKET, overrides={"populations.shop.count": "0"})[0]


def test_a_spec_with_several_populations_survives_a_dump():
    spec = loads(MARKET).spec
    written = dump(spec)
    assert "populations:\n  customer:\n    count: 50\n" in written
    assert "\nsubjects" not in written
    assert loads(written).spec == spec
    assert dump(loads(written).spec) == written


def test_a_single_population_is_dumped_in_the_short_form():
    assert "subjects:\n  name: user\n" in dump(loads(LONG).spec)


@pytest.mark.parametrize("text", [MARKET.replace("populations:", "populations: {}\nx:", 1), "doge: 1\npopulations:"])
def test_no_populations_are_an_error(text):
    assert any(": populations: " in it for it in problems(text))


def test_populations_are_named_in_a_mapping():
    (line, *_) = problems(
        changed(("populations:\n  customer:\n", "populations:\n- customer:\n"), ("  shop:", "- shop:"))
    )
    assert ": populations: " in line
    assert "give a name for each" in line


def test_a_clock_needs_a_tick_if_some_population_has_probabilities():
    expected = problems(changed(("tick: 1 min, ticks: 1000", "until: 7 d")))
    assert any(": clock: has no tick, between which" in it for it in expected)


def test_a_population_without_transitions_is_valid():
    text = changed(
        ("  shop:\n", "  stand:\n    count: 2\n    states: [a]\n    initial: a\n    transitions: []\n  shop:\n")
    )
    assert isinstance(loads(text).spec, Spec)
