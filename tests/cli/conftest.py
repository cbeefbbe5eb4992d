from functools import partial

import pytest

from doge_datagen.forecast.forecast import forecast
from doge_datagen.forecast.sample import COST
from tests.cli.doge import LAMP


@pytest.fixture(autouse=True)
def _small_samples(monkeypatch):
    """Forecasts within the process come from a tenth of the sample that a user gets."""
    for module in ("check", "summary"):
        monkeypatch.setattr(f"doge_datagen.cli.{module}.forecast", partial(forecast, cost=COST / 10))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder to work in, with a model in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lamp.yaml").write_text(LAMP)
    return tmp_path
