import logging
import os
import subprocess
import sys
import warnings

import pytest

from doge_datagen.cli.terminal import warnings_as_lines
from tests.cli.doge import INTERRUPTIBLE, LAMP


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
    """Words that neither ASCII nor Latin-1 has."""
    text = LAMP.replace("name: lamp\n", "name: żółw\n").replace("what: trigger", "what: \"'ł' + trigger\"")
    (folder / "foreign.yaml").write_text(text, encoding="utf-8")


@pytest.mark.usefixtures("foreign")
@pytest.mark.parametrize("command", ["check", "preview", "graph", "run --target screen --seed 7"])
@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_what_an_encoding_does_not_have_is_shown_by_its_number(command, encoding):
    name, *options = command.split()
    code, _, err = said(" ".join([name, "foreign.yaml", *options]), PYTHONIOENCODING=encoding)
    assert (code, b"Traceback" in err) == (0, False), err


@pytest.mark.usefixtures("foreign")
def test_records_that_go_to_a_program_are_utf_8_whatever_the_locale():
    code, out, _ = said(
        "run foreign.yaml --target screen --seed 7", LC_ALL="C", PYTHONCOERCECLOCALE="0", PYTHONUTF8="0"
    )
    assert code == 0
    assert "łlight" in out.decode()


@pytest.mark.usefixtures("folder")
def test_a_screen_that_is_closed_is_reported_in_a_line():
    code, _, err = said("run lamp.yaml --target screen --seed 7 >&-")
    assert code == 1
    assert b"Traceback" not in err
    assert err.splitlines()[-1].startswith(b"error: standard output: ")
    assert b"it is closed" in err


def test_warnings_are_marked_as_such_whichever_way_they_come(capsys):
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        with warnings_as_lines():
            logging.getLogger("doge_datagen.run.delivery.retry").warning("topic %s: trying again", "trx\x1b[2J")
            logging.getLogger("doge_datagen.run.delivery.retry").info("not this")
            warnings.warn("topic trx: records vanish", stacklevel=1)
    assert capsys.readouterr().err == ("warning: topic trx\\x1b[2J: trying again\nwarning: topic trx: records vanish\n")


def test_after_the_command_warnings_are_as_before():
    before = warnings.showwarning
    with warnings_as_lines():
        assert warnings.showwarning is not before
    assert warnings.showwarning is before
    assert logging.getLogger("doge_datagen").handlers == []
