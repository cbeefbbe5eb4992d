"""``doge run`` to all destinations that is killed, terminated or interrupted twice, or whose reader exits."""

import json
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from tests.faults.runs import ALL, BEFORE, NAME, TICKER
from tests.faults.test_kafka import first_long
from tests.sinks.batch_databases import in_duckdb, in_postgres, in_sqlite
from tests.sinks.committed import read_committed

STREAMS = ("lines", "sqlite", "duckdb", "postgres", "json", "avro", "screen")
LAST = STREAMS[-1]

PROGRAM = """
import os, signal, sys
from doge_datagen.run.delivery.delivery import Delivery
from doge_datagen.run.run_config import RunConfig
signal.signal(signal.SIGINT, signal.default_int_handler)
write, number, times, stream, seen = Delivery.write, int(sys.argv.pop(1)), int(sys.argv.pop(1)), sys.argv.pop(1), []

def write_after_signal(self, name, batch):
    if name == stream:
        seen.append(batch)
        for _ in range(times if len(seen) == 3 else 0):
            os.kill(os.getpid(), number)
    write(self, name, batch)

check = RunConfig.__post_init__
Delivery.write = write_after_signal
RunConfig.__post_init__ = lambda self: (object.__setattr__(self, "window", 10), check(self))
from doge_datagen.cli import main
main()
"""
"""The command with windows of ten ticks, which sends itself a signal before it delivers the third batch of a stream."""

WITHOUT, WITH = pytest.param((), id="without a run id"), pytest.param(("--run-id", NAME), id="with a run id")
NAMED = pytest.mark.parametrize("named", [WITHOUT, WITH])


class AllDestinations:
    """A run of the numbers to all destinations, and their contents."""

    def __init__(self, folder, kafka, registry, database, topic):
        self.folder, self.kafka, self.database, self.topic = folder, kafka, database, topic
        self.model = folder / "everywhere.yaml"
        head, _, stream = TICKER.read_text().partition("streams:\n  counts: ")
        head = head.replace("emit: counts", f"emit: [{', '.join(STREAMS)}]")
        broker = {"kafka": kafka, "conf": {"transaction.timeout.ms": 10_000}}
        targets = {
            "lines": f"{folder}/lines.jsonl",
            "sqlite": f"sqlite:///{folder}/bank.sqlite",
            "duckdb": f"duckdb:///{folder}/bank.duckdb",
            "postgres": {"database": database, "table": f"{topic}.postgres"},
            "json": {**broker, "topic": f"{topic}-json"},
            "avro": {**broker, "topic": f"{topic}-avro", "format": "avro", "schema_registry": registry},
            "screen": "console",
        }
        streams = "".join(f"  {name}: {stream}" for name in STREAMS)
        self.model.write_text(f"{head}streams:\n{streams}targets: {json.dumps({'all': targets})}\n")
        in_postgres(database, f"CREATE SCHEMA {topic}")

    def run(self, *options, number=0, times=0, stream=LAST):
        """Run the command; returns the completed process."""
        options = (*options, "--commit-every", "1 ms") if options else ()
        command = [sys.executable, "-c", PROGRAM, str(int(number)), str(times), stream, "run", self.model]
        return subprocess.run(
            [*command, "--seed", "7", *options], capture_output=True, text=True, timeout=100, check=False
        )

    @property
    def run_id(self):
        return f"run-{self.topic}"

    def tables(self):
        """The numbers in each database."""
        queries = {
            "sqlite": partial(in_sqlite, self.folder / "bank.sqlite"),
            "duckdb": partial(in_duckdb, self.folder / "bank.duckdb"),
            "postgres": partial(in_postgres, self.database),
        }
        name = {"postgres": f"{self.topic}.postgres"}
        return {
            stream: [number for (number,) in query(f"SELECT number FROM {name.get(stream, stream)} ORDER BY number")]
            for stream, query in queries.items()
        }

    def topics(self):
        """The committed numbers in each topic."""
        lines = [json.loads(it.value)["number"] for it in read_committed(self.kafka, f"{self.topic}-json")]
        return {
            "json": lines,
            "avro": [first_long(it.value[5:]) for it in read_committed(self.kafka, f"{self.topic}-avro")],
        }

    def files(self):
        """The numbers in completed files."""
        path = self.folder / "lines.jsonl"
        files = sorted(path.glob("part-*")) if path.is_dir() else [path] if path.exists() else []
        return {"lines": [json.loads(line)["number"] for it in files for line in it.read_text().splitlines()]}

    def everything(self):
        return self.files() | self.tables() | self.topics()


@pytest.fixture
def destinations(tmp_path, kafka, schema_registry, database, topic):
    return AllDestinations(tmp_path, kafka, schema_registry, database, f"all_{topic[-12:]}")


def printed(finished):
    """The numbers that a process printed."""
    return [json.loads(line.partition(" ")[2])["number"] for line in finished.stdout.splitlines()]


DESTINATIONS = [stream for stream in STREAMS if stream != LAST]
ENDED_AT_ONCE = {"killed": (signal.SIGKILL, 1, -signal.SIGKILL), "a second Ctrl-C": (signal.SIGINT, 2, 1)}


@pytest.mark.slow
@pytest.mark.parametrize("ending", ENDED_AT_ONCE)
def test_a_run_without_an_id_that_ends_at_once_leaves_whole_batches_and_no_file(destinations, ending):
    number, times, code = ENDED_AT_ONCE[ending]
    finished = destinations.run(number=number, times=times)
    assert finished.returncode == code, finished.stderr
    assert destinations.files() == {"lines": []}
    assert (destinations.folder / "lines.jsonl.part").exists()
    tables = destinations.tables()
    in_duckdb_table = tables.pop("duckdb")  # written by a thread, which may be some batches behind
    assert tables == dict.fromkeys(("sqlite", "postgres"), ALL[:30])
    assert in_duckdb_table in (ALL[:0], ALL[:10], ALL[:20], ALL[:30])
    assert all(it == ALL[: len(it)] for it in destinations.topics().values())
    assert printed(finished) == BEFORE
    if times == 2:
        assert (
            "error: stopped at once; some records that the destinations had accepted may be missing" in finished.stderr
        )


@pytest.mark.slow
@pytest.mark.parametrize("ending", ENDED_AT_ONCE)
def test_a_run_with_an_id_that_ends_at_once_resumes_with_every_record_once(destinations, ending):
    number, times, code = ENDED_AT_ONCE[ending]
    finished = destinations.run("--run-id", destinations.run_id, number=number, times=times)
    assert finished.returncode == code, finished.stderr
    assert destinations.everything() == dict.fromkeys(DESTINATIONS, BEFORE)
    assert "screen go to destinations without a position: records are delivered at least once" in finished.stderr
    if times == 2:
        assert "records that were not committed will be generated again, so none will be missing" in finished.stderr
    resumed = destinations.run("--run-id", destinations.run_id)
    assert resumed.returncode == 0, resumed.stderr
    assert destinations.everything() == dict.fromkeys(DESTINATIONS, ALL)
    assert printed(finished) + printed(resumed) == ALL


@pytest.mark.slow
def test_an_interrupted_run_delivers_its_current_window(destinations):
    finished = destinations.run(number=signal.SIGINT, times=1)
    assert finished.returncode == 0, finished.stderr
    assert destinations.everything() == dict.fromkeys(DESTINATIONS, ALL[:30])
    assert printed(finished) == ALL[:30]
    assert "stopped after 30 ticks; everything counted was delivered" in finished.stderr


@pytest.mark.slow
def test_a_terminated_run_with_an_id_commits_its_current_window_and_can_be_resumed(destinations):
    finished = destinations.run("--run-id", destinations.run_id, number=signal.SIGTERM, times=1)
    assert finished.returncode == 0, finished.stderr
    assert destinations.everything() == dict.fromkeys(DESTINATIONS, ALL[:30])
    resumed = destinations.run("--run-id", destinations.run_id)
    assert resumed.returncode == 0, resumed.stderr
    assert destinations.everything() == dict.fromkeys(DESTINATIONS, ALL)
    assert printed(finished) + printed(resumed) == ALL


def run_to_stdout(named, stdout):
    """Run with standard output going to the given file."""
    command = [sys.executable, "-c", PROGRAM, "0", "0", LAST, "run", TICKER, "--seed", "7", *named]
    return subprocess.run(command, stdout=stdout, stderr=subprocess.PIPE, text=True, timeout=240, check=False)


@pytest.mark.slow
@NAMED
def test_a_reader_that_exits_ends_the_run_like_ctrl_c(named):
    reading, writing = os.pipe()
    os.close(reading)
    finished = run_to_stdout(named, writing)
    os.close(writing)
    assert finished.returncode == 0
    assert "the reader of standard output has exited; everything else counted was delivered\n" in finished.stderr
    assert "error" not in finished.stderr
    assert "Traceback" not in finished.stderr


@pytest.mark.slow
@NAMED
def test_a_full_disk_at_standard_output_is_reported(named):
    with Path("/dev/full").open("w") as full:
        finished = run_to_stdout(named, full)
    assert finished.returncode == 1
    assert (
        "error: standard output: 10 of 10 records did not arrive (0 did): 10 x [Errno 28] No space left"
        in finished.stderr
    )
    assert "Traceback" not in finished.stderr
