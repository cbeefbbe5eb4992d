"""What the commands do."""

from argparse import Namespace
from functools import partial
from types import SimpleNamespace

from services import __main__ as command_line
from services import background, programs


def test_fetch_gets_every_server_and_the_program_that_draws(monkeypatch):
    fetched = []

    def fetching(name):
        kind = SimpleNamespace(fetch=partial(fetched.append, name), warm_up=partial(fetched.append, f"{name} warm"))
        return SimpleNamespace(kind=kind)

    monkeypatch.setattr(command_line, "SERVICES", {name: fetching(name) for name in ("one", "two")})
    monkeypatch.setattr(programs, "graphviz", lambda: fetched.append("graphviz"))
    command_line.run(Namespace(command="fetch"))
    assert fetched == ["one", "one warm", "two", "two warm", "graphviz"]


def test_start_prints_what_can_be_pasted_for_every_command_of_the_shell(monkeypatch, capsys):
    monkeypatch.setattr(background, "start", lambda: {"DOGE_KAFKA": "localhost:1", "DOGE_DATABASE": "sqlite:///a b"})
    command_line.run(Namespace(command="start"))
    out, err = capsys.readouterr()
    assert out == "export DOGE_KAFKA=localhost:1\nexport DOGE_DATABASE='sqlite:///a b'\n"
    assert err == f"{command_line.STOP_HINT}\n"
