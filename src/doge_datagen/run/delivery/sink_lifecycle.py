"""Opens the sinks of a run, ends each exactly once whatever happened before, and accounts for what they delivered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from doge_datagen.errors import DeliveryError, ReaderGoneError
from doge_datagen.model import Collector, Machine
from doge_datagen.model.destination import Destination
from doge_datagen.run.delivery.retry import Retry
from doge_datagen.run.delivery.threaded_sink import ThreadedSink
from doge_datagen.run.reporting.report import RunReport, SinkReport
from doge_datagen.safe_text import named
from doge_datagen.sinks.base import BatchSink
from doge_datagen.sinks.conflicts import check_apart, check_open_apart
from doge_datagen.sinks.registry import open_sink, shown_destination
from doge_datagen.sinks.transactional import CommittingSink

if TYPE_CHECKING:
    from doge_datagen.run.delivery.delivery import Delivery
    from doge_datagen.run.run_config import RunConfig
    from doge_datagen.run.stages import StreamSchema


OpenSink = BatchSink | CommittingSink
SinkOrDestination = Destination | OpenSink


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


def open_all(
    streams: Mapping[str, StreamSchema], destinations: Mapping[str, SinkOrDestination], config: RunConfig, retry: Retry
) -> dict[str, OpenSink]:
    """Open the sinks of all streams; if one fails, the others are discarded and leave their destinations unchanged.

    Args:
        streams: what the batches of each have.
        destinations: by stream, where it goes, or a sink that is open already.
        config: the options of the run.
        retry: the retry loop.

    Raises:
        ModelError: a destination is invalid, or two streams have the same one.
        MissingDriverError: a package is missing.
        SinkError: a destination cannot be opened.
    """
    # Before any is opened: the second sink of a file would otherwise report that another run is writing to it.
    check_apart(destinations)
    made: dict[str, OpenSink] = {}
    with discarding(made):
        for stream, destination in destinations.items():
            if isinstance(destination, Destination):
                fields, keyed = streams[stream].fields, streams[stream].keyed
                opening = partial(
                    open_sink, destination, stream, fields, keyed=keyed, run_id=config.run_id, patience=retry
                )
                sink = retry.until_done(opening)
                # Noted in the mapping before the next one is opened, so that it is discarded if that fails.
                made[stream] = _on_a_thread(sink) if sink.capabilities.own_thread and config.paced is None else sink
        # Again with what servers say: two names of one host, or a search path, show only now.
        check_open_apart(made, destinations)
    return {stream: made[stream] if isinstance(it, Destination) else it for stream, it in destinations.items()}


def _on_a_thread(sink: OpenSink) -> OpenSink:
    """Let batches wait for a thread; not in a paced run, which measures when sinks have taken each record."""
    return ThreadedSink(sink) if isinstance(sink, BatchSink) else sink  # the other kind only works when it commits


def already_open(destinations: Mapping[str, SinkOrDestination]) -> dict[str, OpenSink]:
    """By stream, the sinks among them, which the caller has opened."""
    return {stream: it for stream, it in destinations.items() if not isinstance(it, Destination)}


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
            _destination(stream, sink, destinations),
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
            destination = named(it.sink) if it.stream is None else f"stream {it.stream}"
            emitted = it.emitted or 0
            causes = {"the sink raised no error": emitted - it.delivered}
            raise DeliveryError(destination, accepted=emitted, delivered=it.delivered, causes=causes)


def _destination(stream: str, sink: object, destinations: Mapping[str, SinkOrDestination]) -> str:
    destination = destinations[stream]
    return shown_destination(destination, stream) if isinstance(destination, Destination) else named(sink)
