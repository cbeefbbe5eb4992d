"""One set of servers per user and clone, running in the background until stopped."""

import os
import shutil
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from pathlib import Path

from services.locks import holder, locked
from services.shared import ROOT, SERVICES, address, alive, given, wait_until_gone


def folder() -> Path:
    """Return the folder with the state of the background servers; it is in the clone, so that each clone has its own.

    If the clone is deleted, its servers stop.
    """
    return ROOT / ".services"


def _lock() -> AbstractContextManager[None]:
    """Let only one process at a time start or stop servers."""
    return locked(folder().with_suffix(".lock"))


def start() -> dict[str, str]:
    """Start the servers that are not running; return each address by its environment variable."""
    home = folder()
    with _lock():
        home.mkdir(parents=True, exist_ok=True)
        missing = [name for name in SERVICES if not given(name) and not alive(name, home)]
        for name in missing:
            SERVICES[name].kind.fetch()
            _forget(name, home)
        if not missing:
            print("the servers already run", file=sys.stderr)
        with ThreadPoolExecutor() as pool:
            found = pool.map(lambda name: address(name, home, owned=False), SERVICES)
            return dict(zip((service.variable for service in SERVICES.values()), found, strict=True))


def stop() -> None:
    """Stop this clone's background servers, and delete their data."""
    with _lock():
        running = [name for name in SERVICES if alive(name, folder())]
        for name in running:
            with suppress(ProcessLookupError):
                os.kill(holder(folder() / f"{name}.alive"), signal.SIGTERM)
        wait_until_gone(folder())
        shutil.rmtree(folder(), ignore_errors=True)
        print(f"stopped: {', '.join(running)}" if running else "this clone runs no servers", file=sys.stderr)


def _forget(name: str, home: Path) -> None:
    for suffix in ("log", "address"):
        (home / f"{name}.{suffix}").unlink(missing_ok=True)
