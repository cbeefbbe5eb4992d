"""A run that is killed between the steps of its sinks goes on at each destination, and has every record once."""

import os
from functools import partial

import pytest

from doge_datagen import Attribute, Clock, Model, Population, Stream, Transition, run
from doge_datagen.model.destination import Destination
from doge_datagen.run.model_run import run_model
from doge_datagen.run.run_config import RunConfig
from doge_datagen.sinks.memory_batches import MemoryBatchSink
from tests.crashing import TIMEOUT, crash_at_every_step
from tests.run.ledger import rows_of
from tests.run.sample_stages import LateAndTwice, late_and_twice
from tests.sinks.batch_databases import in_sqlite
from tests.sinks.files.read_parts import by_names

TICKS, WINDOW, DELAY = 12, 4, 5
FIELDS = ("index", "tick", "luck")
STREAM = Stream({name: name for name in FIELDS})
MODEL = Model(
    "wheel",
    Population("player", 3, {"luck": Attribute("random()")}),
    ["on"],
    "on",
    [Transition("spin", "on", "on", 50, do="luck = random()", emit=["file", "table"])],
    {"file": STREAM, "table": STREAM},
    Clock(0, 1000, TICKS),
)
HOW = {"seed": 2022, "engine": "interpreted", "window": WINDOW}
NAMED = HOW | {"run_id": "nightly", "commit_every": 0, "checkpoint_every": 0}

pytestmark = pytest.mark.timeout(TIMEOUT)


def play(folder, number):
    """The run, from wherever it is: three windows, each committed to both places, and a checkpoint after each."""
    here = folder / str(number)
    os.environ["DOGE_STATE_DIR"] = str(here / "state")
    destinations = {
        "file": str(here / "file.jsonl"),
        "table": {"database": f"sqlite:///{here}/bank.db", "table": "spins"},
    }
    return MODEL.run(destinations, **NAMED)


def play_late(folder, number):
    """As :func:`play`, to a file, through a stage that has records in flight at the end of each window."""
    here = folder / str(number)
    os.environ["DOGE_STATE_DIR"] = str(here / "state")
    how = RunConfig(**NAMED)
    destinations = {"file": Destination.of(str(here / "file.jsonl"))}
    return run_model(MODEL.program, destinations, how, stages=[LateAndTwice("file", DELAY)])


def check_late(folder, number):
    play_late(folder, number)
    rows = late_and_twice([(1000 * row[1], *row) for row in uninterrupted()], 1000 * DELAY, 1000)
    assert in_file(folder / str(number)) == [row[1:] for row in rows]
    assert not play_late(folder, number).events


def check(folder, number):
    play(folder, number)
    assert records(folder / str(number)) == {"file": uninterrupted(), "table": uninterrupted()}
    assert not play(folder, number).events


def records(here):
    """What the places have."""
    return {"file": in_file(here), "table": in_sqlite(here / "bank.db", 'SELECT "index", tick, luck FROM spins')}


def in_file(here):
    return [tuple(record[name] for name in FIELDS) for record in by_names(here / "file.jsonl", ".jsonl")]


def uninterrupted():
    """The rows of a run without a name."""
    sink = MemoryBatchSink()
    MODEL.run({"file": sink}, **HOW)
    return [row[1:] for batch in sink.batches for row in rows_of(batch)]


@pytest.mark.slow
def test_a_run_killed_at_any_step_resumes_and_has_every_record_once(tmp_path):
    """The steps of the sinks are hit one by one in tests of theirs."""
    killed = crash_at_every_step(partial(play, tmp_path), partial(check, tmp_path), [run])
    assert {"delivery.py", "checkpoint_store.py"} < {place.partition(":")[0] for place in killed}


@pytest.mark.slow
def test_a_run_killed_at_any_step_with_records_in_flight_resumes_and_has_every_record_once(tmp_path):
    killed = crash_at_every_step(partial(play_late, tmp_path), partial(check_late, tmp_path), [run])
    assert {"delivery.py", "checkpoint_store.py"} < {place.partition(":")[0] for place in killed}


def test_the_run_that_is_killed_keeps_checkpoints(tmp_path, monkeypatch):
    monkeypatch.setenv("DOGE_STATE_DIR", "")  # forgets afterwards what is played with
    assert len(uninterrupted()) > TICKS / WINDOW
    play(tmp_path, 0)
    assert (tmp_path / "0" / "state" / "nightly" / "snapshot.npz").exists()
