"""Runs of models with arrivals: killed anywhere and resumed, they deliver everything."""

from functools import cache, partial

import pytest

from tests.engine.arriving.arriving_models import arriving
from tests.rhythms import DAY, HOUR
from tests.run.ledger import Killed
from tests.run.resuming.named_runs import DieAtCall, ledgers, machine, rows, run, uninterrupted

__all__ = ["machine"]  # a fixture for each test here

SHOP = arriving(2)
complete = cache(partial(uninterrupted, SHOP))


@pytest.mark.parametrize("at", [1, 3, 10, 40])
def test_a_killed_run_resumes_with_every_record_once(at):
    destinations = ledgers(SHOP)
    with pytest.raises(Killed):
        run(destinations, SHOP, window=HOUR, engine="interpreted", stop=DieAtCall(at), checkpoint_every=0)
    run(destinations, SHOP, window=5 * HOUR, engine="interpreted")
    assert rows(destinations) == complete()


@pytest.mark.parametrize("engines", [("interpreted", "compiled"), ("compiled", "interpreted")])
def test_a_stopped_run_is_resumed_by_the_other_engine_from_its_checkpoint(engines, caplog, machine):
    destinations, left = ledgers(SHOP), iter([False] * 20)
    run(destinations, SHOP, window=HOUR, engine=engines[0], stop=lambda: next(left, True), checkpoint_every=0)
    assert 0 < len(rows(destinations)["orders"]) < len(complete()["orders"])
    assert (machine / "name" / "snapshot.npz").exists()
    run(destinations, SHOP, engine=engines[1])
    assert rows(destinations) == complete()
    assert not caplog.text  # no unusable checkpoint


def test_a_run_continues_with_a_later_end():
    destinations = ledgers(SHOP)
    run(destinations, SHOP.resized(ticks=DAY), engine="interpreted")
    run(destinations, SHOP, engine="interpreted")
    assert rows(destinations) == complete()
