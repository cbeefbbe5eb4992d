"""What a type of sink says about itself: its name, its URLs, its options, its packages, and how a sink is opened.

Everything that depends on the type asks its :class:`SinkKind`, so that a new type is one module: of ours, listed in
:mod:`doge_datagen.sinks.registry`, or of an installed package.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from doge_datagen.errors import MissingDriverError
from doge_datagen.model.redaction import Redacted, opened, redacted, revealed
from doge_datagen.sinks.base import BatchSink, Capabilities
from doge_datagen.sinks.server_wait import FOREVER, Patience

if TYPE_CHECKING:
    import pyarrow as pa

    from doge_datagen.sinks.destination_identity import DestinationIdentity
    from doge_datagen.sinks.transactional import CommittingSink


@dataclass(frozen=True, slots=True)
class Packages:
    """Optional packages.

    Attributes:
        what: what needs them, for the error.
        extra: name of the extra that installs them.
        modules: names of their modules.
    """

    what: str
    extra: str
    modules: tuple[str, ...]


def check_installed(packages: Packages) -> None:
    """Check that packages are installed.

    Raises:
        MissingDriverError: one is missing.
    """
    if any(find_spec(module) is None for module in packages.modules):
        raise MissingDriverError(packages.what, packages.extra)


FORMAT = "format"
"""The option that names the wire format, for kinds that have several."""


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
        run_id: name of a resumable run; None if the run cannot be resumed.
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
        keyed: whether the stream's records have keys.
    """

    stream: str
    fields: tuple[str, ...]
    at: Redacted
    options: Mapping[str, Any]
    where: str
    run_id: str | None = None
    keyed: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", redacted(self.at))
        object.__setattr__(self, "options", redacted(self.options))

    def shown(self, option: str, otherwise: str) -> str:
        """The value of an option for people, without secrets; another text if it is not set."""
        value = self.options.get(option, otherwise)
        return value.address if isinstance(value, Redacted) else str(value)


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
class WireFormat:
    """One way in which a kind of sink can encode records.

    Attributes:
        name: value of the option ``format`` that selects it.
        packages: what it needs to be installed; None if nothing.
        check_fields: checks that it can represent the names of a stream's fields, and raises ModelError if it cannot.
            Called with these names, the stream's name and the location of the target. None if any name will do.
    """

    name: str
    packages: Packages | None = None
    check_fields: Callable[[Sequence[str], str, str], object] | None = None


@dataclass(frozen=True, slots=True)
class SinkKind:
    """A kind of sink that targets can name; packages add kinds by entry points in the group ``doge_datagen.sinks``.

    Only the first three are required. A function that takes a :class:`SinkConfig` must not contact a server.

    Attributes:
        name: the key that selects it in a target: ``{kafka: ...}``.
        meaning: one line for the reference: what the value of that key is.
        open: opens a sink that keeps no position. Raises ModelError if the target makes no sense, MissingDriverError if
            a package is missing, SinkError if the destination cannot be opened.
        options: the options a target may set, by name. One named ``format`` is added if there are ``formats``.
        open_committing: opens the sink of a resumable run, which commits records and position together. None if this
            kind keeps no position, so that such a run delivers at least once.
        capabilities: what a run may do with its sinks, if more than with any; a function if that depends on the target.
        schemes: schemes of the URLs that select it in the short form of a target, such as ``sqlite`` for
            ``sqlite:///bank.db``.
        takes_scheme: whether it also takes URLs of a scheme that no kind has listed. None if it does not.
        refused_schemes: by scheme of a URL that looks as if it were for this kind, why it is not, with a hint.
        formats: the wire formats, default first; empty if records are not encoded, as for a table.
        format_of: which of ``formats`` a target selects; None if only the option ``format`` decides.
        needs_key: whether a stream must have a key.
        check: validates address, options and fields together before anything is opened, and raises ModelError if they
            are invalid. It is not called while the values of environment variables are unknown.
        needs: checks that this machine has what opening the destination requires, such as a package. Raises
            MissingDriverError or ModelError if it does not.
        identify: identifies the topic, table or file, so that two streams cannot write to the same one. None if
            several streams may share a destination.
        shown: where a stream goes, for summaries, such as ``kafka localhost:9092, topic trx``; without secrets. None
            for name and address.
        named: the same within a sentence about a conflict, such as ``the topic 'trx'``. None for the address.
        left_behind: what a process that is ended at once leaves at the destination, for a message; empty if nothing.
    """

    name: str
    meaning: str
    open: Callable[[SinkContext], BatchSink]
    options: Mapping[str, Option] = field(default_factory=dict)
    open_committing: Callable[[SinkContext], CommittingSink] | None = None
    capabilities: Capabilities | Callable[[SinkConfig], Capabilities] | None = None
    schemes: Collection[str] = ()
    takes_scheme: Callable[[str], bool] | None = None
    refused_schemes: Mapping[str, str] = field(default_factory=dict)
    formats: tuple[WireFormat, ...] = ()
    format_of: Callable[[SinkConfig], WireFormat] | None = None
    needs_key: bool = False
    check: Callable[[SinkConfig], object] | None = None
    needs: Callable[[SinkConfig], object] | None = None
    identify: Callable[[SinkConfig], DestinationIdentity] | None = None
    shown: Callable[[SinkConfig], str] | None = None
    named: Callable[[SinkConfig], str] | None = None
    left_behind: str = ""

    def __post_init__(self) -> None:
        if self.formats and FORMAT not in self.options:
            meaning = f"how records are encoded; defaults to {self.formats[0].name}"
            option = Option(meaning, choices=tuple(it.name for it in self.formats))
            object.__setattr__(self, "options", {FORMAT: option, **self.options})

    def capabilities_for(self, given: SinkConfig) -> Capabilities:
        """What a run may do with the sink of this target."""
        found = self.capabilities(given) if callable(self.capabilities) else self.capabilities
        return found or Capabilities()

    def wire_format(self, given: SinkConfig) -> WireFormat | None:
        """The wire format that a target selects; None if this kind has none.

        Raises:
            ModelError: the target does not say which.
        """
        if self.format_of is not None:
            return self.format_of(given)
        name = revealed(given.options.get(FORMAT)) or (self.formats[0].name if self.formats else "")
        return next((it for it in self.formats if it.name == name), None)

    def address(self, given: SinkConfig) -> str:
        """Where a stream goes, for people: its real address, without secrets."""
        return self.shown(given) if self.shown is not None else f"{self.name} {given.at.address}".rstrip()

    def described(self, given: SinkConfig) -> str:
        """The destination within a sentence, as the target names it."""
        return self.named(given) if self.named is not None else repr(given.at)
