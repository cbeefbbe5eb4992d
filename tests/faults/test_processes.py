"""``doge run`` to all destinations: killed, asked to end, interrupted twice; and a screen nobody reads."""

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

def struck(self, name, batch):
    if name == stream:
        seen.append(batch)
        for _ in range(times if len(seen) == 3 else 0):
            os.kill(os.getpid(), number)
    write(self, name, batch)

check = RunConfig.__post_init__
Delivery.write = struck
RunConfig.__post_init__ = lambda self: (object.__setattr__(self, "window", 10), check(self))
from doge_datagen.cli import main
main()
"""
"""The command with windows of ten ticks, struck by a signal as the third batch of a stream is delivered."""

WITHOUT, WITH = pytest.param((), id="without a run id"), pytest.param(("--run-id", NAME), id="with a run id")
NAMED = pytest.mark.parametrize("named", [WITHOUT, WITH])


class Everywhere:
    """The numbers at all destinations."""

    def __init__(self, folder, kafka, registry, database, topic):
        self.folder, self.kafka, self.database, self.topic = folder, kafka, database, topic
        self.model = folder / "everywhere.yaml"
        head, _, stream = TICKER.read_text().partition("streams:\n  counts: ")
        head = head.replace("emit: counts", f"emit: [{', '.join(STREAMS)}]")
        broker = {"kafka": kafka, "conf": {"transaction.timeout.ms": 10_000}}
        destinations = {
            "lines": f"{folder}/lines.jsonl",
            "sqlite": f"sqlite:///{folder}/bank.sqlite",
            "duckdb": f"duckdb:///{folder}/bank.duckdb",
            "postgres": {"database": database, "table": f"{topic}.postgres"},
            "json": {**broker, "topic": f"{topic}-json"},
            "avro": {**broker, "topic": f"{topic}-avro", "format": "avro", "schema_registry": registry},
            "screen": "console",
        }
        streams = "".join(f"  {name}: {stream}" for name in STREAMS)
        self.model.write_text(f"{head}streams:\n{streams}targets: {json.dumps({'all': destinations})}\n")
        in_postgres(database, f"CREATE SCHEMA {topic}")

    def run(self, *named, number=0, times=0, stream=LAST):
        """Run the command."""
        named = (*named, "--commit-every", "1 ms") if named else ()
        command = [sys.executable, "-c", PROGRAM, str(int(number)), str(times), stream, "run", self.model]
        return subprocess.run(
            [*command, "--seed", "7", *named], capture_output=True, text=True, timeout=100, check=False
        )

    @property
    def run_id(self):
        return f"run-{self.topic}"

    def tables(self):
        """What the databases have."""
        ask = {
            "sqlite": partial(in_sqlite, self.folder / "bank.sqlite"),
            "duckdb": partial(in_duckdb, self.folder / "bank.duckdb"),
            "postgres": partial(in_postgres, self.database),
        }
        name = {"postgres": f"{self.topic}.postgres"}
        return {
            stream: [number for (number,) in asked(f"SELECT number FROM {name.get(stream, stream)} ORDER BY number")]
            for stream, asked in ask.items()
        }

    def topics(self):
        """What consumers of what is committed see."""
        lines = [json.loads(it.value)["number"] for it in read_committed(self.kafka, f"{self.topic}-json")]
        return {
            "json": lines,
            "avro": [first_long(it.value[5:]) for it in read_committed(self.kafka, f"{self.topic}-avro")],
        }

    def files(self):
        """What readers of files find; nothing where there is only a part."""
        path = self.folder / "lines.jsonl"
        found = sorted(path.glob("part-*")) if path.is_dir() else [path] if path.exists() else []
        return {"lines": [json.loads(line)["number"] for it in found for line in it.read_text().splitlines()]}

    def everything(self):
        return self.files() | self.tables() | self.topics()


@pytest.fixture
def everywhere(tmp_path, kafka, schema_registry, database, topic):
    return Everywhere(tmp_path, kafka, schema_registry, database, f"all_{topic[-12:]}")


def shown(reported):
    """The numbers on the screen."""
    return [json.loads(line.partition(" ")[2])["number"] for line in reported.stdout.splitlines()]


DESTINATIONS = [stream for stream in STREAMS if stream != LAST]
ENDED_AT_ONCE = {"killed": (signal.SIGKILL, 1, -signal.SIGKILL), "a second Ctrl-C": (signal.SIGINT, 2, 1)}


@pytest.mark.slow
@pytest.mark.parametrize("how", ENDED_AT_ONCE)
def test_a_run_without_a_name_that_ends_at_once_leaves_whole_batches_and_no_file(everywhere, how):
    number, times, code = ENDED_AT_ONCE[how]
    reported = everywhere.run(number=number, times=times)
    assert reported.returncode == code, reported.stderr
    assert everywhere.files() == {"lines": []}
    assert (everywhere.folder / "lines.jsonl.part").exists()
    tables = everywhere.tables()
    by_a_thread = tables.pop("duckdb")  # which may be some batches behind
    assert tables == dict.fromkeys(("sqlite", "postgres"), ALL[:30])
    assert by_a_thread in (ALL[:0], ALL[:10], ALL[:20], ALL[:30])
    assert all(it == ALL[: len(it)] for it in everywhere.topics().values())
    assert shown(reported) == BEFORE
    if times == 2:
        assert (
            "error: stopped at once; some records that the destinations had accepted may be missing" in reported.stderr
        )


@pytest.mark.slow
@pytest.mark.parametrize("how", ENDED_AT_ONCE)
def test_a_run_with_a_name_that_ends_at_once_resumes_with_every_record_once(everywhere, how):
    number, times, code = ENDED_AT_ONCE[how]
    reported = everywhere.run("--run-id", everywhere.run_id, number=number, times=times)
    assert reported.returncode == code, reported.stderr
    assert everywhere.everything() == dict.fromkeys(DESTINATIONS, BEFORE)
    assert "screen go to destinations without a position: records are delivered at least once" in reported.stderr
    if times == 2:
        assert "records that were not committed will be generated again, so none will be missing" in reported.stderr
    again = everywhere.run("--run-id", everywhere.run_id)
    assert again.returncode == 0, again.stderr
    assert everywhere.everything() == dict.fromkeys(DESTINATIONS, ALL)
    assert shown(reported) + shown(again) == ALL


@pytest.mark.slow
def test_a_run_that_is_asked_to_end_delivers_what_it_was_at(everywhere):
    reported = everywhere.run(number=signal.SIGINT, times=1)
    assert reported.returncode == 0, reported.stderr
    assert everywhere.everything() == dict.fromkeys(DESTINATIONS, ALL[:30])
    assert shown(reported) == ALL[:30]
    assert "stopped after 30 ticks; everything counted was delivered" in reported.stderr


@pytest.mark.slow
def test_a_run_with_a_name_that_is_asked_to_end_commits_what_it_was_at_and_resumes(everywhere):
    reported = everywhere.run("--run-id", everywhere.run_id, number=signal.SIGTERM, times=1)
    assert reported.returncode == 0, reported.stderr
    assert everywhere.everything() == dict.fromkeys(DESTINATIONS, ALL[:30])
    again = everywhere.run("--run-id", everywhere.run_id)
    assert again.returncode == 0, again.stderr
    assert everywhere.everything() == dict.fromkeys(DESTINATIONS, ALL)
    assert shown(reported) + shown(again) == ALL


def screen(named, stdout):
    """The numbers to standard output."""
    command = [sys.executable, "-c", PROGRAM, "0", "0", LAST, "run", TICKER, "--seed", "7", *named]
    return subprocess.run(command, stdout=stdout, stderr=subprocess.PIPE, text=True, timeout=240, check=False)


@pytest.mark.slow
@NAMED
def test_a_reader_who_leaves_ends_the_run_as_ctrl_c_does(named):
    reading, writing = os.pipe()
    os.close(reading)
    reported = screen(named, writing)
    os.close(writing)
    assert reported.returncode == 0
    assert "the reader of standard output has exited; everything else counted was delivered\n" in reported.stderr
    assert "error" not in reported.stderr
    assert "Traceback" not in reported.stderr


@pytest.mark.slow
@NAMED
def test_a_full_disk_behind_the_screen_is_reported(named):
    with Path("/dev/full").open("w") as full:
        reported = screen(named, full)
    assert reported.returncode == 1
    assert (
        "error: standard output: 10 of 10 records did not arrive (0 did): 10 x [Errno 28] No space left"
        in reported.stderr
    )
    assert "Traceback" not in reported.stderr
