import json
import os
from contextlib import contextmanager

import pytest
from click.testing import CliRunner

from doge_datagen.cli import main
from tests.cli.doge import LAMP, SWITCHES, doge

pytestmark = pytest.mark.usefixtures("folder")


@contextmanager
def piped(text):
    """A file that can be read only once, like ``<(envsubst < lamp.yaml)``."""
    reading, writing = os.pipe()
    os.write(writing, text.encode())
    os.close(writing)
    try:
        yield f"/dev/fd/{reading}"
    finally:
        os.close(reading)


@pytest.mark.parametrize("command", [["check"], ["check", "--json"], ["preview"], ["graph"], ["run", "--dry-run"]])
def test_a_model_may_be_read_from_a_pipe(command):
    with piped(LAMP) as model:
        done = doge(*command, model)
    assert (done.exit_code, done.stderr) == (0, "")


def test_a_model_from_a_pipe_is_delivered_to_its_target(folder):
    with piped(LAMP) as model:
        assert doge("run", model, "--target", "files", "--seed", 7).exit_code == 0
    assert len((folder / "out" / "switches.csv").read_text().splitlines()) == SWITCHES + 1


def test_a_mistake_in_the_targets_of_a_piped_model_is_reported_with_its_line():
    with piped(LAMP.replace("count: 5", "count: 0").replace("out/dark.csv", "{kafka: x, topik: y}")) as model:
        message = doge("check", model).stderr.splitlines()
    assert [line.split(":")[1:3] for line in message] == [[f" {model}", "4"], [f" {model}", "14"]]


def test_a_missing_requirement_of_a_target_of_a_piped_model_is_reported():
    with piped(LAMP.replace("out/dark.csv", "'${NO_SUCH_1}.csv'")) as model:
        assert f"error: {model}:14:45: targets.files.dark: the env" in doge("run", model).stderr


def test_a_fault_in_a_piped_model_is_reported_with_its_line():
    with piped(LAMP.replace("times += 1", "times += 1 // times")) as model:
        assert f"error: {model}:8:" in doge("check", model).stderr


def test_an_unused_name_in_a_piped_model_is_reported_with_its_line():
    with piped(LAMP.replace("do: times += 1,", "do: price = 5,")) as model:
        assert f"warning: {model}:8:66: transitions.light.do: 'price'" in doge("check", model).stdout


@pytest.mark.parametrize("command", [["check"], ["preview"], ["graph"], ["run", "--dry-run"]])
def test_a_dash_is_standard_input(command):
    done = CliRunner().invoke(main, [*command, "-"], input=LAMP)
    assert (done.exit_code, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (LAMP.replace("count: 5", "count: 0").encode(), "error: <stdin>:4:"),
        (b"doge: \xff", "error: <stdin>:1:7: is not UTF-8"),
    ],
)
def test_a_mistake_on_standard_input_is_reported_with_its_line(given, message):
    done = CliRunner().invoke(main, ["check", "-"], input=given)
    assert (done.exit_code, done.stderr[: len(message)]) == (2, message)


def test_an_invalid_number_of_children_is_reported_at_its_location(folder):
    parcels = """
doge: 1
name: shop
clock: {start: 2026-01-01, until: 3 d}
populations:
  customer:
    count: 3
    attributes: {n: 0}
    states: [here]
    initial: here
    transitions: [{trigger: buy, from: here, rate: 9/d, do: n -= 1, spawn: {population: parcel, times: n}}]
  parcel: {born: {emit: parcels}, attributes: {x: 1}, states: {sent: final}, initial: sent, transitions: []}
streams: {parcels: {fields: {id: id}}}
targets: {files: {parcels: parcels.csv}}
"""
    (folder / "shop.yaml").write_text(parcels)
    done = doge("check", "shop.yaml").stderr
    assert "error: shop.yaml:11:104: populations.customer.transitions.buy.spawn[0].times: the number of" in done


def test_incidents_that_never_end_are_reported_at_their_location(folder):
    incidents = """
doge: 1
name: shop
clock: {start: 2026-01-01, until: 3 d}
subjects: {name: user, count: 2}
states: [here]
initial: here
transitions: [{trigger: buy, from: here, rate: 9/d, emit: orders}]
streams: {orders: {fields: {id: id}}}
incidents:
  outage: {every: 1 h, for: 2 h}
"""
    (folder / "shop.yaml").write_text(incidents)
    assert "error: shop.yaml:11:3: incidents.outage: they follow one another" in doge("check", "shop.yaml").stderr
    (problem,) = json.loads(doge("check", "shop.yaml", "--json").stdout)["problems"]
    assert (problem["line"], problem["column"]) == (11, 3)
