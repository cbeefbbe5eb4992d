"""The commands on the page about live runs work as written, and its program receives the records."""

import re
import signal
import subprocess
import sys
from uuid import uuid4

import pytest
from confluent_kafka.admin import AdminClient

from services.waiting import wait_until
from tests.cli.doge import started
from tests.docs.pages import ROOT, blocks

PAGE = ROOT / "docs" / "how-to" / "live-runs.md"
COMMANDS = re.findall(r"^\$ doge (.*)$", PAGE.read_text(), re.MULTILINE)


@pytest.fixture
def topic():
    """A new topic for each test."""
    return f"metro-gates-{uuid4().hex}"


@pytest.fixture
def folder(tmp_path, monkeypatch, kafka, database, topic):
    for block in blocks(PAGE):
        if block.file_name:
            (tmp_path / block.file_name).write_text(
                block.text.replace("metro-gates", topic).replace('"watch"', f'"{topic}"')
            )
    monkeypatch.chdir(tmp_path)
    for name, value in {"DOGE_KAFKA": kafka, "DOGE_DATABASE": database, "DOGE_STATE_DIR": tmp_path / "state"}.items():
        monkeypatch.setenv(name, str(value))
    return tmp_path


def records_in_kafka(kafka, topic):
    """The first lines printed by the program on the page."""
    client = AdminClient({"bootstrap.servers": kafka})
    assert wait_until(lambda: topic in client.list_topics(timeout=10).topics, seconds=240)
    with subprocess.Popen([sys.executable, "monitor.py"], stdout=subprocess.PIPE, text=True) as watch:
        seen = [watch.stdout.readline() for _ in range(3)]
        watch.kill()
    return seen


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_on_the_page_runs_until_it_is_stopped(folder, command, kafka, topic):
    with started(*command.replace(":9400", ":0").split(), "--report", "report.json") as run:
        if "--target files" in command:
            assert wait_until(lambda: any((folder / "out").glob("*/part-*")), seconds=240)
        else:
            seen = records_in_kafka(kafka, topic)
            assert all(re.fullmatch(r'\d{13} \d+ \{"rider":.*,"gate":.*\}\n', line) for line in seen), seen
        run.send_signal(signal.SIGTERM)
        _, output = run.communicate(timeout=240)
    assert run.returncode == 0, output
    assert "the same command resumes it" in output
