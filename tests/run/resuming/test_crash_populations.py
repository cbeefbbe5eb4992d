"""A run of several populations, one of them spawned, is killed at every step and resumed to the same bytes."""

import os
from functools import partial

import pytest

from doge_datagen import Arrival, Born, Clock, Lines, Model, Population, Spawn, Stream, Transition, run
from doge_datagen.run.delivery import delivery
from tests.crashing import TIMEOUT, crash_at_every_step

HOUR, DAYS = 3_600_000, 2
SELLER = Population("seller", arrive=Arrival("6/d", initially=2, emit="sellers"), states=["open"], initial="open")
BUY = Transition(
    "buy",
    "here",
    rate="4/d",
    lines=Lines("randint(0, 3)", {"price": "randint(1, 20)"}),
    do="total = sum(lines.price)",
    emit={"carts": True, "large": "total > 30"},
    spawn=Spawn("order", {"price": "line.price"}, each="lines"),
)
CUSTOMER = Population("customer", 3, {"total": 0}, states=["here"], initial="here", transitions=[BUY])
ORDER = Population(
    "order",
    attributes={"seller": "pick(seller)", "luck": "random()"},
    born=Born(emit="orders"),
    states={"open": None, "paid": "final"},
    initial="open",
    transitions=[Transition("pay", "open", "paid", after="uniform(2 h, 40 h)", do="luck = random()", emit="orders")],
)
ORDER_FIELDS = {"id": "id", "what": "trigger", "price": "price", "seller": "seller.id", "luck": "luck"}
STREAMS = {
    "sellers": Stream({"id": "id"}),
    "carts": Stream({"id": "id", "total": "total"}),
    "large": Stream({"id": "id", "total": "total"}),
    "orders": Stream(ORDER_FIELDS),
}
MODEL = Model("shop", populations=[SELLER, CUSTOMER, ORDER], streams=STREAMS, clock=Clock(0, 1, DAYS * 24 * HOUR))
OPTIONS = {"seed": 2022, "workers": 1, "window": 24 * HOUR}
WITH_ID = OPTIONS | {"run_id": "nightly", "commit_every": 0, "checkpoint_every": 0}

pytestmark = pytest.mark.timeout(TIMEOUT)


@pytest.fixture
def folder(tmp_path):
    """An empty folder beside the files of an uninterrupted run."""
    MODEL.run({it: str(tmp_path / "whole" / f"{it}.jsonl") for it in STREAMS}, engine="interpreted", **OPTIONS)
    (tmp_path / "killed").mkdir()
    return tmp_path / "killed"


def start_or_resume(folder, engine, number):
    """Start or resume the run: each window is committed to each file, followed by a checkpoint."""
    here = folder / str(number)
    os.environ["DOGE_STATE_DIR"] = str(here / "state")
    destinations = {stream: str(here / f"{stream}.jsonl") for stream in STREAMS}
    return MODEL.run(destinations, engine=engine, **WITH_ID)


def check(folder, engine, number):
    start_or_resume(folder, engine, number)
    for stream in STREAMS:
        parts = sorted((folder / str(number) / f"{stream}.jsonl").glob("*.jsonl"))
        assert b"".join(it.read_bytes() for it in parts) == (folder.parent / "whole" / f"{stream}.jsonl").read_bytes()
    assert not start_or_resume(folder, "interpreted", number).events


def killed(folder, first, second, modules):
    """Kill a run with one engine at each step and complete it with another; returns the locations."""
    return crash_at_every_step(partial(start_or_resume, folder, first), partial(check, folder, second), modules)


@pytest.mark.slow
def test_a_run_of_spawned_subjects_killed_at_any_step_has_every_record_once(folder):
    """Files are enough, as each sink type has a test that kills each step of its commits."""
    places = {it.partition(":")[0] for it in killed(folder, "interpreted", "interpreted", [run])}
    assert {"delivery.py", "checkpoint_store.py"} < places


@pytest.mark.slow
def test_a_compiled_run_of_spawned_subjects_killed_between_commits_is_completed_by_the_other_engine(folder):
    """There is a checkpoint after the first commit; nothing else in the steps of a run depends on the engine."""
    assert len(killed(folder, "compiled", "interpreted", [delivery])) > 1


def test_the_run_that_is_killed_feeds_every_stream_in_every_window(folder, monkeypatch):
    monkeypatch.setenv("DOGE_STATE_DIR", "")  # so that it is restored after the test
    start_or_resume(folder, "interpreted", 0)
    assert (folder / "0" / "state" / "nightly" / "snapshot.npz").exists()
    for stream in STREAMS:
        assert len([*(folder / "0" / f"{stream}.jsonl").glob("*.jsonl")]) == DAYS
