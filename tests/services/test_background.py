"""`python -m services start` and `stop`."""

import os
import subprocess
import sys

import pytest

from services.shared import ROOT

GIVEN = {"DOGE_KAFKA": "broker.example:9092", "DOGE_SCHEMA_REGISTRY": "http://registry.example"}


@pytest.fixture
def services(tmp_path):
    environment = {**os.environ, **GIVEN, "XDG_CACHE_HOME": str(tmp_path)}
    environment.pop("DOGE_DATABASE", None)

    def run(command):
        line = [sys.executable, "-m", "services", command]
        return subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)

    yield run
    run("stop")


def test_start_tells_the_addresses_and_a_second_start_the_same(services):
    first, second = services("start"), services("start")
    lines = dict(line.removeprefix("export ").split("=", 1) for line in first.stdout.splitlines())
    assert first.stdout.count("export ") == len(lines)
    assert lines.keys() == {"DOGE_KAFKA", "DOGE_SCHEMA_REGISTRY", "DOGE_DATABASE"}
    assert lines.items() >= GIVEN.items()
    assert second.stdout == first.stdout
    assert "already run" in second.stderr
    assert "make services-stop" in first.stderr


def test_stop_ends_them_and_a_second_stop_finds_none(services):
    services("start")
    assert "stopped: database" in services("stop").stderr
    assert "no servers run" in services("stop").stderr
