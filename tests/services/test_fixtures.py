"""The server fixtures, in whole test runs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from services.shared import ROOT

TESTS = """
from tests.servers import FOLDER

def record(config, address):
    with open("urls", "a") as file:
        print(address, config.stash[FOLDER], file=file)

def test_one(database, pytestconfig):
    record(pytestconfig, database)

def test_two(database, pytestconfig):
    record(pytestconfig, database)

def test_names(topic, table_name):
    assert topic != table_name == table_name.lower()
"""


@pytest.fixture
def run(tmp_path):
    (tmp_path / "test_it.py").write_text(TESTS)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for variable in ("DOGE_DATABASE", "DOGE_KAFKA", "PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER"):
        environment.pop(variable, None)

    def pytest_run(*arguments, **environment_variables):
        command = [sys.executable, "-m", "pytest", "-p", "tests.servers", f"--rootdir={tmp_path}", *arguments]
        env = {**environment, **environment_variables}
        return subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)

    return pytest_run


@pytest.mark.slow
def test_workers_share_one_server_which_is_stopped_after_the_run(run, tmp_path):
    completed = run("-n2")
    assert completed.returncode == 0, completed.stdout
    first, second = (tmp_path / "urls").read_text().splitlines()
    assert first == second
    assert not Path(first.split()[1]).exists()


@pytest.mark.slow
def test_tests_without_workers_share_one_server(run, tmp_path):
    completed = run("-p", "no:xdist")
    assert completed.returncode == 0, completed.stdout
    assert len(set((tmp_path / "urls").read_text().splitlines())) == 1


@pytest.mark.slow
def test_a_server_from_the_environment_is_used(run, tmp_path):
    run("-p", "no:xdist", DOGE_DATABASE="postgresql://elsewhere.example/doge")
    assert (tmp_path / "urls").read_text().startswith("postgresql://elsewhere.example/doge")


@pytest.mark.slow
def test_a_run_without_its_server_fails_with_the_reason(run, tmp_path):
    (tmp_path / "test_it.py").write_text("def test_it(kafka): pass")
    (tmp_path / "doge-datagen" / "kafka-4.1.1").mkdir(parents=True)
    completed = run("-p", "no:xdist", XDG_CACHE_HOME=str(tmp_path))
    assert completed.returncode == 1
    assert "kafka: no server." in completed.stdout
    assert "is missing; delete the folder" in completed.stdout
