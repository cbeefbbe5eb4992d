"""Runs of models with several populations: killed anywhere and resumed, they deliver everything."""

from dataclasses import replace
from functools import cache, partial

import pytest

from doge_datagen import Population
from doge_datagen.errors import ModelError
from tests.populations import GUEST, MINUTE, SHOP, USER, market
from tests.run.ledger import Killed
from tests.run.resuming.named_runs import DieAtCall, ledgers, machine, rows, run, uninterrupted

__all__ = ["machine"]  # a fixture for each test here

MARKET = market(USER, SHOP, GUEST)
complete = cache(partial(uninterrupted, MARKET))


@pytest.mark.slow
@pytest.mark.parametrize("at", [1, 3, 10, 40])
def test_a_killed_run_resumes_with_every_record_once(at):
    destinations = ledgers(MARKET)
    with pytest.raises(Killed):
        run(destinations, MARKET, window=5 * MINUTE, engine="interpreted", stop=DieAtCall(at), checkpoint_every=0)
    run(destinations, MARKET, window=77_777, engine="interpreted")
    assert rows(destinations) == complete()


@pytest.mark.parametrize("engines", [("interpreted", "compiled"), ("compiled", "interpreted")])
def test_a_stopped_run_is_resumed_by_the_other_engine_from_its_checkpoint(engines, caplog, machine):
    destinations, left = ledgers(MARKET), iter([False] * 20)
    kwargs = {"window": 5 * MINUTE, "stop": lambda: next(left, True), "checkpoint_every": 0}
    run(destinations, MARKET, engine=engines[0], **kwargs)
    assert 0 < len(rows(destinations)["visits"]) < len(complete()["visits"])
    assert (machine / "name" / "snapshot.npz").exists()
    run(destinations, MARKET, engine=engines[1], workers=2)
    assert rows(destinations) == complete()
    assert not caplog.text  # no unusable checkpoint


def test_a_run_continues_with_a_later_end():
    destinations = ledgers(MARKET)
    run(destinations, MARKET.resized(ticks=100 * MINUTE), engine="interpreted")
    run(destinations, MARKET, engine="interpreted")
    assert rows(destinations) == complete()


@pytest.mark.parametrize(
    ("other", "differs"),
    [
        (market(USER, SHOP), "subjects"),
        (market(SHOP, USER, GUEST), "subjects"),
        (market(USER, replace(SHOP, count=8), GUEST), "subjects"),
        (market(USER, replace(SHOP, initial="open"), GUEST), "initial"),
    ],
    ids=["without one", "in another order", "another number", "another start"],
)
def test_a_run_of_changed_populations_is_a_different_run(other, differs):
    destinations = ledgers(MARKET)
    run(destinations, MARKET.resized(ticks=10 * MINUTE), engine="interpreted")
    with pytest.raises(ModelError, match=f"different {differs}"):
        run(destinations, other.resized(ticks=20 * MINUTE), engine="interpreted")


@pytest.mark.slow
@pytest.mark.parametrize("engines", [("interpreted", "interpreted"), ("compiled", "interpreted")])
def test_a_population_without_events_is_resumed_from_its_checkpoint(engines, caplog, machine):
    still = market(USER, Population("stone", 3, {"weight": "random()"}, states=["there"], initial="there"))
    destinations, left = ledgers(still), iter([False] * 20)
    kwargs = {"window": 5 * MINUTE, "stop": lambda: next(left, True), "checkpoint_every": 0}
    run(destinations, still, engine=engines[0], **kwargs)
    assert (machine / "name" / "snapshot.npz").exists()
    run(destinations, still, engine=engines[1])
    assert rows(destinations) == uninterrupted(still)
    assert not caplog.text  # no unusable checkpoint
