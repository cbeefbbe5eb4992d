"""`python -m services start` and `stop`."""

import os
import re
import shutil
import subprocess
import sys

import psycopg
import pytest

from services.shared import ROOT
from services.waiting import wait_until

FROM_ENVIRONMENT = {"DOGE_KAFKA": "broker.example:9092", "DOGE_SCHEMA_REGISTRY": "http://registry.example"}


@pytest.fixture
def clone(tmp_path):
    """Runs a command in a copy of the services folder, as the servers of this clone belong to the developer."""
    environment = {**os.environ, **FROM_ENVIRONMENT, "XDG_CACHE_HOME": str(tmp_path)}
    environment.pop("DOGE_DATABASE", None)

    def run(command, clone="clone"):
        if not (tmp_path / clone).exists():
            shutil.copytree(ROOT / "services", tmp_path / clone / "services")
        command_line = [sys.executable, "-m", "services", command]
        return subprocess.run(
            command_line, cwd=tmp_path / clone, env=environment, capture_output=True, text=True, check=True
        )

    yield run
    run("stop")


def test_start_reports_the_addresses_and_a_second_start_the_same(clone):
    first, second = clone("start"), clone("start")
    lines = dict(line.removeprefix("export ").split("=", 1) for line in first.stdout.splitlines())
    assert first.stdout.count("export ") == len(lines)
    assert lines.keys() == {"DOGE_KAFKA", "DOGE_SCHEMA_REGISTRY", "DOGE_DATABASE"}
    assert lines.items() >= FROM_ENVIRONMENT.items()
    assert second.stdout == first.stdout
    assert "already run" in second.stderr
    assert "make services-stop" in first.stderr


def test_stop_ends_the_servers_and_a_second_stop_finds_none(clone):
    clone("start")
    assert "stopped: database" in clone("stop").stderr
    assert "this clone runs no servers" in clone("stop").stderr


def test_stop_in_another_clone_leaves_them_running(clone):
    first = clone("start")
    assert "this clone runs no servers" in clone("stop", "another").stderr
    assert clone("start").stdout == first.stdout
    assert "stopped: database" in clone("stop").stderr


def test_deleting_a_clone_stops_its_servers(clone, tmp_path):
    started = clone("start", "deleted").stdout
    url = re.search(r"DOGE_DATABASE=(\S+)", started)[1]
    shutil.rmtree(tmp_path / "deleted")
    assert wait_until(lambda: not answers(url), seconds=240)


def answers(url):
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True
