"""The contract of every sink that takes batches, and of the functions that open them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from doge_datagen.model.redaction import Redacted, opened, redacted
from doge_datagen.sinks.patience import FOREVER, Patience

if TYPE_CHECKING:
    import pyarrow as pa

    from doge_datagen.batch import Batch
    from doge_datagen.sinks.destination_identity import DestinationIdentity


class BatchSink(ABC):
    """Carries the batches of one stream to one place: a topic, a table, a file, the screen.

    When each method is called, and what is promised:

    * A sink is opened once, before the first tick: what can be known to be wrong then (no server, a table with other
      columns, a folder that cannot be written) is an error then.
    * ``write`` is called in order of time, from one thread at a time, never with an empty batch. It returns when the
      sink has *accepted* the batch; it may hold it, or a part of it, in a buffer of bounded size.
    * ``flush`` is called in a run with a name where other sinks keep positions, each time before these are committed; a
      run that goes on begins there, and hands on again only what came after. It returns when everything accepted is at
      its place, or raises. A sink that holds nothing back need not have it.
    * ``close`` is called once at the end of a run, also where the user has stopped it; it returns when everything
      accepted is *delivered*, or raises. Closing again does nothing. After ``close`` no batch is taken.
    * ``abandon`` is called in its place where the run has failed. It does what ``close`` does, unless the place is to
      stay as it was: a file that is not whole gets no name.
    * A batch is delivered or an error is raised, by ``write``, ``flush`` or ``close``; never neither. After an error
      the sink takes no more batches, does not try the failed ones again, and still lets go of what it has on ``close``.
    * An error is of the ``SinkError`` tree; a batch that did not arrive is a ``DeliveryError`` with counts.

    Not promised: when in between a batch arrives at its place, and that a process that is killed delivers what was
    accepted after the last ``flush``.

    Attributes:
        own_thread: whether a run that opens it may have it write, or commit, in a thread of its own, beside those of
            other sinks; False where nothing is said. For a sink that has work for a processor and shares nothing with
            sinks of other streams. All else is called by the thread that has opened it, never two at once. A thread
            hears no Ctrl-C: what may have to wait for somebody, such as a server, says False.
        destination: what it writes to, as the place itself names it: of one run, no two sinks may write to one. None
            where several may, or where nothing is known.
    """

    own_thread = False
    destination: DestinationIdentity | None = None

    @abstractmethod
    def write(self, batch: Batch) -> None:
        """Accept one batch."""

    def flush(self) -> None:  # noqa: B027 - for sinks that hold nothing back there is nothing to do
        """Deliver what was accepted and go on; a process that is killed after it has lost nothing of that."""

    @abstractmethod
    def close(self) -> None:
        """Deliver what was accepted and let go of what is held; closing again does nothing."""

    def abandon(self) -> None:
        """Deliver what was accepted or leave the place as it was, and let go of what is held: the run has failed."""
        self.close()

    @property
    def left_unfinished(self) -> str | None:
        """What ``abandon`` has left beside the place, such as the path of an unfinished file; None where nothing."""
        return None

    def warn_ahead(self, ms: int) -> None:  # noqa: B027 - most places take any timestamp
        """Warn where the place will refuse records that are dated ahead of the wall clock by so many milliseconds.

        Called once before the first tick, in a run of which it is known how far ahead its records will be at most.
        """

    def discard(self) -> None:
        """Let go of what is held, in place of ``close``, where the run never began: the place stays as it was."""
        self.close()

    @property
    @abstractmethod
    def delivered(self) -> int:
        """How many records are confirmed at their place so far."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class SinkContext:
    """Which stream goes where, as a model file's target says it.

    Attributes:
        stream: its name.
        schema: of its records: ``int64``, ``float64``, ``bool``, ``string`` and ``timestamp[ms, tz=UTC]``, none of
            them null.
        at: the path, URL or addresses, with environment variables filled in; ``at.reveal()`` is the text, and messages
            show it without what is secret in it. A str is taken as well.
        options: the rest of what the target says of this stream, checked against the kind's options. What is named
            like a secret, such as a password, is to be revealed too.
        keyed: whether its records have keys.
        run_id: the name of a run that can be resumed. The sink is then a ``CommittingSink``, if the kind has one; else
            its records arrive at least once.
        patience: how long the sink may wait for a server that does not answer.
    """

    stream: str
    schema: pa.Schema
    at: Redacted
    options: Mapping[str, Any] = field(default_factory=dict)
    keyed: bool = False
    run_id: str | None = None
    patience: Patience = FOREVER

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", redacted(self.at).resolved())
        object.__setattr__(self, "options", opened(self.options))


@dataclass(frozen=True, slots=True)
class SinkConfig:
    """What is known of an :class:`SinkContext` before anything is opened.

    Attributes:
        stream: its name.
        fields: the names of its fields.
        at: the path, URL or addresses, as in :class:`SinkContext`; here it is shown with the names of variables.
        options: the rest of what the target says of this stream. All strings in it are like ``at``, so that a message
            shows ``${NAME}`` and not what the environment holds.
        where: leads to the place, such as ``targets.local.trx``, for errors.
        run_id: the name of a run that can be resumed; None where it has none, or is not known.
    """

    stream: str
    fields: tuple[str, ...]
    at: Redacted
    options: Mapping[str, Any]
    where: str
    run_id: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", redacted(self.at))
        object.__setattr__(self, "options", redacted(self.options))


@dataclass(frozen=True, slots=True)
class Option:
    """What a target may say beside the place.

    Attributes:
        meaning: for the person who reads the reference, and an editor's hint.
        kind: the type of its value: ``str``, ``int``, ``float``, ``bool`` or ``dict`` (of strings to scalars).
        choices: the only values there are, where these are few.
        required: whether the place makes no sense without it.
    """

    meaning: str
    kind: type = str
    choices: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True, slots=True)
class SinkKind:
    """A kind of place that targets can name; the entry points of ``doge_datagen.sinks`` give more of them.

    Attributes:
        name: the key that a target says it by: ``{kafka: ...}``.
        meaning: one line for the reference: what the value of that key is.
        open: makes the sink, or raises: ModelError where the target makes no sense, MissingDriverError where a package
            is missing, SinkError where the place cannot be had.
        options: what may stand beside the place, by name.
        check: sees whether address, options and fields fit together before anything is opened, and raises ModelError
            where they do not. It asks nobody, and is not asked where variables of the environment are not known. None
            where there is nothing to see.
        needs: sees whether this machine has what it takes to open the place, such as a package, without opening it,
            and raises MissingDriverError or ModelError where it has not. None where nothing is needed.
        destination: says which topic, table or file a place is, without opening it, so that two streams are not
            written to one. None where several streams may go to one place.
    """

    name: str
    meaning: str
    open: Callable[[SinkContext], BatchSink]
    options: Mapping[str, Option] = field(default_factory=dict)
    check: Callable[[SinkConfig], object] | None = None
    needs: Callable[[SinkConfig], object] | None = None
    destination: Callable[[SinkConfig], DestinationIdentity] | None = None


CLOSED = "a closed sink takes no events. Hint: make a new one"
FAILED = "takes no more events after an error. Hint: make a new sink"
