"""The contracts of sinks that take batches, and of the functions that open them.

Implement :class:`BatchSink` to deliver batches to a destination of your own, and describe it with a :class:`SinkKind`
so that a model file's targets can name it. A sink that can resume a run builds on
:class:`doge_datagen.sinks.transactional.CommittingSink` instead.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from doge_datagen.model.redaction import Redacted, opened, redacted
from doge_datagen.sinks.server_wait import FOREVER, Patience

if TYPE_CHECKING:
    import pyarrow as pa

    from doge_datagen.batch import Batch
    from doge_datagen.sinks.destination_identity import DestinationIdentity


class BatchSink(ABC):
    """Delivers the batches of one stream to one destination: a topic, a table, a file or the screen.

    When each method is called, and what it promises:

    * A sink is opened once, before the first tick. Whatever can be found wrong at that point (no server, a table with
      other columns, a folder that is not writable) must be raised at that point.
    * ``write`` is called in order of arrival time, from one thread at a time, and never with an empty batch. It returns
      when the sink has *accepted* the batch; the sink may keep all or part of it in a buffer of bounded size.
    * ``flush`` is called in a run with ``--run-id`` in which other sinks keep positions, each time before these commit.
      A resumed run starts from the committed position, so only what follows is delivered again. ``flush`` returns when
      everything accepted has reached the destination, or raises. A sink that buffers nothing need not implement it.
    * ``close`` is called once at the end of a run, also if the user has stopped it. It returns when everything accepted
      is *delivered*, or raises. Closing again does nothing. A closed sink accepts no batches.
    * ``abandon`` is called instead of ``close`` if the run has failed. It does the same as ``close``, unless the
      destination should stay as it was: an incomplete file, for example, does not get its final name.
    * A batch is delivered or an error is raised, by ``write``, ``flush`` or ``close``; never neither. After an error
      the sink accepts no more batches and does not retry the failed ones, but ``close`` still releases its resources.
    * Errors are subclasses of ``SinkError``. If records did not arrive, the error is a ``DeliveryError`` with counts.

    Not promised: when, between ``write`` and ``flush`` or ``close``, a batch reaches the destination; nor that a killed
    process has delivered what was accepted after the last ``flush``.

    Attributes:
        own_thread: whether the run may call ``write`` or ``commit`` in a thread of the sink's own, in parallel with
            other sinks; False by default. Set it for a sink that is CPU-bound and shares nothing with the sinks of
            other streams. All other methods are called by the thread that opened the sink, and never two of them at
            once. Ctrl-C does not reach such a thread, so a sink that may have to wait, such as for a server, must leave
            this False.
        destination: identity of what the sink writes to. No two sinks of a run may write to the same destination. None
            if several may, or if the identity is unknown.
    """

    own_thread = False
    destination: DestinationIdentity | None = None

    @abstractmethod
    def write(self, batch: Batch) -> None:
        """Accept one batch."""

    def flush(self) -> None:  # noqa: B027 - a sink that buffers nothing has nothing to do
        """Deliver everything accepted so far; a process killed after ``flush`` returns has lost none of it."""

    @abstractmethod
    def close(self) -> None:
        """Deliver everything accepted and release all resources; closing again does nothing."""

    def abandon(self) -> None:
        """Release all resources after a failed run: deliver what was accepted, or leave the destination as it was."""
        self.close()

    @property
    def left_unfinished(self) -> str | None:
        """What ``abandon`` left behind, such as the path of an incomplete file; None if nothing."""
        return None

    def warn_ahead(self, ms: int) -> None:  # noqa: B027 - most destinations take any timestamp
        """Warn if the destination will reject records whose timestamps are up to ``ms`` ahead of the wall clock.

        Called once before the first tick, if the run knows an upper limit for how far ahead its records will be.

        Args:
            ms: that limit, in milliseconds.
        """

    def discard(self) -> None:
        """Release all resources of a run that never started; the destination stays as it was."""
        self.close()

    @property
    @abstractmethod
    def delivered(self) -> int:
        """How many records are confirmed by the destination so far."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class SinkContext:
    """What a sink is opened with: one stream, and what the model file's target says about it.

    Attributes:
        stream: name of the stream.
        schema: Arrow schema of its records. Types are ``int64``, ``float64``, ``bool``, ``string`` and
            ``timestamp[ms, tz=UTC]``; no value is null.
        at: path, URL or addresses, with environment variables filled in. ``at.reveal()`` returns the plain string;
            formatting it in a message hides the secrets in it. A plain ``str`` is accepted and wrapped.
        options: the target's other options for this stream, checked against :attr:`SinkKind.options`. Values of options
            that are named like secrets, such as a password, are wrapped like ``at`` and need ``reveal()`` too.
        keyed: whether the stream's records have keys.
        run_id: name of a resumable run. The sink is then a ``CommittingSink``, if the kind has one; otherwise records
            are delivered at least once.
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
    """What is known of a :class:`SinkContext` before anything is opened.

    Attributes:
        stream: name of the stream.
        fields: names of its fields.
        at: path, URL or addresses, as in :class:`SinkContext`; messages show variables by name.
        options: the target's other options for this stream. Every string is wrapped like ``at``, so that messages show
            ``${NAME}`` instead of the variable's value.
        where: path to the target in the model, such as ``targets.local.trx``, for error messages.
        run_id: name of a resumable run; None if the run has none, or if it is not known yet.
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
    """One option that a target may set for a kind of sink.

    Attributes:
        meaning: one line for the reference and for hints in editors.
        kind: type of the value: ``str``, ``int``, ``float``, ``bool`` or ``dict`` (of strings to scalars).
        choices: the allowed values, if there are only a few; empty if any value is allowed.
        required: whether every target of this kind must set it.
    """

    meaning: str
    kind: type = str
    choices: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True, slots=True)
class SinkKind:
    """A kind of sink that targets can name; packages add kinds by entry points in the group ``doge_datagen.sinks``.

    Attributes:
        name: the key that selects it in a target: ``{kafka: ...}``.
        meaning: one line for the reference: what the value of that key is.
        open: opens the sink. Raises ModelError if the target makes no sense, MissingDriverError if a package is
            missing, SinkError if the destination cannot be opened.
        options: the options a target may set, by name.
        check: validates address, options and fields together before anything is opened, and raises ModelError if they
            are invalid. It must not contact a server. It is not called while the values of environment variables are
            unknown. None if there is nothing to check.
        needs: checks that this machine has what opening the destination requires, such as a package, without opening
            it. Raises MissingDriverError or ModelError if it does not. None if nothing is required.
        destination: identifies the topic, table or file without opening it, so that two streams cannot write to the
            same one. None if several streams may share a destination.
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
