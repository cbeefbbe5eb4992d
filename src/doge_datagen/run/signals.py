"""Ctrl-C, SIGTERM and SIGHUP where nothing is half done: between two windows, not in the middle of a commit."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

HANGUP = getattr(signal, "SIGHUP", None)
"""What a process gets whose terminal is closed; Windows has none."""
USUAL: dict[int, object] = {
    signal.SIGINT: signal.default_int_handler,
    signal.SIGTERM: signal.SIG_DFL,
    **({} if HANGUP is None else {HANGUP: signal.SIG_DFL}),
}
"""The handlers that are replaced; another one that is there stays, such as that of ``nohup``."""


def _nothing() -> None:
    pass


def _at_once() -> None:
    raise KeyboardInterrupt


def uninterrupted(do: Callable[[], object]) -> None:
    """Do what may be begun again until it is done; a Ctrl-C that comes meanwhile is raised then."""
    pressed: KeyboardInterrupt | None = None
    done = False
    while not done:
        try:
            do()
            done = True
        except KeyboardInterrupt as error:
            pressed = error
    if pressed is not None:
        raise pressed


@contextmanager
def stopping(
    first: Callable[[], None] = _nothing, second: Callable[[], None] = _at_once
) -> Iterator[Callable[[], bool]]:
    """What says whether the user wants the run to end: the ``stop`` of a model's run.

    A terminal that is closed sends its signal more than once, so SIGHUP is never more than the first.

    Args:
        first: called in the handler of the first signal; must do little.
        second: called in the handler of each signal after it.

    >>> with stopping() as stop:
    ...     before = stop()
    ...     signal.raise_signal(signal.SIGTERM)
    ...     after = stop()
    >>> before, after
    (False, True)
    """
    pressed = 0

    def press(number: int, _frame: FrameType | None) -> None:
        nonlocal pressed
        if number == HANGUP and pressed:
            return
        pressed += 1
        (first if pressed == 1 else second)()

    ours = threading.current_thread() is threading.main_thread()  # signals reach the main thread alone
    replaced = [number for number, usual in USUAL.items() if ours and signal.getsignal(number) is usual]
    before = {number: signal.signal(number, press) for number in replaced}
    try:
        yield lambda: pressed > 0
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
