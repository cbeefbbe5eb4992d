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

GIVEN = {"DOGE_KAFKA": "broker.example:9092", "DOGE_SCHEMA_REGISTRY": "http://registry.example"}


@pytest.fixture
def clone(tmp_path):
    """Runs a command in a copy of the services' folder: those of this clone are the developer's."""
    environment = {**os.environ, **GIVEN, "XDG_CACHE_HOME": str(tmp_path)}
    environment.pop("DOGE_DATABASE", None)

    def run(command, clone="clone"):
        if not (tmp_path / clone).exists():
            shutil.copytree(ROOT / "services", tmp_path / clone / "services")
        line = [sys.executable, "-m", "services", command]
        return subprocess.run(line, cwd=tmp_path / clone, env=environment, capture_output=True, text=True, check=True)

    yield run
    run("stop")


def test_start_reports_the_addresses_and_a_second_start_the_same(clone):
    first, second = clone("start"), clone("start")
    lines = dict(line.removeprefix("export ").split("=", 1) for line in first.stdout.splitlines())
    assert first.stdout.count("export ") == len(lines)
    assert lines.keys() == {"DOGE_KAFKA", "DOGE_SCHEMA_REGISTRY", "DOGE_DATABASE"}
    assert lines.items() >= GIVEN.items()
    assert second.stdout == first.stdout
    assert "already run" in second.stderr
    assert "make services-stop" in first.stderr


def test_stop_ends_them_and_a_second_stop_finds_none(clone):
    clone("start")
    assert "stopped: database" in clone("stop").stderr
    assert "this clone runs no servers" in clone("stop").stderr


def test_another_clone_does_not_stop_them(clone):
    first = clone("start")
    assert "this clone runs no servers" in clone("stop", "another").stderr
    assert clone("start").stdout == first.stdout
    assert "stopped: database" in clone("stop").stderr


def test_a_clone_that_is_deleted_takes_its_servers_with_it(clone, tmp_path):
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
