"""The compiled engine made on a thread of its own, while a run goes on without it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread, get_ident
from typing import TYPE_CHECKING

from doge_datagen.errors import DogeError

if TYPE_CHECKING:
    from doge_datagen.engine.compiled.engine import CompiledEngine

log = logging.getLogger(__name__)


class Compilation:
    """Makes an engine on a thread; whoever wants it looks now and then whether it is there.

    The thread is none that the process leaves behind: to end while LLVM is at work may crash it. When it is no longer
    wanted, it ends with the pass that the compiler is in, a few seconds later at most.

    Args:
        make: makes the engine.
    """

    def __init__(self, make: Callable[[], CompiledEngine]) -> None:
        self._make = make
        self._engine: CompiledEngine | None = None
        self._wanted = True
        self._thread = Thread(target=self._run, name="doge-compile")
        self._thread.start()

    @property
    def at_work(self) -> bool:
        """Whether it is still going on."""
        return self._thread.is_alive()

    def engine(self) -> CompiledEngine | None:
        """The engine, which is the caller's from then on; None as long as it is not ready, and if it cannot be had."""
        if self.at_work:
            return None
        engine, self._engine = self._engine, None
        return engine

    def end(self) -> None:
        """It is no longer wanted."""
        self._wanted = False
        engine = self.engine()
        if engine is not None:
            engine.close()

    def _run(self) -> None:
        try:
            with _ending_unless(lambda: self._wanted):
                engine = self._make()
        except _NotWanted:
            return
        except (DogeError, ImportError, OSError, RuntimeError) as error:
            log.warning("the compiled engine cannot be had, so that the run goes on without it: %s", error)
            return
        if self._wanted:
            self._engine = engine
        else:
            engine.close()


class _NotWanted(Exception):  # noqa: N818 - it is no error
    """Ends a compilation that nobody waits for any more."""


@contextmanager
def _ending_unless(wanted: Callable[[], bool]) -> Iterator[None]:
    """Within the block, Numba ends a compilation on this thread before its next pass, if it is not wanted any more."""
    from numba.core import event  # noqa: PLC0415 - takes a second, which is why this runs beside

    thread = get_ident()

    class Passes(event.Listener):
        def on_start(self, _: object) -> None:
            if get_ident() == thread and not wanted():
                raise _NotWanted

        def on_end(self, _: object) -> None:
            """Nothing."""

    listener = Passes()
    event.register("numba:run_pass", listener)  # type: ignore[no-untyped-call]  # Numba has no types
    try:
        yield
    finally:
        event.unregister("numba:run_pass", listener)  # type: ignore[no-untyped-call]  # as above
