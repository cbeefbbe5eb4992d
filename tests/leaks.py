"""Fails a test that leaves a changed environment, folder, signal handler or constant behind."""

import os
import signal
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

OURS = "doge_datagen"
OF_PYTEST = "PYTEST_CURRENT_TEST"
NEW = "the variable DOGE_"
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def state() -> dict[str, object]:
    """The state that all tests of a process share, by name."""
    result: dict[str, object] = {"the current folder": Path.cwd()}
    result |= {f"the variable {name}": value for name, value in os.environ.items() if name != OF_PYTEST}
    result |= {number.name: signal.getsignal(number) for number in SIGNALS}
    result |= {called: id(within.get(name)) for called, within, name in _constants(len(sys.modules))}
    return result


def differences(before: dict[str, object], after: dict[str, object]) -> list[str]:
    """The names of what has changed or disappeared, and of our new variables; libraries set theirs when imported."""
    changed = [name for name, value in before.items() if after.get(name) != value]
    return sorted([*changed, *(name for name in after.keys() - before.keys() if name.startswith(NEW))])


@lru_cache(maxsize=1)
def _constants(_how_many: int) -> tuple[tuple[str, dict[str, Any], str], ...]:
    """Our constants by name; searched again when the number of modules has changed."""
    ours = ((called, vars(module)) for called, module in sys.modules.items() if called.startswith(OURS))
    return tuple((f"{called}.{name}", within, name) for called, within in ours for name in within if name.isupper())


@pytest.fixture(autouse=True)
def _fail_on_leaks() -> Iterator[None]:
    before = state()
    yield
    changed = differences(before, state())
    assert not changed, f"changed for the tests after this one: {', '.join(changed)}"
