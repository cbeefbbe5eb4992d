"""The page on live runs can be followed: its commands run as they stand, and its program sees the records arrive."""

import re
import signal
import subprocess
import sys

import pytest

from services.waiting import wait_until
from tests.cli.doge import started
from tests.docs.pages import ROOT, blocks

PAGE = ROOT / "docs" / "how-to" / "live-runs.md"
COMMANDS = re.findall(r"^\$ doge (.*)$", PAGE.read_text(), re.MULTILINE)


@pytest.fixture
def folder(tmp_path, monkeypatch, kafka, database):
    for block in blocks(PAGE):
        if block.file_name:
            (tmp_path / block.file_name).write_text(block.text)
    monkeypatch.chdir(tmp_path)
    for name, value in {"DOGE_KAFKA": kafka, "DOGE_DATABASE": database, "DOGE_STATE_DIR": tmp_path / "state"}.items():
        monkeypatch.setenv(name, str(value))
    return tmp_path


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_page_runs_until_it_is_told_to_end(folder, command):
    with started(*command.replace(":9400", ":0").split(), "--report", "report.json") as run:
        watch = subprocess.Popen([sys.executable, "watch.py"], stdout=subprocess.PIPE, text=True)
        try:
            if "--target files" in command:
                assert wait_until(lambda: any((folder / "out").glob("*/part-*")), seconds=60)
            else:
                seen = [watch.stdout.readline() for _ in range(3)]
                assert all(re.fullmatch(r'\d{13} \d+ \{"rider":.*,"gate":.*\}\n', line) for line in seen), seen
        finally:
            watch.kill()
            watch.communicate()
        run.send_signal(signal.SIGTERM)
        _, told = run.communicate(timeout=60)
    assert run.returncode == 0, told
    assert "the same command goes on where it stands" in told
