import re
import subprocess
import sys

import click
import pytest

from doge_datagen.cli import main
from tests.cli.doge import doge

CONTEXT = click.Context(main)
NAMES = main.list_commands(CONTEXT)
COMMANDS = [main.get_command(CONTEXT, name) for name in NAMES]
CORE = ("numpy", "pyarrow", "pydantic", "yaml", "sqlalchemy")
DRIVERS = ("confluent_kafka", "duckdb", "fastavro", "numba", "polars", "psycopg")


def named(command):
    return command.name


def test_help_teaches_and_names_every_command():
    result = doge("--help")
    assert result.exit_code == 0
    assert "To get started:" in result.output
    for name in NAMES:
        assert re.search(rf"^  {name} ", result.output, re.MULTILINE)


def test_at_80_columns_no_description_of_a_command_is_cut():
    output = doge("--help", COLUMNS="80").output
    assert "..." not in output.partition("Commands:")[2]
    assert [line for line in output.partition("Commands:")[2].splitlines() if len(line) > 70] == []


@pytest.mark.parametrize("command", COMMANDS, ids=named)
def test_every_option_has_help(command):
    options = [it for it in command.params if isinstance(it, click.Option)]
    assert [it.name for it in options if not it.help or not it.help.endswith((".", "yaml"))] == []


@pytest.mark.parametrize("command", COMMANDS, ids=named)
def test_every_command_has_an_example(command):
    assert re.search(rf"^ +doge {command.name}\b", command.help, re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS, ids=named)
def test_every_argument_is_described(command):
    for argument in (it for it in command.params if isinstance(it, click.Argument)):
        assert argument.name.upper() in command.help


def test_the_version_is_reported():
    assert doge("--version").output == "doge-datagen 2.0.0.dev0\n"


@pytest.mark.parametrize(
    ("arguments", "unwanted"),
    [
        (["--version"], CORE + DRIVERS),
        (["--help"], CORE + DRIVERS),
        (["chekc"], CORE + DRIVERS),
        (["new", "--help"], CORE + DRIVERS),
        (["check", "--help"], (*DRIVERS, "sqlalchemy")),
        (["run", "--help"], (*DRIVERS, "sqlalchemy")),
    ],
)
def test_a_command_imports_only_what_it_needs(arguments, unwanted):
    program = f"""
import sys
from doge_datagen.cli import main
try:
    main({arguments})
except SystemExit:
    print([name for name in {unwanted} if name in sys.modules], file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr.splitlines()[-1] == "[]"
