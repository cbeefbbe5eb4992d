"""Ends the sinks of a run, each exactly once whatever happened before, and accounts for what they delivered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from doge_datagen.errors import DeliveryError, ReaderGoneError
from doge_datagen.model import Collector, Machine
from doge_datagen.model.destination import Destination
from doge_datagen.run.reporting.report import RunReport, SinkReport
from doge_datagen.safe_text import named
from doge_datagen.sinks.base import BatchSink
from doge_datagen.sinks.registry import shown_place
from doge_datagen.sinks.transactional import CommittingSink

if TYPE_CHECKING:
    from doge_datagen.run.delivery.delivery import Delivery, SinkOrDestination


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
    # By identity: users' sinks need not be hashable, and two that are equal are still two.
    return list({id(sink): sink for transition in machine.transitions() for sink in transition.event_sinks}.values())


@contextmanager
def discarding(sinks: Mapping[str, Discardable]) -> Iterator[None]:
    """Discard the sinks if the block raises: the run cannot begin. Sinks may be added to the mapping in the block.

    If discarding a sink fails, its error is added as a note to the one that is raised.
    """
    try:
        yield
    except BaseException as error:
        # One sink may be given for several streams, which is refused later than here.
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
    # Of the block alone: if closing one sink fails, the others still deliver what they have accepted.
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
        # By name, as sinks of users have no such attribute, or one of another meaning.
        left = [it for it in (getattr(sink, "left_unfinished", None) for sink in sinks) if isinstance(it, str)]
        if left:
            first.add_note(f"left unfinished: {', '.join(left)}")
        raise first


def sink_reports(
    delivery: Delivery, destinations: Mapping[str, SinkOrDestination], generated: Mapping[str, int]
) -> tuple[SinkReport, ...]:
    """What was generated for each sink, emitted to it and delivered by it.

    Args:
        delivery: the sinks, which are closed.
        destinations: by stream, where it went.
        generated: by stream, how many records the engine made in the ticks that the sink did not have before.
    """
    return tuple(
        SinkReport(
            sink,
            generated[stream],
            sink.delivered,
            stream,
            _place(stream, sink, destinations),
            delivery.emitted[stream],
        )
        for stream, sink in delivery.sinks.items()
    )


def check_delivered(report: RunReport, reader_gone: ReaderGoneError | None = None) -> None:
    """Check that each sink has delivered all that it was given, as far as it counts.

    Args:
        report: the summary of the run.
        reader_gone: the error of a sink whose reader has gone away; None if there is none.

    Raises:
        DeliveryError: one has not, although it raised no error.
        ReaderGoneError: the reader of a sink has gone away.
    """
    if reader_gone is not None:  # raised only now, so that all other sinks were closed and not abandoned
        raise reader_gone
    for it in report.sinks:
        # More is as wrong as fewer: it means records twice.
        if it.delivered is not None and it.delivered != it.emitted:
            place = named(it.sink) if it.stream is None else f"stream {it.stream}"
            emitted = it.emitted or 0
            causes = {"the sink raised no error": emitted - it.delivered}
            raise DeliveryError(place, accepted=emitted, delivered=it.delivered, causes=causes)


def _place(stream: str, sink: object, destinations: Mapping[str, SinkOrDestination]) -> str:
    place = destinations[stream]
    return shown_place(place, stream) if isinstance(place, Destination) else named(sink)
