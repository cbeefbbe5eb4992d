"""Servers shared by several processes: each is started once, when first needed, and runs until its owner exits.

A set of servers has a folder. It contains, for each server: `NAME.starting`, a lock held while the server starts;
`NAME.alive`, a lock held by the process that keeps the server, until both have ended; `NAME.address`, once the server
answers; `NAME.log`. The owner holds a lock on the file `owner`; when it is free, the servers are stopped.
"""

import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from services.errors import ServiceError
from services.kafka import Kafka
from services.locks import holder, is_held, locked, wait_until_free
from services.postgres import Postgres
from services.registry import SchemaRegistry
from services.server import Server
from services.waiting import wait_until

ROOT = Path(__file__).parent.parent
STOP_SECONDS = 60.0
WATCH_SECONDS = 1.0


@dataclass(frozen=True)
class Service:
    """A kind of server, and the environment variable with the address of an existing one."""

    variable: str
    kind: type[Server]


SERVICES = {
    "kafka": Service("DOGE_KAFKA", Kafka),
    "schema_registry": Service("DOGE_SCHEMA_REGISTRY", SchemaRegistry),
    "database": Service("DOGE_DATABASE", Postgres),
}
_keepers: defaultdict[Path, list[subprocess.Popen[bytes]]] = defaultdict(list)


class Owner:
    """Owns the servers of `folder`, which are stopped by `close` or when this process exits."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="doge-servers-"))
        self._lock = ExitStack()
        self._lock.enter_context(locked(self.folder / "owner"))

    def close(self) -> None:
        """Stop the servers that were started, and wait until they have ended."""
        self._lock.close()
        wait_until_gone(self.folder)
        shutil.rmtree(self.folder, ignore_errors=True)


def address(name: str, folder: Path, *, owned: bool = True) -> str:
    """Return the address of the server `name`: from the environment, or else of the one in `folder`.

    The first call starts it. If it could not be started, every caller gets a ServiceError with the reason.
    """
    if known := given(name):
        return known
    with locked(folder / f"{name}.starting"):
        if not (folder / f"{name}.log").exists():
            _start_keeper(name, folder, owned=owned)
    return _read_address(name, folder)


def given(name: str) -> str | None:
    """Return the address of the server `name` from the environment, or None."""
    return os.environ.get(SERVICES[name].variable)


def keep(name: str, folder: Path, *, owned: bool) -> None:
    """Run the server `name` until the owner of `folder` has exited; if not `owned`, until `folder` is deleted."""
    with locked(folder / f"{name}.alive"), SERVICES[name].kind() as server:
        partial = folder / f"{name}.address.partial"
        partial.write_text(server.address)
        partial.rename(folder / f"{name}.address")
        while not _owner_is_gone(folder, owned=owned):
            server.check()
    if owned:
        _tidy(name, folder)


def alive(name: str, folder: Path) -> bool:
    """Return whether the server `name` of `folder` is starting or running."""
    return is_held(folder / f"{name}.alive")


def wait_until_gone(folder: Path) -> None:
    """Wait until no server of `folder` is running; raises ServiceError if that takes too long."""
    for path in folder.glob("*.alive"):
        if not wait_until_free(path, seconds=STOP_SECONDS):
            raise ServiceError(f"{path}: still running after {STOP_SECONDS:.0f} s; end process {holder(path)}")
    for keeper in _keepers.pop(folder, ()):
        keeper.wait()


def _owner_is_gone(folder: Path, *, owned: bool) -> bool:
    if owned:
        return wait_until_free(folder / "owner", seconds=WATCH_SECONDS)
    time.sleep(WATCH_SECONDS)
    return not folder.is_dir()


def _tidy(name: str, folder: Path) -> None:
    """Delete what a killed owner left behind."""
    for path in folder.glob(f"{name}.*"):
        path.unlink(missing_ok=True)
    if not any(folder.glob("*.alive")):
        shutil.rmtree(folder, ignore_errors=True)


def _start_keeper(name: str, folder: Path, *, owned: bool) -> None:
    """Start the process that keeps the server, and wait until the server answers or the process gives up."""
    command = [sys.executable, "-m", "services", "keep", name, str(folder), *(["--owned"] if owned else [])]
    with (folder / f"{name}.log").open("wb") as log:
        keeper = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    _keepers[folder].append(keeper)
    wait_until(lambda: (folder / f"{name}.address").exists() or keeper.poll() is not None, seconds=math.inf)


def _read_address(name: str, folder: Path) -> str:
    try:
        return (folder / f"{name}.address").read_text()
    except FileNotFoundError:
        log = (folder / f"{name}.log").read_text(errors="replace")
        raise ServiceError(f"{name}: no server.\n{log.strip()}") from None
