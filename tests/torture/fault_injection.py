"""``doge`` with fault injection: on request the process kills or stops itself at a given line of a commit.

This is the real command plus a handler for SIGUSR1, which reads ``fault.json`` in the working folder: counting from the
start of the next commit, the process sends itself the ``signal`` just before it runs the ``line``-th line of sinks and
delivery. Within the commit of one sink each line counts once; otherwise most signals would hit loops over records.
"""

import json
import os
import signal
import sys
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import doge_datagen
from doge_datagen.cli import main, run_plan
from doge_datagen.run.delivery.delivery import Delivery
from doge_datagen.sinks.transactional import CommittingSink

SIGNALLED = "signalled before"
REQUEST = Path("fault.json")
CHECKPOINTS = "TORTURE_CHECKPOINTS"
TRACED = tuple(
    str(Path(doge_datagen.__file__).parent / part)
    for part in ("sinks", "run/delivery/delivery.py", "run/delivery/retry.py")
)
"""Paths whose lines are counted."""


class FaultInjector:
    """On request, counts lines from the start of a commit and sends a signal at the requested one."""

    def __init__(self) -> None:
        self._remaining = 0
        self._signal = 0
        self._in_commit = False
        self._seen = set[tuple[str, int]]()

    def on_request(self, _number: int, _frame: FrameType | None) -> None:
        """Handle SIGUSR1: read the request and start counting at the next commit."""
        request = json.loads(REQUEST.read_text())
        self._remaining, self._signal, self._in_commit = request["line"], request["signal"], False
        sys.settrace(self.trace_call)

    def trace_call(self, frame: FrameType, _event: str, _argument: Any) -> Any:
        """Trace calls: follow our own functions during a commit."""
        self._in_commit = self._in_commit or frame.f_code is Delivery.commit.__code__
        if frame.f_code is CommittingSink.commit.__code__:
            self._seen.clear()
        return self.trace_line if self._in_commit and frame.f_code.co_filename.startswith(TRACED) else None

    def trace_line(self, frame: FrameType, event: str, _argument: Any) -> Any:
        """Trace lines: count each new one, and send the signal at the requested one."""
        location = frame.f_code.co_filename, frame.f_lineno
        if event != "line" or location in self._seen:
            return self.trace_line
        self._seen.add(location)
        self._remaining -= 1
        if self._remaining:
            return self.trace_line
        sys.settrace(None)
        os.write(2, f"{SIGNALLED} {Path(location[0]).name}:{location[1]}\n".encode())
        os.kill(os.getpid(), self._signal)
        return None


if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, FaultInjector().on_request)
    if CHECKPOINTS in os.environ:
        run_plan.RunConfig = partial(run_plan.RunConfig, checkpoint_every=float(os.environ[CHECKPOINTS]))
    try:
        main()
    finally:
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)  # else the default at exit would kill a finished run
