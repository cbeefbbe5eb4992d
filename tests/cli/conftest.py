from functools import partial

import pytest

from doge_datagen.forecast.forecast import forecast
from doge_datagen.forecast.sample import COST
from tests.cli.doge import LAMP


@pytest.fixture(autouse=True)
def _small_samples(monkeypatch):
    """Let forecasts in this process use a tenth of the sample that users get."""
    for module in ("check", "summary"):
        monkeypatch.setattr(f"doge_datagen.cli.{module}.forecast", partial(forecast, cost=COST / 10))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current folder, with a model in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lamp.yaml").write_text(LAMP)
    return tmp_path
