"""Compiled models, made once for all processes of a session."""

import os
from pathlib import Path

import pytest

from services.waiting import wait_until
from tests.engine.models import MODELS, happened, model_named


@pytest.fixture(scope="session")
def compiled_models():
    """All models compiled; processes share the work, from both ends of the list."""
    folder = Path(os.environ["DOGE_CACHE_DIR"])
    second = os.environ.get("PYTEST_XDIST_WORKER", "gw0") != "gw0"
    for name in list(MODELS)[:: -1 if second else 1]:
        try:
            (folder / f"{name}.begun").touch(exist_ok=False)
        except FileExistsError:
            continue
        happened(model_named(name), engine="compiled")
        (folder / f"{name}.done").touch()
    assert wait_until(lambda: all((folder / f"{name}.done").exists() for name in MODELS), seconds=100)
