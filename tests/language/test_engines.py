"""One model of everything an action can say: both engines make the same of it."""

import pytest

from doge_datagen.engine.faults import MESSAGES, OVERFLOW
from doge_datagen.errors import CalculationError
from doge_datagen.model import Clock
from doge_datagen.simulation import Model
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
"""
FIELDS = {
    "user": "index",
    "balance": "balance",
    "text": "f'{tier}{email}'",
    "rate": "rate",
    "on": "active",
    "at": "born",
}
ENGINES = ["compiled", "interpreted"]


def model(ticks):
    return Model.of(spec_of(do=DO, fields=FIELDS, count=20, clock=Clock(1_000_000, 1000, ticks)))


def test_both_engines_make_the_same_records():
    one, other = (model(ticks=3).table("out", seed=1, engine=engine) for engine in ENGINES)
    assert one.equals(other)
    assert one.num_rows == 60


@pytest.mark.parametrize("engine", ENGINES)
def test_both_engines_tell_the_same_fault(engine):
    with pytest.raises(CalculationError) as caught:
        model(ticks=5).table("out", seed=1, engine=engine)
    assert str(caught.value).startswith(f"transitions.act: {MESSAGES[OVERFLOW]} (subject ")
    assert caught.value.timestamp == 1_003_000
