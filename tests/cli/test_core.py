"""The command with only the core packages."""

import subprocess
import sys

import pytest

from tests.cli.doge import doge

EXTRAS = (
    "numba",
    "polars",
    "duckdb",
    "psycopg",
    "confluent_kafka",
    "fastavro",
    "pyruhvro",
    "graphviz",
)
BARE = f"""
import sys
sys.modules.update(dict.fromkeys({EXTRAS}))
from doge_datagen.cli import main
main()
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "command", ["demo --subjects 200", "run lamp.yaml", "run shop.yaml", "preview lamp.yaml", "graph lamp.yaml"]
)
@pytest.mark.usefixtures("folder")
def test_no_extra_is_needed(command):
    doge("new", "shop")
    done = subprocess.run([sys.executable, "-c", BARE, *command.split()], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.usefixtures("folder")
def test_a_missing_extra_is_reported_with_its_pip_line():
    command = "run lamp.yaml --engine compiled"
    done = subprocess.run([sys.executable, "-c", BARE, *command.split()], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "pip install 'doge-datagen[fast]'" in done.stderr
