"""A test that changes the state of later tests fails."""

import pytest

from doge_datagen.run import startup
from tests.leaks import differences, state

CHANGES = {
    "the variable DOGE_NEW": lambda patch: patch.setenv("DOGE_NEW", "1"),
    "the variable PATH": lambda patch: patch.delenv("PATH"),
    "the current folder": lambda patch: patch.chdir("/"),
    "doge_datagen.run.startup.A_DAY": lambda patch: patch.setattr(startup, "A_DAY", 7),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_named(monkeypatch, name):
    before = state()
    CHANGES[name](monkeypatch)
    assert differences(before, state()) == [name]


def test_an_undone_change_is_not_reported(monkeypatch):
    before = state()
    for change in CHANGES.values():
        change(monkeypatch)
    monkeypatch.undo()
    assert differences(before, state()) == []
