import re
import subprocess
import sys

import click
import pytest

from doge_datagen.cli import main
from tests.cli.doge import doge

COMMANDS = list(main.commands.values())
HEAVY = ("numpy", "pyarrow", "pydantic", "numba", "yaml", "sqlalchemy", "polars")


def named(command):
    return command.name


def test_help_teaches_and_names_every_command():
    told = doge("--help")
    assert told.exit_code == 0
    assert "To get started:" in told.output
    for name in main.commands:
        assert re.search(rf"^  {name} ", told.output, re.MULTILINE)


def test_at_80_columns_every_command_is_described_in_full():
    told = doge("--help", COLUMNS="80").output
    assert "..." not in told.partition("Commands:")[2]
    assert [it.name for it in COMMANDS if not it.short_help or len(it.short_help) > 60] == []


@pytest.mark.parametrize("command", COMMANDS, ids=named)
def test_every_option_has_help(command):
    options = [it for it in command.params if isinstance(it, click.Option)]
    assert [it.name for it in options if not it.help or not it.help.endswith((".", "yaml"))] == []


@pytest.mark.parametrize("command", COMMANDS, ids=named)
def test_every_command_has_an_example(command):
    assert re.search(rf"^ +doge {command.name}\b", command.help, re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS, ids=named)
def test_every_argument_is_spoken_of(command):
    for argument in (it for it in command.params if isinstance(it, click.Argument)):
        assert argument.name.upper() in command.help


def test_the_version_is_told():
    assert doge("--version").output == "doge-datagen 2.0.0.dev0\n"


def test_help_waits_for_no_heavy_package():
    program = f"""
import sys
from doge_datagen.cli import main
try:
    main(["run", "--help"])
except SystemExit:
    print([name for name in {HEAVY} if name in sys.modules], file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr == "[]\n"
