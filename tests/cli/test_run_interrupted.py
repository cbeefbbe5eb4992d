"""``doge run`` ended early, in a separate process."""

import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios

import pytest

from doge_datagen.cli.execute import STOPPING
from services.waiting import wait_until
from tests.cli.doge import INTERRUPTIBLE, LAMP, SWITCHES, on_terminal, started

ENDLESS = LAMP.replace("ticks: 50", "ticks: 100000000000")


@pytest.fixture
def running(folder):
    """An unlimited run that has started."""
    (folder / "endless.yaml").write_text(ENDLESS)
    with started("run", "endless.yaml", "--report", "report.json", "--seed", 7) as process:
        part = folder / "out" / "switches.csv.part"
        assert wait_until(lambda: part.exists() and part.stat().st_size > 0, seconds=240)
        yield process
        process.kill()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_first_signal_ends_the_run_with_everything_delivered_and_reported(folder, running, number):
    running.send_signal(number)
    _, output = running.communicate(timeout=240)
    assert running.returncode == 0, output
    report = json.loads((folder / "report.json").read_text())
    assert report["complete"] is False
    assert report["ticks"] > 0
    assert f"stopped after {report['ticks']:,} ticks; everything counted was delivered" in output
    for stream in report["streams"]:
        with (folder / stream["destination"]).open() as lines:
            assert sum(1 for _ in lines) - 1 == stream["delivered"] == stream["generated"] > 0


ACCOUNT_INTERRUPTED = """
import signal
from doge_datagen.cli import main
from doge_datagen.cli import summary as account
as_json = account.as_json
account.as_json = lambda *run: (signal.raise_signal(signal.SIGTERM), as_json(*run))[1]
main()
"""


@pytest.mark.slow
def test_a_signal_while_the_summary_is_printed_does_not_prevent_it(folder):
    command = [sys.executable, "-c", ACCOUNT_INTERRUPTED, "run", "lamp.yaml", "--seed", "7", "--report", "report.json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stderr
    assert json.loads((folder / "report.json").read_text())["complete"] is True
    assert done.stderr.endswith("repeat with --seed 7\n")


@pytest.mark.slow
@pytest.mark.parametrize("lines", ["5", "0"])
def test_a_reader_that_exits_early_does_not_prevent_delivery(folder, lines):
    """As with ``doge run ... 2>&1 | tee log``, where Ctrl-C ends both; with or without a progress line afterwards."""
    (folder / "endless.yaml").write_text(ENDLESS)
    environment = {**os.environ, "DOGE_STATE_DIR": str(folder / "machine")}
    command = [sys.executable, "-c", f"from doge_datagen.cli import progress; progress.SECONDS_TO_FIRST_LINE = {lines}"]
    command[-1] += INTERRUPTIBLE
    options = ["run", "endless.yaml", "--seed", "7", "--run-id", "lamps", "--commit-every", "50 ms"]
    with subprocess.Popen([*command, *options], stderr=subprocess.PIPE, env=environment) as process:
        process.stderr.close()
        assert wait_until(lambda: len(list((folder / "out" / "dark.csv").glob("part-*"))) > 0, seconds=240)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=240) == 0
    ends = {max(folder.glob(f"out/{it}.csv/part-*")).stem.split("-")[-1] for it in ("switches", "dark")}
    assert len(ends) == 1, "the last commit is of both"


def test_the_second_signal_ends_the_run_at_once_and_reports_what_may_be_missing(folder):
    """The first window of this model never ends, so only the second signal can end the run."""
    silent = ENDLESS.replace(", emit: switches", "").replace(", emit: [switches, dark]", "")
    hardly_ever = '  - {trigger: break, from: "on", to: "on", probability: 1e-12, emit: [switches, dark]}\nstreams:'
    (folder / "stuck.yaml").write_text(silent.replace("streams:", hardly_ever))
    with started("run", "stuck.yaml", "--engine", "interpreted") as process:
        assert wait_until((folder / "out" / "dark.csv.part").exists, seconds=240)
        process.send_signal(signal.SIGINT)
        assert any("Ctrl-C again stops at once" in line for line in process.stderr)
        process.send_signal(signal.SIGINT)
        _, output = process.communicate(timeout=240)
    assert process.returncode == 1
    assert output.startswith("error: stopped at once; some records")
    assert "out/dark.csv" in output
    assert ".part" in output
    assert "Traceback" not in output


@pytest.fixture
def terminal():
    """Both ends of a pseudo-terminal: the process's and the user's."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    yield its, ours
    os.close(ours)


def seen_until(word, screen):
    """Read the output up to a word."""
    shown = b""
    while word.encode() not in shown:
        shown += os.read(screen, 1 << 16)
    return shown.decode()


@pytest.mark.slow
@pytest.mark.parametrize("pace", [(), ("--pace", "realtime")])
def test_on_a_terminal_the_progress_shows_that_the_run_is_stopping(folder, terminal, pace):
    (folder / "endless.yaml").write_text(ENDLESS)
    its, screen = terminal
    command = [sys.executable, "-c", INTERRUPTIBLE, "run", "endless.yaml", "--engine", "interpreted", *pace]
    with subprocess.Popen(command, stderr=its, env={**os.environ, "TERM": "xterm"}) as process:
        os.close(its)
        seen_until("tick" if pace else "events", screen)
        process.send_signal(signal.SIGINT)
        shown = seen_until("repeat with --seed", screen)
        assert process.wait(timeout=240) == 0
    assert STOPPING in shown
    assert not re.search(rf"{STOPPING}\r\n(?!\x1b\[\?25h)", shown), "behind the back of what draws the screen"


@pytest.mark.slow
@pytest.mark.parametrize("pace", [(), ("--pace", "realtime")])
def test_closing_the_terminal_ends_the_run_with_everything_delivered(folder, pace):
    """Output becomes impossible, but does not prevent delivery."""
    (folder / "endless.yaml").write_text(ENDLESS)
    command = [sys.executable, "-c", INTERRUPTIBLE, "run", "endless.yaml", "--engine", "interpreted", *pace]
    screen, its = pty.openpty()
    environment = {**os.environ, "TERM": "xterm"}
    with subprocess.Popen([*command, "--report", "report.json"], stderr=its, env=environment) as process:
        os.close(its)
        seen_until("tick" if pace else "events", screen)
        os.close(screen)
        process.send_signal(signal.SIGHUP)
        process.wait(timeout=240)
    report = json.loads((folder / "report.json").read_text())
    assert report["complete"] is False
    for stream in report["streams"]:
        with (folder / stream["destination"]).open() as lines:
            assert sum(1 for _ in lines) - 1 == stream["delivered"] == stream["generated"]


@pytest.mark.slow
@pytest.mark.parametrize("arguments", ["preview lamp.yaml", "schema"])
@pytest.mark.usefixtures("folder")
def test_a_reader_that_exits_causes_no_message(arguments):
    at_once = "from doge_datagen.cli import progress; progress.SECONDS_TO_FIRST_LINE = 3600"
    program = f"{sys.executable} -c '{at_once}{INTERRUPTIBLE}' {arguments} 2>errors | head -1; cat errors"
    done = subprocess.run(["sh", "-c", program], capture_output=True, text=True, check=True, timeout=240)
    assert len(done.stdout.splitlines()) == 1
    assert done.stderr == ""


@pytest.mark.slow
def test_a_reader_that_exits_ends_the_run_and_other_destinations_and_the_summary_are_complete(folder):
    (folder / "endless.yaml").write_text(
        ENDLESS.replace("targets:", "targets:\n  both: {switches: console, dark: out.csv}")
    )
    run = "run endless.yaml --target both --engine interpreted --seed 7 --report report.json 2>summary.txt"
    program = f"{{ {sys.executable} -c '{INTERRUPTIBLE}' {run}; echo $? >code; }} | head -1"
    done = subprocess.run(["sh", "-c", program], capture_output=True, text=True, check=True, timeout=240)
    report = json.loads((folder / "report.json").read_text())
    _, dark = report["streams"]
    assert (done.stdout.count("\n"), (folder / "code").read_text()) == (1, "0\n")
    assert dark["generated"] == dark["delivered"] == (folder / "out.csv").read_text().count("\n") - 1 > 0
    summary = (folder / "summary.txt").read_text().splitlines()
    assert f"stopped after {report['ticks']:,} ticks: the reader of standard output has exited" in summary[-2]


@pytest.mark.slow
def test_records_on_a_terminal_are_whole_lines_however_long(folder):
    """Nothing is drawn beside them and no line is wrapped, so that they can be copied as JSON."""
    (folder / "long.yaml").write_text(LAMP.replace("what: trigger", f"what: \"'{'long ' * 40}'\""))
    shown = on_terminal("run", "long.yaml", "--target", "screen", "--seed", 7, columns=80)
    records = [line for line in shown.splitlines() if line.startswith("switches {")]
    assert [len(json.loads(line.removeprefix("switches "))["what"]) for line in records] == [200] * SWITCHES
    assert "━" not in shown
