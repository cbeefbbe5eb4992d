"""Names and values with control sequences are displayed escaped, wherever they appear."""

import json
import re
import shutil

import pytest

from tests.cli.doge import doge

STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
HOSTILE = """\
doge: 1
name: "lamp\\e[2J"
clock: {start: 2024-05-06T06:00:00Z, tick: 1 s, ticks: 20}
subjects: {name: lamp, count: 3}
states: ["o\\e]0;x\\aff", "on\\u202E", "\\x9b31m", "lost\\nthing"]
initial: "o\\e]0;x\\aff"
transitions:
  - {trigger: "li\\e[31mght", from: "o\\e]0;x\\aff", to: "on\\u202E", probability: 50, emit: "s\\e[1m\\u2066"}
  - {trigger: "d\\u200Fim", from: "on\\u202E", to: "o\\e]0;x\\aff", probability: 50, emit: "s\\e[1m\\u2066"}
streams:
  "s\\e[1m\\u2066": {fields: {"a\\e[2Jt": timestamp, what: trigger, text: "'\\x7f\\x9b\\u2028\\u202e'"}}
"""


@pytest.fixture
def hostile(folder):
    (folder / "hostile.yaml").write_text(HOSTILE)
    return folder


COMMANDS = {
    "check": ("check",),
    "check as JSON": ("check", "--json"),
    "preview": ("preview",),
    "graph": ("graph",),
    "run": ("run", "--seed", 1),
    "dry run": ("run", "--dry-run"),
    "report": ("run", "--seed", 1, "--report", "report.json"),
}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_no_output_contains_control_sequences(command, hostile):
    done = doge(command[0], "hostile.yaml", *command[1:])
    assert done.exit_code == 0, done.output
    report = hostile / "report.json"
    written = report.read_text() if report.exists() else ""
    assert STEERING.findall(done.stdout + done.stderr + written) == []


@pytest.mark.parametrize("ending", ["svg", "gv", "mmd"])
def test_no_graph_contains_control_sequences(ending, hostile):
    if ending == "svg" and shutil.which("dot") is None:
        ending = "dot"
    assert doge("graph", "hostile.yaml", "-o", f"graph.{ending}").exit_code == 0
    assert STEERING.findall((hostile / f"graph.{ending}").read_text()) == []


def test_records_on_the_screen_have_their_real_values(hostile):
    line = doge("run", "hostile.yaml", "--seed", 1).stdout.splitlines()[0]
    record = json.loads(line[line.index("{") :])
    assert record["text"] == "\x7f\x9b\u2028\u202e"
    assert "a\x1b[2Jt" in record


def test_an_error_about_such_a_name_contains_no_control_sequences(hostile):
    (hostile / "hostile.yaml").write_text(HOSTILE.replace('to: "on', 'to: "onn'))
    done = doge("check", "hostile.yaml")
    assert (done.exit_code, STEERING.findall(done.stderr)) == (2, [])
