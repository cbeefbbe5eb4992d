"""Distributions with readable parameters: calls, types, clipping and errors."""

import pytest

from doge_datagen.language.types import DURATION, FLOAT, INTEGER
from tests.language.translating import act, errors_of, errors_of_action, errors_of_field, scalar, spec_of, value_of

KINDS = {
    "exponential(mean=5 min)": DURATION,
    "exponential(5)": FLOAT,
    "lognormal(median=20 s, sigma=1.2)": DURATION,
    "lognormal(20, 1.2)": FLOAT,
    "lognormal(median=20 s, p95=2 min)": DURATION,
    "weibull(scale=1 d, shape=0.7)": DURATION,
    "gamma(mean=1 h, shape=2)": DURATION,
    "gamma(scale=3, shape=0.5)": FLOAT,
    "beta(2, 3)": FLOAT,
    "pareto(scale=1 s, shape=1.5)": DURATION,
    "normal(mean=0 s, sd=1 s)": DURATION,
    "normal(170, 10)": FLOAT,
    "poisson(3.5)": INTEGER,
    "zipf(1.1, 1000)": INTEGER,
    "empirical([1 s, 5 s], [1, 2])": DURATION,
    "empirical([1, 2, 3])": INTEGER,
    "exponential(mean=duration('8 h'))": DURATION,
    "beta(2, 3) * 8 h": DURATION,
}


@pytest.mark.parametrize(("text", "kind"), KINDS.items(), ids=KINDS)
def test_a_draw_is_a_duration_if_its_scale_is(text, kind):
    assert scalar(text)[0].kind == kind
    value, fault = value_of(text)
    assert fault == 0
    assert isinstance(value, float if kind == FLOAT else int)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("normal(mean=0, sd=10, min=-1, max=2)", -1.0, 2.0),
        ("normal(mean=1 h, sd=1 h, min=30 min, max=90 min)", 1_800_000, 5_400_000),
        ("pareto(scale=1 s, shape=0.2, min=2 s, max=3 s)", 2000, 3000),
        ("poisson(mean=10, min=9, max=11)", 9, 11),
        ("zipf(exponent=0, n=10, min=4, max=6)", 4, 6),
        ("beta(1, 1, min=0.4, max=0.6)", 0.4, 0.6),
        ("empirical([1, 2, 3, 4], min=2, max=3)", 2, 3),
    ],
)
def test_min_and_max_clip(text, low, high):
    draws = [value_of(text, index=index) for index in range(60)]
    assert {fault for _, fault in draws} == {0}
    assert (min(draws)[0], max(draws)[0]) == (low, high)


def test_parameters_may_be_expressions_of_attributes():
    happens, written, fault = act("balance = poisson(mean=balance * rate)\nrate = exponential(mean=rate)", rate=2.0)
    assert (happens, fault) == (True, 0)
    assert written["balance"] > 100


def test_a_duration_may_be_scaled_by_an_attribute():
    text = "rate = exponential(mean=90 s * rate, max=1 h) / 1 s"
    assert act(text, rate=2.0)[1]["rate"] == pytest.approx(2 * act(text, rate=1.0)[1]["rate"], abs=0.002)


def test_a_parameter_that_is_invalid_at_run_time_is_a_fault():
    assert act("rate = lognormal(median=1, sigma=rate)", rate=-1.0)[2] != 0


REFUSED = {
    "lognormal(median=1, sigma=-1)": "column 27): the sigma of lognormal is -1. Hint: give 0 or more",
    "exponential(mean=-5 min)": "column 18): the mean of exponential is -5 min. Hint: give one above 0",
    "lognormal(sigma=1)": "column 1): lognormal requires median and sigma, or median and p95; "
    "it also takes min and max",
    "gamma(1, 2, 3)": "column 1): gamma takes mean, shape. Hint: give min and max by name",
    "exponential(5 min, max=3)": "column 24): 3 is an integer and cannot become a duration. "
    "Hint: write a unit, such as 5 min, or multiply by one, such as ... * 1 min",
    "poisson(mean=3 s)": "column 14): 3 s is a duration, but a number is required. "
    "Hint: divide it by a unit, such as ... / 1 h, or write int(...) for its milliseconds",
    "empirical(['a', 'b'])": "column 1): empirical(['a', 'b']) draws strings. "
    "Hint: write choices([...], weights=[...])",
    "normal(0, 1, min=3, max=2)": "column 1): the min of normal(0, 1, min=3, max=2) is above its max. "
    "Hint: exchange them",
    "exponental(3)": "column 1): 'exponental' is not a function. Hint: did you mean 'exponential'?",
    "exponential(means=3)": "column 1): exponential has no parameter 'means'. Hint: did you mean 'mean'?",
}


@pytest.mark.parametrize(("text", "problem"), REFUSED.items(), ids=REFUSED)
def test_an_invalid_call_is_refused_with_location_value_and_hint(text, problem):
    assert errors_of_field(text) == [f"(line 1, {problem}"]


def test_a_uniform_draw_between_durations_is_a_duration():
    assert scalar("uniform(5 min, 20 min)")[0].kind == DURATION
    draws = [value_of("uniform(b=20 min, a=5 min)", index=index)[0] for index in range(100)]
    assert all(isinstance(it, int) and 300_000 <= it <= 1_200_000 for it in draws)
    assert draws == [value_of("uniform(5 min, 20 min)", index=index)[0] for index in range(100)]
    assert "cannot become a duration" in errors_of_field("uniform(5 min, 20)")[0]


def test_a_draw_is_not_allowed_in_a_key():
    (line,) = errors_of(key="poisson(3)")
    assert "poisson(3) is a draw, which is not allowed here" in line


@pytest.mark.parametrize("name", ["gamma", "beta", "normal", "empirical", "zipf"])
def test_an_attribute_hides_a_new_function(name):
    assert errors_of(do=f"{name} += 1", attributes={name: 5}, fields={name: name}) == []
    (line,) = errors_of(do=f"rate = {name}(1, 2)", attributes={name: 5})
    assert line.endswith(f"'{name}' is an attribute or a local name here. Hint: rename it to call the function {name}")


def test_a_local_name_hides_a_new_function():
    assert act("beta = 3\nbalance = beta")[1] == {"balance": 3}
    (line,) = errors_of_action("beta = 3\nrate = beta * beta(1, 2)")
    assert "'beta' is an attribute or a local name here" in line


def spending(subject, draw):
    beta = draw.exponential(mean=draw.duration("8 h"))
    subject.rate = draw.normal(mean=1, sd=0.1, min=0) + beta / draw.duration("1 h")


def test_a_python_function_draws_from_them():
    assert errors_of(do=spending) == []
    assert spec_of(do=spending).population.transitions[0].do is spending
