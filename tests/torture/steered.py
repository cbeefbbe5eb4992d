"""``doge`` as a process that can be told at which line of a commit to die, or to stand still.

It is the command as it is, with a handler for SIGUSR1, which reads ``steer.json`` in the working folder: from the next
commit on, the process sends itself the ``signal`` before the ``line``-th line of sinks and delivery that it runs. In
the commit of one sink a line counts once, or most hits would be in the loops over records.
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

HIT = "hit before"
ORDER = Path("steer.json")
CHECKPOINTS = "TORTURE_CHECKPOINTS"
OURS = tuple(
    str(Path(doge_datagen.__file__).parent / part)
    for part in ("sinks", "run/delivery/delivery.py", "run/delivery/retry.py")
)
"""Files whose lines count."""


class Steering:
    """Counts lines from the beginning of a commit on, once it is asked to, and hits at the one that was asked for."""

    def __init__(self) -> None:
        self._left = 0
        self._signal = 0
        self._begun = False
        self._seen = set[tuple[str, int]]()

    def asked(self, _number: int, _frame: FrameType | None) -> None:
        """Read the order; the next commit is the first that counts."""
        order = json.loads(ORDER.read_text())
        self._left, self._signal, self._begun = order["line"], order["signal"], False
        sys.settrace(self.called)

    def called(self, frame: FrameType, _event: str, _argument: Any) -> Any:
        """A function is called: followed where it is ours, and a commit has begun."""
        self._begun = self._begun or frame.f_code is Delivery.commit.__code__
        if frame.f_code is CommittingSink.commit.__code__:
            self._seen.clear()
        return self.line if self._begun and frame.f_code.co_filename.startswith(OURS) else None

    def line(self, frame: FrameType, event: str, _argument: Any) -> Any:
        """A line that counts."""
        place = frame.f_code.co_filename, frame.f_lineno
        if event != "line" or place in self._seen:
            return self.line
        self._seen.add(place)
        self._left -= 1
        if self._left:
            return self.line
        sys.settrace(None)
        os.write(2, f"{HIT} {Path(place[0]).name}:{place[1]}\n".encode())
        os.kill(os.getpid(), self._signal)
        return None


if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, Steering().asked)
    if CHECKPOINTS in os.environ:
        run_plan.RunConfig = partial(run_plan.RunConfig, checkpoint_every=float(os.environ[CHECKPOINTS]))
    try:
        main()
    finally:
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)  # Python gives the default back, which kills a run that is over
