"""``doge run`` with a pace, an ID and metrics."""

import csv
import json
import re
import signal
import time
import urllib.request
from pathlib import Path

import pytest

from doge_datagen.language.time.units import timestamp, timestamp_text
from services.waiting import wait_until
from tests.cli.doge import DARK, LAMP, SWITCHES, doge, started

pytestmark = pytest.mark.usefixtures("folder")


@pytest.fixture(autouse=True)
def machine(monkeypatch, tmp_path):
    monkeypatch.setenv("DOGE_STATE_DIR", str(tmp_path / "machine"))


def parts(folder, stream):
    """The rows of all parts of a stream, in order of their names."""
    result = []
    for path in sorted((folder / "out" / f"{stream}.csv").glob("part-*.csv")):
        with path.open(newline="") as file:
            result += list(csv.DictReader(file))
    return result


def rows(folder, stream):
    with (folder / "out" / f"{stream}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_pace_does_not_change_the_output(folder):
    assert doge("run", "lamp.yaml", "--seed", 7).exit_code == 0
    fast = {stream: rows(folder, stream) for stream in ("switches", "dark")}
    for pace in ("100x", "1000/s", "500 dark/s"):
        result = doge("run", "lamp.yaml", "--seed", 7, "--pace", pace)
        assert result.exit_code == 0, result.output
        assert re.search(rf"pace {pace} (not )?kept.*; lag p50 ", result.stderr)
        assert {stream: rows(folder, stream) for stream in ("switches", "dark")} == fast


def test_the_duration_of_a_run_follows_its_pace(folder):
    """50 ticks of a second at 100x: the last one is due after 0.49 s."""
    doge("run", "lamp.yaml", "--pace", "100x", "--report", "report.json")
    report = json.loads((folder / "report.json").read_text())
    assert report["seconds"] >= 0.49
    assert report["pace"]["asked"] == "100x"


def test_realtime_starts_now_and_reports_the_start_that_repeats_it(folder):
    lively = ("--set", "clock.tick=1 ms")
    first = doge("run", "lamp.yaml", "--seed", 7, "--pace", "realtime", *lively)
    assert first.exit_code == 0, first.output
    was = rows(folder, "switches")
    start = re.search(r"repeat with --seed 7 --start (\S+)", first.stderr)[1]
    doge("run", "lamp.yaml", "--seed", 7, "--start", start, *lively)
    assert rows(folder, "switches") == was


def test_a_backfill_reaches_the_present_and_continues_without_a_gap(folder, monkeypatch):
    start = int(time.time() * 1000) - 60_000
    text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(start // 1000)) + f".{start % 1000:03d}Z"
    began = time.time()
    requested = ("--seed", 7, "--start", text, "--until", "62 s", "--set", "clock.tick=100 ms")
    result = doge("run", "lamp.yaml", *requested, "--pace", "realtime", "--backfill", "--report", "report.json")
    assert result.exit_code == 0, result.output
    took = time.time() - began
    assert 1.8 <= took < 60, "the 2 s after the past took 2 s, the 60 s of the past less than 60 s"
    live = rows(folder, "switches")
    assert doge("run", "lamp.yaml", *requested).exit_code == 0
    assert rows(folder, "switches") == live


@pytest.mark.parametrize("named", [(), ("--run-id", "lamps")])
def test_a_start_in_the_future_is_not_caught_up(folder, named):
    result = doge("run", "lamp.yaml", "--start", "2999-01-01", "--backfill", "--pace", "realtime", *named)
    assert result.exit_code == 2
    assert result.stderr.startswith(
        "error: --start: 2999-01-01T00:00:00Z is in the future, so there is nothing to backfill"
    )
    assert not (folder / "out").exists()


@pytest.mark.slow
def test_a_stopped_run_with_an_id_is_resumed_by_the_same_command(folder):
    (folder / "endless.yaml").write_text(LAMP.replace(", ticks: 50", ", ticks: 3000"))
    command = ("run", "endless.yaml", "--seed", 7, "--run-id", "lamps", "--pace", "2000x", "--commit-every", "100 ms")
    with started(*command) as process:
        assert wait_until(lambda: len(parts(folder, "switches")) > 0, seconds=240)
        process.send_signal(signal.SIGTERM)
        _, output = process.communicate(timeout=240)
    assert process.returncode == 0, output
    assert "run lamps: the same command resumes it" in output
    there = len(parts(folder, "switches"))
    done = doge(*command)
    assert done.exit_code == 0, done.output
    assert re.search(r"run lamps: resumed at tick [\d,]+; ", done.stderr)
    actual = parts(folder, "switches")
    assert len(actual) > there
    (folder / "plain").mkdir()
    doge("run", "endless.yaml", "--seed", 7, "--set", "targets.files.switches=plain/switches.csv",
         "--set", "targets.files.dark=plain/dark.csv")  # fmt: skip
    with (folder / "plain" / "switches.csv").open(newline="") as file:
        assert list(csv.DictReader(file)) == actual


@pytest.mark.slow
def test_a_killed_run_with_an_id_loses_nothing(folder):
    command = ("run", "lamp.yaml", "--seed", 7, "--run-id", "lamps", "--pace", "25x", "--commit-every", "50 ms")
    with started(*command) as process:
        assert wait_until(lambda: len(parts(folder, "switches")) > 0, seconds=240)
        process.kill()
    assert doge(*command).exit_code == 0
    assert (len(parts(folder, "switches")), len(parts(folder, "dark"))) == (SWITCHES, DARK)


def test_the_seed_of_a_run_with_an_id_need_not_be_repeated(folder):
    doge("run", "lamp.yaml", "--run-id", "lamps", "--ticks", 10, "--seed", 7)
    assert "repeat with --seed 7" in doge("run", "lamp.yaml", "--run-id", "lamps").stderr
    assert len(parts(folder, "switches")) == SWITCHES


def test_a_resumed_run_counts_its_own_records_and_says_whether_it_is_complete():
    first = doge("run", "lamp.yaml", "--run-id", "lamps", "--ticks", 10, "--seed", 7).stderr
    assert re.search(r"\n10 of 10 ticks; .*\nrun lamps: complete\n", first)
    output = doge("run", "lamp.yaml", "--run-id", "lamps", "--report", "report.json").stderr
    report = json.loads(Path("report.json").read_text())
    records = sum(it["generated"] for it in report["streams"])
    assert f"\n{report['events']} transitions, {records} records in " in output
    assert records < SWITCHES + DARK
    assert re.search(r"\n40 ticks, up to tick 50 of 50; .*\nrun lamps: resumed at tick 10; complete\n", output)


def test_the_start_of_a_run_with_an_id_need_not_be_repeated_and_is_reported():
    doge("run", "lamp.yaml", "--run-id", "lamps", "--ticks", 10, "--seed", 7, "--start", "2026-05-05")
    output = doge("run", "lamp.yaml", "--run-id", "lamps").stderr
    assert output.endswith("\nrepeat with --seed 7 --start 2026-05-05T00:00:00Z\n")


def test_resuming_with_another_model_is_a_user_error():
    doge("run", "lamp.yaml", "--run-id", "lamps", "--ticks", 10)
    result = doge("run", "lamp.yaml", "--run-id", "lamps", "--set", "transitions.light.probability=21")
    assert result.exit_code == 2
    assert "different transitions from the model's" in result.stderr


@pytest.mark.parametrize(
    ("requested", "problem"),
    [
        (("--pace", "fast"), "error: --pace: 'fast' is not a pace"),
        (("--pace", "5 nobody/s"), "error: --pace: there is no stream 'nobody' with a destination"),
        (("--backfill",), "error: --backfill: catches up with the present, so it requires the pace 'realtime'"),
        (("--start", "yesterday"), "'yesterday' is not a timestamp"),
        (("--run-id", "a/b"), "error: --run-id: 'a/b' is not a valid run ID"),
        (("--patience", "long"), "'long' is not a duration"),
        (("--commit-every", "1"), "'1' is not a duration"),
        (("--metrics", "nowhere:x"), "error: --metrics: "),
        (("--late", "never"), "'never' is not one of 'catch-up', 'stretch'"),
        (
            ("--until", "2020-01-01"),
            "error: --until: 2020-01-01T00:00:00Z is not after 2024-05-06T06:00:00Z, where the run starts",
        ),
    ],
)
def test_invalid_options_are_reported_before_anything_is_opened(folder, requested, problem):
    result = doge("run", "lamp.yaml", *requested)
    assert result.exit_code == 2
    assert problem in result.stderr
    assert not (folder / "out").exists()


def test_an_end_as_a_moment_is_relative_to_the_requested_start(folder):
    result = doge("run", "lamp.yaml", "--start", "2026-01-01", "--until", "2026-01-01T00:00:20Z")
    assert "20 of 20 ticks" in result.stderr


def live(seconds):
    """A run in real time with ticks of 10 ms that ends in the given number of seconds."""
    doge("run", "lamp.yaml", "--target", "screen", "--ticks", 1)  # everything is imported before the time is measured
    until = timestamp_text(int((time.time() + seconds) * 1000))
    return ["run", "lamp.yaml", "--seed", 7, "--pace", "realtime", "--until", until, "--set", "clock.tick=10 ms"]


def test_the_summary_of_a_live_run_counts_up_to_its_end(folder):
    result = doge(*live(1), "--report", "report.json")
    report = json.loads((folder / "report.json").read_text())
    assert (report["complete"], report["ticks"]) == (True, report["ticks_of_model"])
    assert f"{report['ticks']} of {report['ticks']} ticks" in result.stderr
    assert "stopped after" not in result.stderr


def test_a_run_with_an_id_resumes_even_if_its_end_has_passed(folder):
    command = [*live(1), "--run-id", "lamps", "--start", "now"]
    first = doge(*command, "--report", "report.json")
    assert first.exit_code == 0, first.output
    ticks = json.loads((folder / "report.json").read_text())["ticks"]
    assert wait_until(lambda: time.time() * 1000 > timestamp(command[command.index("--until") + 1]), seconds=10)
    again = doge(*command)
    assert again.exit_code == 0, again.output
    assert f"\n0 ticks, up to tick {ticks} of {ticks}; " in again.stderr
    assert f"resumed at tick {ticks}" in again.stderr


@pytest.mark.slow
def test_metrics_can_be_scraped_during_a_run(folder):
    (folder / "endless.yaml").write_text(LAMP.replace(", ticks: 50", ""))
    with started("run", "endless.yaml", "--pace", "50x", "--metrics", ":0", "--seed", 7) as process:
        url = process.stderr.readline().split()[-1]
        assert url.startswith("http://127.0.0.1:")
        assert wait_until(lambda: b'doge_records_generated_total{stream="dark"}' in read(url), seconds=240)
        assert b'seed="7"' in read(url)
        process.send_signal(signal.SIGINT)
        _, output = process.communicate(timeout=240)
    assert process.returncode == 0, output


@pytest.mark.slow
def test_metrics_have_the_seed_of_a_resumed_run_even_if_none_is_given(folder):
    (folder / "endless.yaml").write_text(LAMP.replace(", ticks: 50", ""))
    doge("run", "lamp.yaml", "--run-id", "lamps", "--seed", 7, "--ticks", 10)
    with started("run", "endless.yaml", "--run-id", "lamps", "--pace", "50x", "--metrics", ":0") as process:
        url = process.stderr.readline().split()[-1]
        assert wait_until(lambda: b'run_id="lamps",seed="7"' in read(url), seconds=240)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=240)
    assert process.returncode == 0


def read(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read()
