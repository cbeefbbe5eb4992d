"""The commands."""

from argparse import Namespace
from functools import partial
from types import SimpleNamespace

from services import __main__ as command_line
from services import background, programs


def test_fetch_downloads_every_server_and_graphviz(monkeypatch):
    fetched = []

    def fake_service(name):
        kind = SimpleNamespace(fetch=partial(fetched.append, name), warm_up=partial(fetched.append, f"{name} warm"))
        return SimpleNamespace(kind=kind)

    monkeypatch.setattr(command_line, "SERVICES", {name: fake_service(name) for name in ("one", "two")})
    monkeypatch.setattr(programs, "graphviz", lambda: fetched.append("graphviz"))
    command_line.run(Namespace(command="fetch"))
    assert fetched == ["one", "one warm", "two", "two warm", "graphviz"]


def test_start_prints_addresses_that_can_be_pasted_into_a_shell(monkeypatch, capsys):
    monkeypatch.setattr(background, "start", lambda: {"DOGE_KAFKA": "localhost:1", "DOGE_DATABASE": "sqlite:///a b"})
    command_line.run(Namespace(command="start"))
    out, err = capsys.readouterr()
    assert out == "export DOGE_KAFKA=localhost:1\nexport DOGE_DATABASE='sqlite:///a b'\n"
    assert err == f"{command_line.STOP_HINT}\n"
