"""Settings and fixtures of all tests."""

import os
import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.servers"]
BUSY = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
"""Other work on the machine can make any example slow, so there is no deadline."""
settings.register_profile("doge", settings.default, derandomize=True, **BUSY)
settings.register_profile("fuzz", settings.default, derandomize=False, print_blob=True, **BUSY)
settings.load_profile(
    "doge"
)  # the same examples each time, so that passing is not a matter of luck; make fuzz explores
FOLDERS = ("DOGE_CACHE_DIR", "DOGE_STATE_DIR")
TESTS = Path(__file__).parent
SLOWEST_FIRST = (
    "sinks/kafka/test_transactions_crash.py",
    "engine/test_model_golden.py",
    "sinks/kafka/test_transactions_broker.py",
    "faults/test_kafka.py",
    "torture/test_torture.py",
    "docs/test_docs.py",
    "sinks/database/test_transactions_crash.py",
    "engine/test_bounded_windows.py",
    "docs/test_live_page.py",
    "engine/test_evaluation.py",
    "torture/test_two_processes.py",
    "docs/test_sessions.py",
    "faults/test_frozen.py",
    "sinks/files/test_transactions_crash.py",
    "engine/test_wide.py",
    "sinks/events/test_kafka_factories_broker.py",
    "run/test_crash.py",
)
"""Files that take longest, which workers of xdist start with: started last, one of them would keep all others waiting.

Those that mostly wait for a server and those that compile models alternate, so that both happen at the same time.
"""


def pytest_configure(config):
    """Keep compiled models and checkpoints in folders of this session; folders set by the user are kept."""
    config.made = [name for name in FOLDERS if name not in os.environ]
    for name in config.made:
        os.environ[name] = tempfile.mkdtemp(prefix="doge-tests-")


def pytest_collection_modifyitems(items):
    """Put the slowest files first; the others stay in their order."""
    places = {TESTS / name: place for place, name in enumerate(SLOWEST_FIRST)}
    items.sort(key=lambda item: places.get(item.path, len(places)))


def pytest_unconfigure(config):
    for name in config.made:
        shutil.rmtree(os.environ.pop(name))
