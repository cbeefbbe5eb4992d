"""Settings and fixtures of all tests."""

import gc
import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from hypothesis import HealthCheck, settings

from tests.effort import EXPLORING

pytest_plugins = ["tests.servers", "tests.leaks"]
BUSY = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
"""Any example can be slow on a busy machine, so there is no deadline."""
settings.register_profile("doge", settings.default, derandomize=True, max_examples=50, **BUSY)
settings.register_profile(EXPLORING, settings.default, derandomize=False, print_blob=True, **BUSY)
settings.load_profile(
    "doge"
)  # the same examples each time, so that passing is not a matter of luck; make fuzz explores
gc.set_threshold(100_000, 50, 100)  # Numba creates millions of objects; this saves 30 % of compile time
CACHE_DIR, STATE_DIR = "DOGE_CACHE_DIR", "DOGE_STATE_DIR"
WEEK = 7 * 24 * 3600
TESTS = Path(__file__).parent
SLOWEST_FIRST = (
    "sinks/kafka/test_transactions_broker.py",
    "engine/test_model_golden.py",
    "torture/test_torture.py",
    "faults/test_kafka.py",
    "sinks/database/test_transactions_crash.py",
    "docs/test_docs.py",
    "sinks/kafka/test_transactions.py",
    "engine/test_evaluation.py",
    "sinks/kafka/test_transactions_crash.py",
    "engine/test_bounded_windows.py",
    "sinks/files/test_transactions_crash.py",
    "docs/test_live_page.py",
    "engine/test_rhythms.py",
    "torture/test_two_processes.py",
    "engine/test_moments.py",
    "faults/test_frozen.py",
    "run/resuming/test_resuming.py",
    "sinks/database/test_transactions.py",
    "engine/test_wide.py",
    "docs/test_sessions.py",
    "run/resuming/test_crash.py",
    "sinks/events/test_kafka_factories_broker.py",
    "sinks/testing/test_batches.py",
    "engine/test_subject_slice.py",
    "cli/test_check.py",
    "cli/test_errors.py",
    "run/resuming/test_resuming_moments.py",
    "sinks/kafka/test_sink_kind_broker.py",
    "engine/compiled/test_engine.py",
    "engine/compiled/test_generated_module.py",
    "engine/compiled/test_code_cache.py",
)
"""The slowest files, which xdist workers start with; started last, one of them would keep the other workers idle.

Files that mostly wait for a server alternate with files that compile models, so that they run at the same time.
"""


def pytest_configure(config):
    """Use a temporary folder for checkpoints and a lasting one for compiled models, unless the user set them."""
    config.of_session = [] if STATE_DIR in os.environ else [STATE_DIR]
    for name in config.of_session:
        os.environ[name] = tempfile.mkdtemp(prefix="doge-tests-")
    if CACHE_DIR not in os.environ:
        os.environ[CACHE_DIR] = str(compiled_models(config.rootpath / ".pytest_cache"))


def compiled_models(parent):
    """The folder for compiled models; old files are deleted, as their names depend on all sources."""
    folder = parent / "compiled"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for path in folder.iterdir():
        with suppress(FileNotFoundError):  # removed by another session
            if path.stat().st_mtime < time.time() - WEEK:
                path.unlink()
    return folder


def pytest_collection_modifyitems(items):
    """Run the slowest files first, the others in their usual order."""
    places = {TESTS / name: position for position, name in enumerate(SLOWEST_FIRST)}
    items.sort(key=lambda item: places.get(item.path, len(places)))


def pytest_collection_finish():
    """Exempt the thousands of collected tests from garbage collection."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure(config):
    for name in config.of_session:
        shutil.rmtree(os.environ.pop(name))
