"""Ctrl-C at a place where nothing is half done: between two ticks, not in the middle of a commit."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from doge_datagen.run.report import Progress, ProgressListener


@contextmanager
def stopping_between_ticks(listener: ProgressListener) -> Iterator[ProgressListener]:
    """A listener that passes progress on, and stops the run where it is told of it; a second Ctrl-C stops at once.

    Raises:
        KeyboardInterrupt: by the listener, after a Ctrl-C.
    """
    pressed = False

    def press(_number: int, _frame: FrameType | None) -> None:
        nonlocal pressed
        if pressed:
            raise KeyboardInterrupt
        pressed = True

    def listen(progress: Progress) -> None:
        listener(progress)
        if pressed:
            raise KeyboardInterrupt

    ours = threading.current_thread() is threading.main_thread()
    if not ours or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield listen  # signals reach the main thread alone, and a handler that is there stays
        return
    before = signal.signal(signal.SIGINT, press)
    try:
        yield listen
    finally:
        signal.signal(signal.SIGINT, before)
