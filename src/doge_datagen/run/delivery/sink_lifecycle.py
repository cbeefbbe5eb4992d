"""Closes, abandons or discards every sink of a run exactly once, whatever happened before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from doge_datagen.model import Collector, Machine
from doge_datagen.model.display_names import named
from doge_datagen.sinks.base import BatchSink
from doge_datagen.sinks.transactional import CommittingSink


class Closable(Protocol):
    """Something that has to be closed."""

    def close(self) -> Any:
        """Deliver what was accepted and release all resources."""


class Discardable(Protocol):
    """Something that can leave its destination unchanged."""

    def discard(self) -> Any:
        """Release all resources without delivering anything, instead of ``close``."""


def sinks_of(machine: Machine) -> list[Collector]:
    """Each sink of the machine once, in the order in which they were added."""
    return list({id(sink): sink for transition in machine.transitions() for sink in transition.event_sinks}.values())


@contextmanager
def discarding(sinks: Mapping[str, Discardable]) -> Iterator[None]:
    """Discard the sinks if the block raises: the run cannot begin. Sinks may be added to the mapping in the block.

    If discarding a sink fails, its error is added as a note to the one that is raised.
    """
    try:
        yield
    except BaseException as error:
        for sink in {id(sink): sink for sink in sinks.values()}.values():
            try:
                sink.discard()
            except Exception as another:  # noqa: BLE001 - added as a note to the first
                error.add_note(f"and discarding {named(sink)} failed: {another}")
        raise


@contextmanager
def closing(sinks: Sequence[Closable | CommittingSink]) -> Iterator[None]:
    """End the sinks at the end of the block: close them, which delivers what they have accepted.

    After an error or Ctrl-C, batch sinks are abandoned instead. A sink that commits is discarded in any case: the block
    has committed what it was to deliver. The first error is raised; errors of other sinks that
    fail to close are added to it as notes, and so are the names of unfinished files that are left behind.
    """
    first: BaseException | None = None
    try:
        yield
    except BaseException as error:  # noqa: BLE001 - raised again below, when all sinks are closed
        first = error
    failed = first is not None
    for sink in sinks:
        try:
            if isinstance(sink, CommittingSink):
                sink.discard()
            elif failed and isinstance(sink, BatchSink):
                sink.abandon()
            else:
                sink.close()
        except BaseException as error:  # noqa: BLE001 - raised again below
            if first is None:
                first = error
            elif error is not first:
                first.add_note(f"and closing {named(sink)} failed: {error}")
    if first is not None:
        left = [it for it in (getattr(sink, "left_unfinished", None) for sink in sinks) if isinstance(it, str)]
        if left:
            first.add_note(f"left unfinished: {', '.join(left)}")
        raise first
