"""A run that is started, watched, hit and started again: always the same command."""

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
from tests.torture import steered
from tests.torture.destinations import AUDIT, DESTINATIONS, Destination, Where
from tests.torture.rows import BANK, SEED, TICKS
from tests.torture.steered import HIT, ORDER

SECONDS = 120.0
"""For what takes seconds, and minutes on a computer that has much else to do."""
LINES = 750
"""About as many count in a commit to all destinations."""
TAIL = 30


class RunError(Exception):
    """A run did what none may do; the message says what, and what the process told last."""


def parts(where: Where) -> int:
    """How often a run to all destinations has committed."""
    return len(AUDIT.parts(where))


class Run:
    """A run of the bank that goes on with the same command whenever it is started.

    Args:
        where: its places.
        options: of ``doge run``, beside model, target, seed and name.
        places: those that its target has, in the order in which they are committed.
        environment: on top of ours.
        steerable: whether the process can be reported at which line to die.
        name: of the files with what the processes tell.
        progress: grows with each commit.

    Attributes:
        starts: how often it was started.
    """

    def __init__(
        self,
        where: Where,
        options: Sequence[str],
        destinations: Sequence[Destination] = DESTINATIONS,
        *,
        environment: dict[str, str] | None = None,
        steerable: bool = True,
        name: str = "events",
        progress: Callable[[Where], int] = parts,
    ) -> None:
        self.starts = 0
        self._name = name
        self._progress = progress
        self._where = where
        self._process: subprocess.Popen[bytes] | None = None
        self._environment = {**os.environ, **where.servers.environment, **(environment or {})}
        program = ["-P", steered.__file__] if steerable else ["-c", "from doge_datagen.cli import main; main()"]
        named = ["--seed", str(SEED), "--run-id", where.run_id, "--target", "all"]
        self._command = [sys.executable, *program, "run", "bank.yaml", *named, *options]
        targets = {"all": {place.stream: place.target(where) for place in destinations}}
        where.folder.mkdir(parents=True, exist_ok=True)
        (where.folder / "bank.yaml").write_text(
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
        """What the process reports that was started last."""
        return self._where.folder / f"{self._name}-{self.starts}.txt"

    @property
    def reported(self) -> str:
        """The same, as a text."""
        return self.log.read_text(errors="replace")

    @property
    def lives(self) -> bool:
        """Whether the process is there.

        Raises:
            RunError: it ended, and neither was it over nor did we kill it.
        """
        code = None if self._process is None else self._process.poll()
        if code not in (None, 0, -signal.SIGKILL):
            self.fail(f"ended with {code}")
        return self._process is not None and code is None

    @property
    def is_over(self) -> bool:
        """Whether the process has ended by itself."""
        return self._process is not None and self._process.poll() == 0

    def start(self) -> None:
        """Begin, or go on."""
        self.starts += 1
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                self._command, stdout=log, stderr=log, env=self._environment, cwd=self._where.folder
            )

    def works(self, commits: int) -> bool:
        """Wait until it has committed so often from now on; False where it was over before.

        Raises:
            RunError: it does not come so far.
        """
        enough = self._progress(self._where) + commits
        if not wait_until(lambda: not self.lives or self._progress(self._where) >= enough, seconds=SECONDS):
            self.fail("makes no progress")
        return self.lives

    def kill(self) -> bool:
        """End it with SIGKILL; False where it was over before."""
        self.signal(signal.SIGKILL)
        return self.code() != 0

    def terminate(self) -> None:
        """Ask it to end.

        Raises:
            RunError: it does not, or not with exit code 0.
        """
        self.signal(signal.SIGTERM)
        self.terminated()

    def terminated(self) -> None:
        """See that it ends after a SIGTERM.

        Raises:
            RunError: it does not, or not with exit code 0, unless the run was over when it came.
        """
        code = self.code()
        if code != 0 and not (code == -signal.SIGTERM and AUDIT.ticks(self._where) == TICKS):
            self.fail(f"ended with {code} after SIGTERM")
        self._process = None

    def hit(self, number: int, dice: random.Random) -> str | None:
        """Have it hit by a signal at some line of a commit; where that was, None where it was over before."""
        order = {"line": dice.randint(1, LINES), "signal": number}
        (self._where.folder / ORDER).write_text(json.dumps(order))
        self.signal(signal.SIGUSR1)
        if not wait_until(lambda: not self.lives or HIT in self.reported, seconds=SECONDS):
            self.fail("was not hit")
        if HIT not in self.reported:
            return None
        if not wait_until(lambda: not self.lives or self.stands, seconds=SECONDS):
            self.fail("goes on after a hit")
        return self.reported.rpartition(HIT)[2].split()[0]

    @property
    def stands(self) -> bool:
        """Whether it was stopped and does not go on."""
        reported = subprocess.run(
            ["ps", "-o", "stat=", "-p", str(self.pid)], capture_output=True, text=True, check=False
        )
        return reported.stdout.startswith("T")

    @property
    def pid(self) -> int:
        """Of the process that was started last."""
        if self._process is None:
            raise RunError("was not started yet")
        return self._process.pid

    def signal(self, number: int) -> None:
        """Send a signal; nothing where it has ended."""
        if self._process is not None:
            self._process.send_signal(number)

    def code(self) -> int:
        """The exit code, once it has ended."""
        if self._process is None:
            raise RunError("was not started yet")
        try:
            return self._process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            return self.fail("does not end")

    def finish(self) -> None:
        """Let it go on to its end.

        Raises:
            RunError: it ends otherwise.
        """
        if not self.lives:
            self.start()
        if (code := self.code()) != 0:
            self.fail(f"ended with {code}")

    def fail(self, problem: str) -> int:
        """Raise what it did, and what it reported last.

        Raises:
            RunError: always.
        """
        last = "\n".join(self.reported.splitlines()[-TAIL:])
        raise RunError(f"start {self.starts} of {self._where.run_id} {problem}; {self.log} ends with\n{last}")
