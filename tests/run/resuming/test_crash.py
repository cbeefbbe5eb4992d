"""A run that is killed at any step resumes at each destination and delivers every record once."""

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
OPTIONS = {"seed": 2022, "engine": "interpreted", "window": WINDOW}
WITH_ID = OPTIONS | {"run_id": "nightly", "commit_every": 0, "checkpoint_every": 0}

pytestmark = pytest.mark.timeout(TIMEOUT)


def start_or_resume(folder, number):
    """Start or resume the run: three windows, each committed to both destinations, with a checkpoint after each."""
    here = folder / str(number)
    os.environ["DOGE_STATE_DIR"] = str(here / "state")
    destinations = {
        "file": str(here / "file.jsonl"),
        "table": {"database": f"sqlite:///{here}/bank.db", "table": "spins"},
    }
    return MODEL.run(destinations, **WITH_ID)


def start_or_resume_late(folder, number):
    """As :func:`start_or_resume`, to a file, through a stage with records in flight at the end of each window."""
    here = folder / str(number)
    os.environ["DOGE_STATE_DIR"] = str(here / "state")
    config = RunConfig(**WITH_ID)
    destinations = {"file": Destination.of(str(here / "file.jsonl"))}
    return run_model(MODEL.program, destinations, config, stages=[LateAndTwice("file", DELAY)])


def check_late(folder, number):
    start_or_resume_late(folder, number)
    rows = late_and_twice([(1000 * row[1], *row) for row in uninterrupted()], 1000 * DELAY, 1000)
    assert in_file(folder / str(number)) == [row[1:] for row in rows]
    assert not start_or_resume_late(folder, number).events


def check(folder, number):
    start_or_resume(folder, number)
    assert records(folder / str(number)) == {"file": uninterrupted(), "table": uninterrupted()}
    assert not start_or_resume(folder, number).events


def records(here):
    """The records at each destination."""
    return {"file": in_file(here), "table": in_sqlite(here / "bank.db", 'SELECT "index", tick, luck FROM spins')}


def in_file(here):
    return [tuple(record[name] for name in FIELDS) for record in by_names(here / "file.jsonl", ".jsonl")]


def uninterrupted():
    """The rows of a run without an ID."""
    sink = MemoryBatchSink()
    MODEL.run({"file": sink}, **OPTIONS)
    return [row[1:] for batch in sink.batches for row in rows_of(batch)]


@pytest.mark.slow
def test_a_run_killed_at_any_step_resumes_and_has_every_record_once(tmp_path):
    """The steps of the sinks are covered by their own tests."""
    killed = crash_at_every_step(partial(start_or_resume, tmp_path), partial(check, tmp_path), [run])
    assert {"delivery.py", "checkpoint_store.py"} < {line.partition(":")[0] for line in killed}


@pytest.mark.slow
def test_a_run_killed_at_any_step_with_records_in_flight_resumes_and_has_every_record_once(tmp_path):
    killed = crash_at_every_step(partial(start_or_resume_late, tmp_path), partial(check_late, tmp_path), [run])
    assert {"delivery.py", "checkpoint_store.py"} < {line.partition(":")[0] for line in killed}


def test_the_run_that_is_killed_keeps_checkpoints(tmp_path, monkeypatch):
    monkeypatch.setenv("DOGE_STATE_DIR", "")  # so that it is restored after the test
    assert len(uninterrupted()) > TICKS / WINDOW
    start_or_resume(tmp_path, 0)
    assert (tmp_path / "0" / "state" / "nightly" / "snapshot.npz").exists()
