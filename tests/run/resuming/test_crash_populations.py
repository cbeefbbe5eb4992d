"""A run of several populations, one of which is spawned, is killed at every step and resumed to the same bytes."""

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
OF_ORDERS = {"id": "id", "what": "trigger", "price": "price", "seller": "seller.id", "luck": "luck"}
STREAMS = {
    "sellers": Stream({"id": "id"}),
    "carts": Stream({"id": "id", "total": "total"}),
    "large": Stream({"id": "id", "total": "total"}),
    "orders": Stream(OF_ORDERS),
}
MODEL = Model("shop", populations=[SELLER, CUSTOMER, ORDER], streams=STREAMS, clock=Clock(0, 1, DAYS * 24 * HOUR))
HOW = {"seed": 2022, "workers": 1, "window": 24 * HOUR}
NAMED = HOW | {"run_id": "nightly", "commit_every": 0, "checkpoint_every": 0}

pytestmark = pytest.mark.timeout(TIMEOUT)


@pytest.fixture
def folder(tmp_path):
    """An empty folder beside the files of a run that nobody has killed."""
    MODEL.run({it: str(tmp_path / "whole" / f"{it}.jsonl") for it in STREAMS}, engine="interpreted", **HOW)
    (tmp_path / "killed").mkdir()
    return tmp_path / "killed"


def play(folder, engine, number):
    """The run, from wherever it is: each window is committed to each file, with a checkpoint behind it."""
    here = folder / str(number)
    os.environ["DOGE_STATE_DIR"] = str(here / "state")
    destinations = {stream: str(here / f"{stream}.jsonl") for stream in STREAMS}
    return MODEL.run(destinations, engine=engine, **NAMED)


def check(folder, engine, number):
    play(folder, engine, number)
    for stream in STREAMS:
        parts = sorted((folder / str(number) / f"{stream}.jsonl").glob("*.jsonl"))
        assert b"".join(it.read_bytes() for it in parts) == (folder.parent / "whole" / f"{stream}.jsonl").read_bytes()
    assert not play(folder, "interpreted", number).events


def killed(folder, first, second, modules):
    """Where a run of one engine was killed, of which another makes the rest."""
    return crash_at_every_step(partial(play, folder, first), partial(check, folder, second), modules)


@pytest.mark.slow
def test_a_run_of_spawned_subjects_killed_at_any_step_has_every_record_once(folder):
    """Files are enough: what each type of sink does in a commit is hit step by step in tests of theirs."""
    places = {it.partition(":")[0] for it in killed(folder, "interpreted", "interpreted", [run])}
    assert {"delivery.py", "checkpoint_store.py"} < places


@pytest.mark.slow
def test_a_compiled_run_of_spawned_subjects_killed_between_commits_is_completed_by_the_other_engine(folder):
    """Behind the first commit, there is a checkpoint. All else at the steps of a run does not depend on the engine."""
    assert len(killed(folder, "compiled", "interpreted", [delivery])) > 1


def test_the_run_that_is_killed_feeds_every_stream_in_every_window(folder, monkeypatch):
    monkeypatch.setenv("DOGE_STATE_DIR", "")  # forgets afterwards what is played with
    play(folder, "interpreted", 0)
    assert (folder / "0" / "state" / "nightly" / "snapshot.npz").exists()
    for stream in STREAMS:
        assert len([*(folder / "0" / f"{stream}.jsonl").glob("*.jsonl")]) == DAYS
