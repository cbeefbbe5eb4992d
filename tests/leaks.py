"""Fails a test that leaves another environment, folder, signal handler or constant of ours to the tests after it."""

import os
import signal
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from types import ModuleType

import pytest

OURS = "doge_datagen"
OF_PYTEST = "PYTEST_CURRENT_TEST"
NEW = "the variable DOGE_"
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def state() -> dict[str, object]:
    """What the tests of a process share, each with its name."""
    found: dict[str, object] = {"the current folder": Path.cwd()}
    found |= {f"the variable {name}": value for name, value in os.environ.items() if name != OF_PYTEST}
    found |= {number.name: signal.getsignal(number) for number in SIGNALS}
    for module in _modules(len(sys.modules)):
        found |= {f"{module.__name__}.{name}": id(it) for name, it in vars(module).items() if name.isupper()}
    return found


def differences(before: dict[str, object], after: dict[str, object]) -> list[str]:
    """The names of what has changed or is gone, and of new variables of ours; libraries set theirs when imported."""
    changed = [name for name, value in before.items() if after.get(name) != value]
    return sorted([*changed, *(name for name in after.keys() - before.keys() if name.startswith(NEW))])


@lru_cache(maxsize=1)
def _modules(_how_many: int) -> tuple[ModuleType, ...]:
    """Our modules; looked for only when the number of all modules has changed."""
    return tuple(module for name, module in sys.modules.items() if name.startswith(OURS))


@pytest.fixture(autouse=True)
def _nothing_is_left_changed() -> Iterator[None]:
    before = state()
    yield
    changed = differences(before, state())
    assert not changed, f"changed for the tests after this one: {', '.join(changed)}"
