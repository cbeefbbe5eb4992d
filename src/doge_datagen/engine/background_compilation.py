"""Compiles a model on a background thread while a run goes on without it."""

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
    """Makes a compiled engine on a thread; poll :meth:`engine` for it.

    The thread is not a daemon thread: a process that exits while LLVM is compiling may crash. A compilation that is no
    longer wanted stops after the current pass of the compiler, a few seconds later at most.

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
        """Whether it is still compiling."""
        return self._thread.is_alive()

    def engine(self) -> CompiledEngine | None:
        """The engine, which the caller then owns; None if it is not ready yet, or could not be compiled."""
        if self.at_work:
            return None
        engine, self._engine = self._engine, None
        return engine

    def end(self) -> None:
        """Cancel the compilation; an engine that is ready is closed."""
        self._wanted = False
        engine = self.engine()
        if engine is not None:
            engine.close()

    def _run(self) -> None:
        try:
            with _cancelling_unless(lambda: self._wanted):
                engine = self._make()
        except _NotWanted:
            return
        except (DogeError, ImportError, OSError, RuntimeError) as error:
            log.warning("the compiled engine is not available, so the run continues without it: %s", error)
            return
        if self._wanted:
            self._engine = engine
        else:
            engine.close()


class _NotWanted(Exception):  # noqa: N818 - not an error
    """Cancels a compilation that is no longer wanted."""


@contextmanager
def _cancelling_unless(wanted: Callable[[], bool]) -> Iterator[None]:
    """Within the block, a compilation on this thread is cancelled before its next pass once it is not wanted any more.

    Numba has no way to cancel a compilation, but it announces each of its passes to listeners; one that raises ends it.
    """
    from numba.core import event  # noqa: PLC0415 - importing Numba takes a second, so it happens on this thread

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
