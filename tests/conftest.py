"""What every test may ask for."""

import os
import shutil
import tempfile

pytest_plugins = ["tests.servers"]
FOLDERS = ("DOGE_CACHE_DIR", "DOGE_STATE_DIR")


def pytest_configure(config):
    """Keep compiled models and snapshots in folders of this session, for all its processes; who names one keeps it."""
    config.made = [name for name in FOLDERS if name not in os.environ]
    for name in config.made:
        os.environ[name] = tempfile.mkdtemp(prefix="doge-tests-")


def pytest_unconfigure(config):
    for name in config.made:
        shutil.rmtree(os.environ.pop(name))
