"""Turns Ctrl-C, SIGTERM and SIGHUP into requests to stop, which a run obeys between two windows."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

HANGUP = getattr(signal, "SIGHUP", None)
"""The signal that a process gets when its terminal is closed; Windows does not have it."""
USUAL: dict[int, object] = {
    signal.SIGINT: signal.default_int_handler,
    signal.SIGTERM: signal.SIG_DFL,
    **({} if HANGUP is None else {HANGUP: signal.SIG_DFL}),
}
"""The default handlers, which are replaced; any other handler is kept, such as that of ``nohup``."""


def _nothing() -> None:
    pass


def _at_once() -> None:
    raise KeyboardInterrupt


def uninterrupted(do: Callable[[], object]) -> None:
    """Call a repeatable operation until it completes; a Ctrl-C that interrupts it is raised afterwards."""
    pressed: KeyboardInterrupt | None = None
    done = False
    while not done:
        try:
            do()
            done = True
        # Begun again, since the operation may be repeated; the interrupt is kept, or the user's wish would be lost.
        except KeyboardInterrupt as error:
            pressed = error
    if pressed is not None:
        raise pressed


@contextmanager
def stopping(
    first: Callable[[], None] = _nothing, second: Callable[[], None] = _at_once
) -> Iterator[Callable[[], bool]]:
    """Catch signals in a block; yields a function that says whether one has come: the ``stop`` of a model's run.

    A terminal that is closed sends SIGHUP more than once, so it never counts as a second signal.

    Args:
        first: called in the handler of the first signal; must do little.
        second: called in the handler of each later signal.

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

    ours = threading.current_thread() is threading.main_thread()  # only the main thread can set signal handlers
    # Handlers of an application around us stay: it knows better what its signals mean.
    replaced = [number for number, usual in USUAL.items() if ours and signal.getsignal(number) is usual]
    before = {number: signal.signal(number, press) for number in replaced}
    try:
        yield lambda: pressed > 0
    finally:
        for number, handler in before.items():
            # Restored whatever happens: a handler that stays would swallow the Ctrl-C of the next program part.
            signal.signal(number, handler)
