"""What the commands do."""

from argparse import Namespace
from types import SimpleNamespace

from services import __main__ as command_line
from services import programs


def test_fetch_gets_every_server_and_the_program_that_draws(monkeypatch):
    fetched = []

    def fetching(name):
        return SimpleNamespace(kind=SimpleNamespace(fetch=lambda: fetched.append(name)))

    monkeypatch.setattr(command_line, "SERVICES", {name: fetching(name) for name in ("one", "two")})
    monkeypatch.setattr(programs, "graphviz", lambda: fetched.append("graphviz"))
    command_line._run(Namespace(command="fetch"))
    assert fetched == ["one", "two", "graphviz"]
