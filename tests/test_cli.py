import re

import pytest
from click.testing import CliRunner

from doge_datagen import cli
from doge_datagen.errors import MissingDriverError, ModelError, RefusedError, UnknownTargetError, UnreachableError


def doge(*arguments, **environment):
    return CliRunner().invoke(cli.main, arguments, env=environment)


def failing_with(monkeypatch, error):
    def fail(*_):
        raise error

    monkeypatch.setattr("doge_datagen.demo.demo.demo", fail)


def test_help_teaches_and_names_every_command():
    told = doge("--help")
    assert told.exit_code == 0
    assert "Begin with: doge demo" in told.output
    for name in cli.main.commands:
        assert re.search(rf"^  {name} ", told.output, re.MULTILINE)


def test_every_option_has_help():
    for command in cli.main.commands.values():
        for parameter in command.params:
            assert getattr(parameter, "help", None), parameter.name


def test_the_version_is_told():
    assert doge("--version").output == "doge-datagen 2.0.0.dev0\n"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ModelError("db_url", "is no database URL"), 2),
        (MissingDriverError("writing to PostgreSQL", "postgres"), 2),
        (UnknownTargetError("table x", "there is none"), 2),
        (UnreachableError("topic trx", "no broker answers"), 1),
        (RefusedError("topic trx", "wrong password"), 1),
        (OSError("disk full"), 1),
    ],
)
def test_errors_are_one_line_and_say_whose_they_are_by_exit_code(monkeypatch, error, code):
    failing_with(monkeypatch, error)
    told = doge("demo")
    assert told.exit_code == code
    assert told.stderr == f"error: {error}\n"


def test_an_errors_notes_are_told(monkeypatch):
    error = UnreachableError("topic trx", "no broker answers")
    error.add_note("while subject 7 tried login")
    failing_with(monkeypatch, error)
    assert doge("demo").stderr == "error: topic trx: no broker answers\n  while subject 7 tried login\n"


def test_ctrl_c_says_what_became_of_the_records(monkeypatch):
    failing_with(monkeypatch, KeyboardInterrupt())
    told = doge("demo")
    assert (told.exit_code, told.stderr) == (1, "error: interrupted; what was accepted until then is delivered\n")


def test_a_traceback_is_there_for_who_asks(monkeypatch):
    failing_with(monkeypatch, OSError("disk full"))
    told = doge("demo", DOGE_TRACEBACK="1")
    assert isinstance(told.exception, OSError)


@pytest.mark.parametrize(
    "arguments", [["--subjects", "0"], ["--ticks", "-1"], ["--seed", "-1"], ["--kafka", "localhost:9092"], ["--what"]]
)
def test_wrong_options_are_the_users_mistake(arguments):
    assert doge("demo", *arguments).exit_code == 2
