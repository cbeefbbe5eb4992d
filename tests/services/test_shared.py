"""Shared servers run exactly as long as their owner."""

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from services import Owner, ServiceError, address
from services.locks import wait_until_free
from services.shared import ROOT, alive
from services.waiting import wait_until

SECONDS = 60
OWNER = """
import sys
from services import Owner, Postgres, address
own, shared = Postgres(), Owner()
own.start()
address("database", shared.folder)
print(own.folder, shared.folder, flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def no_servers_in_environment(monkeypatch):
    for variable in ("DOGE_KAFKA", "DOGE_SCHEMA_REGISTRY", "DOGE_DATABASE"):
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture
def owner():
    created = Owner()
    yield created
    created.close()


@pytest.mark.slow
def test_concurrent_callers_get_the_same_server(owner):
    with ThreadPoolExecutor(3) as pool:
        addresses = set(pool.map(lambda _: address("database", owner.folder), range(3)))
    assert len(addresses) == 1


@pytest.mark.slow
def test_closing_the_owner_stops_the_servers(owner):
    address("database", owner.folder)
    assert alive("database", owner.folder)
    owner.close()
    assert not alive("database", owner.folder)
    assert not owner.folder.exists()


@pytest.mark.slow
def test_an_owner_does_not_wait_for_the_servers_of_another(owner):
    address("database", owner.folder)
    other = Owner()
    address("database", other.folder)
    other.close()
    assert alive("database", owner.folder)


@pytest.mark.slow
def test_servers_stop_when_their_owner_is_killed():
    command = [sys.executable, "-c", OWNER]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        own, shared = map(Path, process.stdout.readline().split())
        assert alive("database", shared)
        process.send_signal(signal.SIGKILL)
    assert wait_until_free(shared / "database.alive", seconds=SECONDS)
    assert wait_until(lambda: not own.exists() and not shared.exists(), seconds=SECONDS)


def test_a_server_from_the_environment_is_used(owner, monkeypatch):
    monkeypatch.setenv("DOGE_KAFKA", "broker.example:9092")
    assert address("kafka", owner.folder) == "broker.example:9092"
    assert not alive("kafka", owner.folder)


def test_every_caller_gets_the_reason_why_a_server_is_unavailable(owner, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "doge-datagen" / "kafka-4.1.1").mkdir(parents=True)
    for _ in range(2):
        with pytest.raises(ServiceError, match=r"(?s)kafka: no server.*is missing; delete the folder"):
            address("kafka", owner.folder)
