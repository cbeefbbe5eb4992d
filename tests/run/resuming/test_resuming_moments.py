"""Runs of models with transitions at moments: killed anywhere and resumed, they deliver everything."""

import pytest

from doge_datagen import Clock, Model, Population, Stream, Transition
from doge_datagen.model import Spec
from tests.engine.test_moments import everything
from tests.run.ledger import Killed
from tests.run.resuming.named_runs import DieAtCall, ledgers, machine, rows, run, uninterrupted

__all__ = ["machine"]  # a fixture for each test here

SHORTER = everything(hours=24, count=12)


@pytest.fixture(scope="module")
def expected():
    return uninterrupted(SHORTER)


@pytest.mark.parametrize("at", [1, 3, 10, 40])
def test_a_killed_run_resumes_with_every_record_once(expected, at):
    destinations = ledgers(SHORTER)
    with pytest.raises(Killed):
        run(destinations, SHORTER, window=600_000, engine="interpreted", stop=DieAtCall(at))
    run(destinations, SHORTER, window=3_600_000, engine="interpreted")
    assert rows(destinations) == expected


@pytest.mark.slow
def test_a_stopped_run_is_resumed_by_the_other_engine(expected):
    destinations = ledgers(SHORTER)
    left = iter([False] * 20)
    run(destinations, SHORTER, window=600_000, engine="interpreted", stop=lambda: next(left, True))
    assert 0 < len(rows(destinations)["e"]) < len(expected["e"])
    run(destinations, SHORTER, engine="compiled")
    assert rows(destinations) == expected


def test_a_run_with_probabilities_that_depend_on_attributes_resumes():
    work = Transition("work", "on", "off", "30 - min(n, 25)", do="n += randrange(0, 3)", emit="e")
    rest = Transition("rest", "off", "on", "5 + n * 0.5", emit="e")
    people = Population("user", 12, {"n": 0}, states=["on", "off"], initial="on", transitions=[work, rest])
    model = Model.of(Spec("m", [people], {"e": Stream({"time": "timestamp", "n": "n"})}, Clock(0, 60_000, 600)))
    destinations = ledgers(model)
    with pytest.raises(Killed):
        run(destinations, model, window=600_000, engine="interpreted", stop=DieAtCall(7))
    run(destinations, model, window=3_600_000, engine="interpreted")
    assert rows(destinations) == uninterrupted(model)
