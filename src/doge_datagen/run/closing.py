"""Every sink closed once, whatever happened before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from doge_datagen.model import Collector, Machine


class Closes(Protocol):
    """Whatever has to be closed."""

    def close(self) -> Any:
        """Deliver what was taken and let go of what is held."""


def sinks_of(machine: Machine) -> list[Collector]:
    """Each sink of the machine once, in the order in which they were added."""
    return list({id(sink): sink for transition in machine.transitions() for sink in transition.event_sinks}.values())


@contextmanager
def closing(sinks: Sequence[Closes]) -> Iterator[None]:
    """Close the sinks at the end, also after an error or Ctrl-C: what they have accepted is delivered.

    The first error is raised; the errors of other sinks that fail to close are notes on it.
    """
    first: BaseException | None = None
    try:
        yield
    except BaseException as error:  # noqa: BLE001 - raised again below, when all sinks are closed
        first = error
    for sink in sinks:
        try:
            sink.close()
        except BaseException as error:  # noqa: BLE001 - raised again below
            if first is None:
                first = error
            elif error is not first:
                first.add_note(f"and closing {sink!r} failed: {error}")
    if first is not None:
        raise first
