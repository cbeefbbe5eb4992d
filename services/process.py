"""One running server process, supervised by a guard that ends it after this process has exited."""

import json
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from services.account import Account
from services.errors import ServiceError

GUARD = Path(__file__).with_name("guard.py")
GRACE_SECONDS = 15.0
TAIL_LINES = 25


@dataclass(frozen=True)
class Launch:
    """How to run a server: `folder` contains its data and log, `stop_signal` asks it to end within `grace_seconds`."""

    command: tuple[str, ...]
    folder: Path
    log: Path
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    grace_seconds: float = GRACE_SECONDS


class ServerProcess:
    """A server that runs from construction until `end`, or until this process exits."""

    def __init__(self, launch: Launch) -> None:
        self._seconds = 2 * launch.grace_seconds
        with launch.log.open("ab") as log:
            self._guard = subprocess.Popen(
                [sys.executable, "-I", "-S", GUARD, _launch_options(launch)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        assert self._guard.stdout is not None
        self.pid = int(self._guard.stdout.readline() or 0)

    def alive(self) -> bool:
        """Return whether the server is still running."""
        return self._guard.poll() is None

    def end(self, word: Literal["stop", "kill"]) -> None:
        """End the server and wait until it has ended."""
        self._guard.communicate(f"{word}\n".encode(), timeout=self._seconds)


def run_to_end(launch: Launch) -> None:
    """Run a server's setup program; raises ServiceError with the end of its output if it fails."""
    account = launch.account
    with launch.log.open("ab") as log:
        completed = subprocess.run(
            launch.command,
            cwd=launch.folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            check=False,
            user=account.user if account else None,
            group=account.group if account else None,
            extra_groups=[] if account else None,
        )
    if completed.returncode != 0:
        raise ServiceError(f"{Path(launch.command[0]).name}: exit code {completed.returncode}\n{tail(launch.log)}")


def family(pid: int) -> list[int]:
    """Return a process and its descendants, itself first."""
    completed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [pid, *(one for child in completed.stdout.split() for one in family(int(child)))]


def tail(log: Path) -> str:
    """Return the last lines of a log."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-TAIL_LINES:])


def _launch_options(launch: Launch) -> str:
    account = launch.account
    return json.dumps(
        {
            "command": launch.command,
            "folder": str(launch.folder),
            "account": [account.user, account.group] if account else None,
            "stop_signal": launch.stop_signal,
            "grace_seconds": launch.grace_seconds,
        }
    )
