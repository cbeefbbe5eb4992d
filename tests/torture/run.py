"""A run that can be started, watched, killed and resumed, always with the same command."""

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import yaml

from services.waiting import wait_until
from tests.torture import fault_injection as injected_doge
from tests.torture.destinations import AUDIT, DESTINATIONS, Destination, Workspace
from tests.torture.fault_injection import REQUEST, SIGNALLED
from tests.torture.rows import BANK, SEED, TICKS

SECONDS = 120.0
"""A timeout for what usually takes seconds, but minutes on a busy computer."""
LINES = 750
"""The approximate number of lines traced in a commit to all destinations."""
TAIL = 30
PLAIN = "from doge_datagen.cli import main; main()"


class RunError(Exception):
    """A run broke a rule; the message says which, and ends with the process's last output."""


def parts(workspace: Workspace) -> int:
    """The number of commits of a run to all destinations."""
    return len(AUDIT.parts(workspace))


class Run:
    """A run of the bank that is resumed with the same command each time it is started.

    Args:
        workspace: where it writes.
        options: for ``doge run``, in addition to model, target, seed and run ID.
        destinations: of its target, in the order in which they are committed.
        environment: variables to add to ours.
        fault_injection: whether the process can be signalled at a chosen line of a commit.
        name: stem of the log files.
        progress: returns a number that grows with each commit.

    Attributes:
        starts: how often it has been started.
    """

    def __init__(
        self,
        workspace: Workspace,
        options: Sequence[str],
        destinations: Sequence[Destination] = DESTINATIONS,
        *,
        environment: dict[str, str] | None = None,
        fault_injection: bool = True,
        name: str = "events",
        progress: Callable[[Workspace], int] = parts,
    ) -> None:
        self.starts = 0
        self._name = name
        self._progress = progress
        self._workspace = workspace
        self._process: subprocess.Popen[bytes] | None = None
        self._environment = {**os.environ, **workspace.servers.environment, **(environment or {})}
        program = ["-P", injected_doge.__file__] if fault_injection else ["-c", PLAIN]
        identity = ["--seed", str(SEED), "--run-id", workspace.run_id, "--target", "all"]
        self._command = [sys.executable, *program, "run", "bank.yaml", *identity, *options]
        targets = {"all": {it.stream: it.target(workspace) for it in destinations}}
        workspace.folder.mkdir(parents=True, exist_ok=True)
        (workspace.folder / "bank.yaml").write_text(
            BANK.read_text() + yaml.safe_dump({"targets": targets}, sort_keys=False)
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    @property
    def log(self) -> Path:
        """The log file of the process that was started last."""
        return self._workspace.folder / f"{self._name}-{self.starts}.txt"

    @property
    def output(self) -> str:
        """The output of the process that was started last."""
        return self.log.read_text(errors="replace")

    @property
    def is_running(self) -> bool:
        """Whether the process is running.

        Raises:
            RunError: it ended, although it had neither finished nor been killed by us.
        """
        code = None if self._process is None else self._process.poll()
        if code not in (None, 0, -signal.SIGKILL):
            self.fail(f"ended with {code}")
        return self._process is not None and code is None

    @property
    def is_finished(self) -> bool:
        """Whether the process has finished successfully."""
        return self._process is not None and self._process.poll() == 0

    def start(self) -> None:
        """Start the run, or resume it."""
        self.starts += 1
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                self._command, stdout=log, stderr=log, env=self._environment, cwd=self._workspace.folder
            )

    def wait_for_commits(self, commits: int) -> bool:
        """Wait for this many more commits; False if the run finished first.

        Raises:
            RunError: it ended otherwise or stopped committing.
        """
        target = self._progress(self._workspace) + commits
        if not wait_until(lambda: not self.is_running or self._progress(self._workspace) >= target, seconds=SECONDS):
            self.fail("makes no progress")
        return self.is_running

    def kill(self) -> bool:
        """Send SIGKILL; False if the run had already finished."""
        self.signal(signal.SIGKILL)
        return self.exit_code() != 0

    def terminate(self) -> None:
        """Send SIGTERM and wait for the process to end.

        Raises:
            RunError: it did not end, or not with exit code 0.
        """
        self.signal(signal.SIGTERM)
        self.expect_clean_exit()

    def expect_clean_exit(self) -> None:
        """Wait for the process to end after a SIGTERM.

        Raises:
            RunError: it did not end, or not with exit code 0 although the run was unfinished when the signal came.
        """
        code = self.exit_code()
        if code != 0 and not (code == -signal.SIGTERM and AUDIT.ticks(self._workspace) == TICKS):
            self.fail(f"ended with {code} after SIGTERM")
        self._process = None

    def inject_signal(self, number: int, rng: random.Random) -> str | None:
        """Have the process signal itself at a random line of a commit; which one, or None if the run finished first."""
        request = {"line": rng.randint(1, LINES), "signal": number}
        (self._workspace.folder / REQUEST).write_text(json.dumps(request))
        self.signal(signal.SIGUSR1)
        if not wait_until(lambda: not self.is_running or SIGNALLED in self.output, seconds=SECONDS):
            self.fail("did not signal itself")
        if SIGNALLED not in self.output:
            return None
        if not wait_until(lambda: not self.is_running or self.is_stopped, seconds=SECONDS):
            self.fail("continues after its signal")
        return self.output.rpartition(SIGNALLED)[2].split()[0]

    @property
    def is_stopped(self) -> bool:
        """Whether the process is stopped, as after SIGSTOP."""
        status = subprocess.run(["ps", "-o", "stat=", "-p", str(self.pid)], capture_output=True, text=True, check=False)
        return status.stdout.startswith("T")

    @property
    def pid(self) -> int:
        """The ID of the process that was started last."""
        if self._process is None:
            raise RunError("has not been started")
        return self._process.pid

    def signal(self, number: int) -> None:
        """Send a signal; does nothing if the process has ended."""
        if self._process is not None:
            self._process.send_signal(number)

    def exit_code(self) -> int:
        """Wait for the process to end and return its exit code."""
        if self._process is None:
            raise RunError("has not been started")
        try:
            return self._process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            return self.fail("did not end")

    def finish(self) -> None:
        """Let the run finish; resume it first if it is not running.

        Raises:
            RunError: it did not end with exit code 0.
        """
        if not self.is_running:
            self.start()
        if (code := self.exit_code()) != 0:
            self.fail(f"ended with {code}")

    def fail(self, problem: str) -> int:
        """Raise an error with the problem and the last lines of output.

        Raises:
            RunError: always.
        """
        last = "\n".join(self.output.splitlines()[-TAIL:])
        raise RunError(f"start {self.starts} of {self._workspace.run_id} {problem}; {self.log} ends with\n{last}")
