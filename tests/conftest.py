"""What every test may ask for."""

import os
import shutil
import tempfile

from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.servers"]
BUSY = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
"""Other work on the machine makes an example slow; what a computer with time to spare would say is no law of ours."""
settings.register_profile("doge", settings.default, derandomize=True, **BUSY)
settings.register_profile("fuzz", settings.default, derandomize=False, print_blob=True, **BUSY)
settings.load_profile(
    "doge"
)  # the same examples each time: whether the tests pass is no matter of luck; make fuzz explores
FOLDERS = ("DOGE_CACHE_DIR", "DOGE_STATE_DIR")


def pytest_configure(config):
    """Keep compiled models and snapshots in folders of this session, for all its processes; who names one keeps it."""
    config.made = [name for name in FOLDERS if name not in os.environ]
    for name in config.made:
        os.environ[name] = tempfile.mkdtemp(prefix="doge-tests-")


def pytest_unconfigure(config):
    for name in config.made:
        shutil.rmtree(os.environ.pop(name))
