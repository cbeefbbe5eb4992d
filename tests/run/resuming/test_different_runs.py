"""A run ID belongs to one run: others are refused, and two at a time exclude each other."""

import json
import sqlite3
from dataclasses import replace

import duckdb
import pytest

from doge_datagen.errors import ModelError, SinkError, UnknownTargetError
from tests.run.resuming.named_runs import (
    SEED,
    bank,
    each_way,
    heal,
    ledgers,
    long_run,
    machine,
    rows,
    run,
)

__all__ = ["each_way", "machine"]  # fixtures, the second one for each test here


def test_streams_with_swapped_folders_are_refused(tmp_path):
    run({"trx": str(tmp_path / "a.csv"), "loan": str(tmp_path / "b.csv")}, bank().resized(ticks=300))
    before = sorted(it.name for it in tmp_path.glob("*.csv/*"))
    with pytest.raises(
        UnknownTargetError, match=r"has the records of the stream 'loan', not 'trx'. Hint: name the path"
    ):
        run({"trx": str(tmp_path / "b.csv"), "loan": str(tmp_path / "a.csv")})
    with pytest.raises(
        UnknownTargetError, match=r"has the records of the stream 'trx', not 'loan'. Hint: name the path"
    ):
        run({"loan": str(tmp_path / "a.csv")})
    assert sorted(it.name for it in tmp_path.glob("*.csv/*")) == before


def rarer(model):
    """The transitions of a model, the last with a smaller probability."""
    return [*model.transitions[:-1], replace(model.transitions[-1], probability=1)]


DIFFERENCES = {
    "seed 2022, not 7": {"seed": 7},
    "start 2022-02-11T03:21:48Z, not 1970-01-01T00:00:00Z": {"start": 0},
    "model 'bank', not 'other'": {"model": lambda: replace(bank(), name="other")},
    "different subjects from the model's": {"model": lambda: bank().resized(subjects=11)},
    "different transitions from the model's": {"model": lambda: replace(bank(), transitions=rarer(bank()))},
}


@pytest.mark.parametrize("message", DIFFERENCES)
def test_a_different_run_is_refused_with_the_difference(message):
    destinations = ledgers()
    run(destinations, bank().resized(ticks=50))
    before = {stream: list(it.rows) for stream, it in destinations.items()}
    given = DIFFERENCES[message]
    with pytest.raises(ModelError) as caught:
        run(
            destinations,
            given["model"]() if "model" in given else None,
            **{k: v for k, v in given.items() if k != "model"},
        )
    assert str(caught.value).startswith("run_id: 'name' is, at the destination of stream ")
    assert message in str(caught.value)
    assert rows(destinations) == before


def test_a_different_run_does_not_disturb_a_running_one(monkeypatch, tmp_path):
    destinations = ledgers()

    def elsewhere():
        if any(it.position for it in destinations.values()):
            heal(destinations["clickstream"])
            with monkeypatch.context() as machine:
                machine.setenv("DOGE_STATE_DIR", str(tmp_path))
                with pytest.raises(ModelError, match="different transitions from the model's"):
                    run(destinations, replace(bank(), transitions=rarer(bank())))

    destinations["clickstream"].before = elsewhere
    run(destinations, window=100)
    assert rows(destinations) == long_run()


@pytest.mark.parametrize("driver", ["sqlite", "duckdb"])
def test_a_database_is_not_claimed_for_a_different_run(tmp_path, driver):
    destinations = {"trx": f"{driver}:///{tmp_path}/bank.db"}
    run(destinations, bank().resized(ticks=50))
    with pytest.raises(ModelError, match="seed 2022, not 7"):
        run(destinations, seed=7)
    connection = (sqlite3 if driver == "sqlite" else duckdb).connect(str(tmp_path / "bank.db"))
    assert connection.execute("SELECT epoch FROM doge_position").fetchall() == [(1,)]
    connection.close()


def test_a_position_identifies_its_run():
    destinations = ledgers()
    run(destinations)
    said = json.loads(destinations["trx"].position.of)
    assert (said["model"], said["seed"], said["start"], said["tick"]) == ("bank", SEED, bank().clock.start, 60_000)


@pytest.mark.parametrize("name", ["", "a/b", "..", "-x", "a b", "x" * 101, "ü", 7])
def test_an_id_that_cannot_be_a_folder_name_is_refused(name):
    with pytest.raises(ModelError, match=r"run_id: .* is not a valid run ID. Hint: use up to 100 letters"):
        run(ledgers(), run_id=name)


def test_one_machine_allows_one_run_per_id_at_a_time():
    destinations, inner = ledgers(), []

    def again():
        with pytest.raises(SinkError) as caught:
            run(ledgers(), bank().resized(ticks=1))
        inner.append(str(caught.value))

    destinations["trx"].before = again
    run(destinations, bank().resized(ticks=1))
    assert inner == [
        "run name: another process on this machine is running it. Hint: wait until it ends, or use another run ID"
    ]


@pytest.mark.usefixtures("each_way")
def test_of_two_runs_on_two_machines_the_later_one_continues(monkeypatch, tmp_path):
    destinations = ledgers()

    def elsewhere():
        heal(destinations["clickstream"])
        with monkeypatch.context() as machine:
            machine.setenv("DOGE_STATE_DIR", str(tmp_path))
            run(destinations)

    destinations["clickstream"].before = elsewhere
    with pytest.raises(SinkError, match="another process has taken over"):
        run(destinations, window=100)
    assert rows(destinations) == long_run()
