"""One model with everything an action can contain: both engines give the same results."""

import pytest

from doge_datagen.errors import CalculationError
from doge_datagen.model import Clock
from doge_datagen.model_api import Model
from doge_datagen.numeric.faults import MESSAGES, OVERFLOW
from tests.language.translating import spec_of

DO = """
fee = 0
x = 'gold' if index == 1 else tier
tier = x
if balance == 0:
    rate = 0
elif balance > 50:
    born = timestamp + balance
    fee = -9223372036854775808
elif balance < -1000:
    return False
else:
    fee = 2
if balance != 0:
    y = True
else:
    y = 1 < random() < 3
active = y and 0.1 < random() < 0.9 or tick in (1, 2)
balance = choices([1, 2, 3, 4, 5, 6, 7, 8, 9, 60])[0] if active else min(index, 7) + fee // 2 ** 62
require(balance < 100)
rate += uniform(0, 1) ** 2 / 3 % 1
balance += tick // 3 * 9223372036854775807
wait = wait * rate + exponential(mean=90 min) - lognormal(median=20 s, p95=2 min, max=1 h)
wait += min(timestamp - born, 1.5 h) // 7 + normal(mean=0 s, sd=3 s)
due = never if active else timestamp + wait
due = add_months(due, index - 5) if index < 10 else next('02:30', weekdays='mon-fri', after=floor_to(due, 15 min))
rate += hour(due) + weekday(due, zone='America/New_York') / 7
rate += gamma(mean=2, shape=0.4) + beta(0.5, 3) + weibull(scale=1 h, shape=0.7) / 1 h
balance += poisson(50) // 40 + zipf(1.1, 3) // 3
return random() < 0.95 or balance == 60
"""
FIELDS = {
    "user": "index",
    "balance": "balance",
    "text": "f'{tier}{email}'",
    "rate": "rate",
    "on": "active",
    "at": "born",
    "wait": "wait + pareto(scale=1 s, shape=2, max=1 min)",
    "due": "due",
}
ENGINES = ["compiled", "interpreted"]


def model(ticks):
    return Model.of(
        spec_of(
            do=DO,
            fields=FIELDS,
            attributes={"wait": "30 min", "due": "never"},
            count=20,
            clock=Clock(1_000_000, 1000, ticks),
            zone="Europe/Warsaw",
        )
    )


@pytest.mark.slow
def test_both_engines_give_the_same_records():
    one, other = (model(ticks=3).table("out", seed=1, engine=engine) for engine in ENGINES)
    assert one.equals(other)
    assert one.num_rows == 55  # of 60; the others are rejected


@pytest.mark.parametrize("engine", ENGINES)
def test_both_engines_report_the_same_fault(engine):
    with pytest.raises(CalculationError) as caught:
        model(ticks=5).table("out", seed=1, engine=engine)
    assert str(caught.value).startswith(f"transitions.act: {MESSAGES[OVERFLOW]} (subject ")
    assert caught.value.timestamp == 1_003_000


NAMED = {
    "gauss(0, balance - 101)": "the sigma of gauss, normalvariate or lognormvariate is negative",
    "triangular(0, 1, balance)": "the mode of triangular is not between low and high",
    "weibullvariate(balance, balance - 100)": "the alpha or beta of weibullvariate is not above 0",
    "paretovariate(balance - 100)": "the alpha of paretovariate is not above 0",
    "2 ** (balance - 101)": "an integer to a negative power is not an integer",
    "sqrt(balance - 101)": "a negative number has no square root",
    "log(balance - 100)": "zero and negative numbers have no logarithm",
    "sin(balance * 1e9)": "sin, cos and tan take angles",
    "(balance - 101) ** 0.5": "a negative number to a fractional power has no value",
}


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_a_fault_names_its_function_and_only_its_own_rule(engine):
    """The start selects the expression, so that all share one compiled model."""
    do = "".join(f"if int(timestamp) == {number}:\n    rate = float({it})\n" for number, it in enumerate(NAMED))
    for number, message in enumerate(NAMED.values()):
        broken = Model.of(spec_of(do=do, count=1, clock=Clock(number, 1000, 1)))
        with pytest.raises(CalculationError) as caught:
            broken.table("out", seed=1, engine=engine)
        assert f": {message}" in str(caught.value)
