"""What every test may ask for."""

import os
import shutil
import tempfile

pytest_plugins = ["tests.servers"]
COMPILED = "DOGE_CACHE_DIR"


def pytest_configure(config):
    """Keep compiled models in a folder of this session, which its processes share; who names one keeps it."""
    if COMPILED not in os.environ:
        config.compiled = os.environ[COMPILED] = tempfile.mkdtemp(prefix="doge-compiled-")


def pytest_unconfigure(config):
    if hasattr(config, "compiled"):
        del os.environ[COMPILED]
        shutil.rmtree(config.compiled)
