"""Compiled models, created once for all processes of a session."""

import os

import pytest

from services.waiting import wait_until
from tests.engine.models import MODELS, event_counts, model_named

WORKER = os.environ.get("PYTEST_XDIST_WORKER")


@pytest.fixture(scope="session")
def compiled_models(tmp_path_factory):
    """Compile all models; worker processes share the work, from both ends of the list."""
    folder = tmp_path_factory.getbasetemp()
    if WORKER:
        folder = folder.parent  # shared by all processes
    for name in list(MODELS)[:: -1 if WORKER == "gw1" else 1]:
        try:
            (folder / f"{name}.begun").touch(exist_ok=False)
        except FileExistsError:
            continue
        event_counts(model_named(name), engine="compiled")
        (folder / f"{name}.done").touch()
    assert wait_until(lambda: all((folder / f"{name}.done").exists() for name in MODELS), seconds=240)
