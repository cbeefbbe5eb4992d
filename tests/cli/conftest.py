import pytest

from tests.cli.doge import LAMP


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder to work in, with a model in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lamp.yaml").write_text(LAMP)
    return tmp_path
