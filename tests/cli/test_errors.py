import logging
import os
import subprocess
import sys
import warnings

import pytest

from doge_datagen.cli.errors import warnings_as_lines
from doge_datagen.errors import (
    InvalidModelError,
    MissingDriverError,
    ModelError,
    Problem,
    RefusedError,
    SinkError,
    UnknownTargetError,
    UnreachableError,
)
from tests.cli.doge import INTERRUPTIBLE, LAMP, doge


def failing_with(monkeypatch, error):
    def fail(*_):
        raise error

    monkeypatch.setattr("doge_datagen.cli.demo.demo", fail)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ModelError("db_url", "is not a database URL"), 2),
        (MissingDriverError("writing to PostgreSQL", "postgres"), 2),
        (UnknownTargetError("table x", "there is none"), 2),
        (UnreachableError("topic trx", "no broker answers"), 1),
        (RefusedError("topic trx", "wrong password"), 1),
        (OSError("disk full"), 1),
    ],
)
def test_errors_are_one_line_and_have_exit_codes(monkeypatch, error, code):
    failing_with(monkeypatch, error)
    result = doge("demo")
    assert result.exit_code == code
    assert result.stderr == f"error: {error}\n"


def test_an_errors_notes_are_reported(monkeypatch):
    error = UnreachableError("topic trx", "no broker answers")
    error.add_note("while subject 7 tried login")
    failing_with(monkeypatch, error)
    assert doge("demo").stderr == "error: topic trx: no broker answers\n  while subject 7 tried login\n"


def test_a_character_outside_the_encoding_is_reported_in_one_line(monkeypatch):
    failing_with(monkeypatch, UnicodeEncodeError("charmap", "ł", 0, 1, "no such character"))
    result = doge("demo")
    assert result.exit_code == 1
    assert result.stderr.startswith("error: 'charmap' codec can't encode character")


def test_ctrl_c_is_reported_in_one_line(monkeypatch):
    failing_with(monkeypatch, KeyboardInterrupt())
    result = doge("demo")
    assert (result.exit_code, result.stderr) == (1, "error: interrupted\n")


def test_ctrl_c_reports_what_happened_to_the_records_if_known(monkeypatch):
    failing_with(monkeypatch, KeyboardInterrupt("all is delivered"))
    assert doge("demo").stderr == "error: interrupted; all is delivered\n"


def test_each_problem_of_a_model_has_a_line(monkeypatch):
    failing_with(monkeypatch, InvalidModelError([Problem(("name",), "is missing"), Problem(("clock",), "is missing")]))
    result = doge("demo")
    assert (result.exit_code, result.stderr) == (2, "error: name: is missing\nerror: clock: is missing\n")


def test_parameters_are_reported_as_options_and_files_named_like_them_are_not(monkeypatch):
    failing_with(monkeypatch, ModelError("subjects", "there is none"))
    assert doge("demo").stderr == "error: --subjects: there is none\n"
    failing_with(monkeypatch, InvalidModelError([Problem(("name",), "is missing", 3, 1, "subjects")]))
    assert doge("demo").stderr == "error: subjects:3:1: name: is missing\n"


def test_a_message_contains_no_control_sequences(monkeypatch):
    failing_with(monkeypatch, ModelError("name", "'\x1b[2J\r' is not a name"))
    assert doge("demo").stderr == "error: name: '\\x1b[2J\\r' is not a name\n"


def test_a_reader_that_has_exited_causes_no_message(monkeypatch):
    error = SinkError("standard output", "Broken pipe")
    error.__cause__ = BrokenPipeError()
    failing_with(monkeypatch, error)
    result = doge("demo")
    assert (result.exit_code, result.stderr) == (1, "")


def test_a_traceback_is_printed_on_request(monkeypatch):
    failing_with(monkeypatch, OSError("disk full"))
    result = doge("demo", DOGE_TRACEBACK="1")
    assert isinstance(result.exception, OSError)


@pytest.mark.parametrize(
    "arguments", [["--subjects", "0"], ["--ticks", "-1"], ["--seed", "-1"], ["--kafka", "localhost:9092"], ["--what"]]
)
def test_invalid_options_are_user_errors(arguments):
    assert doge("demo", *arguments).exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["run", "x.yaml", "--seed", "seven"], "--seed: 'seven' is not an integer"),
        (["run", "x.yaml", "--commit-every", "1"], "--commit-every: '1' is not a duration"),
        (["check"], "missing argument 'MODEL'"),
        (["demo", "--waht"], "--waht is not an option of doge demo. Hint: see doge demo --help"),
        (["--waht"], "--waht is not an option of doge. Hint: see doge --help"),
        (["run", "x.yaml", "--sed", "7"], "--sed is not an option of doge run. Hint: did you mean --seed?"),
        (
            ["run", "x.yaml", "--limit", "7"],
            "--limit is not an option of doge run. Hint: did you mean --ticks or --until?",
        ),
        (["preview", "x.yaml", "--limit=7"], "--limit is not an option of doge preview. Hint: did you mean --rows?"),
        (["run", "x.yaml", "--ticks", "1e999999999"], "--ticks: '1e999999999' is not an integer"),
        (["run", "x.yaml", "--ticks", "0.5"], "--ticks: '0.5' is not an integer"),
        (["run", "x.yaml", "--workers", "1e6"], "--workers: 1,000,000 is too large; the maximum is 1,024"),
        (["chek"], "there is no command 'chek'"),
    ],
)
def test_an_invalid_command_line_is_reported_in_one_line_like_other_errors(arguments, problem):
    result = doge(*arguments)
    (line,) = result.stderr.splitlines()
    assert (result.exit_code, result.stdout) == (2, "")
    assert line.startswith(f"error: {problem}")


def test_without_a_command_the_help_is_shown():
    result = doge()
    assert "To get started:" in result.output
    assert "error" not in result.output


def test_a_misspelt_command_has_a_hint():
    result = doge("chek")
    assert result.exit_code == 2
    assert "there is no command 'chek'. Hint: did you mean 'check'?" in result.stderr


def said(command, **environment):
    done = subprocess.run(
        ["sh", "-c", f"{sys.executable} -c '{INTERRUPTIBLE}' {command}"],
        capture_output=True,
        env={name: value for name, value in os.environ.items() if name != "PYTHONUTF8"} | environment,
        check=False,
        timeout=240,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def foreign(folder):
    """A model with words outside ASCII and Latin-1."""
    text = LAMP.replace("name: lamp\n", "name: żółw\n").replace("what: trigger", "what: \"'ł' + trigger\"")
    (folder / "foreign.yaml").write_text(text, encoding="utf-8")


@pytest.mark.slow
@pytest.mark.usefixtures("foreign")
@pytest.mark.parametrize("command", ["check", "preview", "graph", "run --target screen --seed 7"])
@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_characters_outside_the_encoding_are_escaped(command, encoding):
    name, *options = command.split()
    code, _, err = said(" ".join([name, "foreign.yaml", *options]), PYTHONIOENCODING=encoding)
    assert (code, b"Traceback" in err) == (0, False), err


@pytest.mark.slow
@pytest.mark.usefixtures("foreign")
def test_records_piped_to_a_program_are_utf_8_whatever_the_locale():
    code, out, _ = said(
        "run foreign.yaml --target screen --seed 7", LC_ALL="C", PYTHONCOERCECLOCALE="0", PYTHONUTF8="0"
    )
    assert code == 0
    assert "łlight" in out.decode()


@pytest.mark.usefixtures("folder")
def test_a_closed_standard_output_is_reported_in_one_line():
    code, _, err = said("run lamp.yaml --target screen --seed 7 >&-")
    assert code == 1
    assert b"Traceback" not in err
    assert err.splitlines()[-1].startswith(b"error: standard output: ")
    assert b"it is closed" in err


def test_warnings_of_all_sources_are_marked_as_such(capsys):
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        with warnings_as_lines():
            logging.getLogger("doge_datagen.run.delivery.retry").warning("topic %s: trying again", "trx\x1b[2J")
            logging.getLogger("doge_datagen.run.delivery.retry").info("not this")
            warnings.warn("topic trx: records vanish", stacklevel=1)
    assert capsys.readouterr().err == ("warning: topic trx\\x1b[2J: trying again\nwarning: topic trx: records vanish\n")


def test_the_handling_of_warnings_is_restored_after_the_command():
    before = warnings.showwarning
    with warnings_as_lines():
        assert warnings.showwarning is not before
    assert warnings.showwarning is before
    assert logging.getLogger("doge_datagen").handlers == []
