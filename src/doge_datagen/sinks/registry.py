"""Find the kind of sink that a target or the scheme of its URL names, check the target, show it, and open the sink."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any

from doge_datagen.errors import ModelError, did_you_mean
from doge_datagen.model import Destination
from doge_datagen.model.redaction import Redacted, redacted
from doge_datagen.sinks.base import BatchSink, Capabilities
from doge_datagen.sinks.environment_variables import filled, has_variables
from doge_datagen.sinks.options import check_options
from doge_datagen.sinks.server_wait import FOREVER, Patience
from doge_datagen.sinks.sink_kind import SinkConfig, SinkContext, SinkKind, check_installed

if TYPE_CHECKING:
    import pyarrow as pa

    from doge_datagen.sinks.transactional import CommittingSink


GROUP = "doge_datagen.sinks"
"""Entry point group by which an installed package adds kinds; each entry point names a ``SinkKind``."""

BUILT_IN = {
    "file": "doge_datagen.sinks.files.sink_kind:FILE",
    "database": "doge_datagen.sinks.database.sink_kind:DATABASE",
    "kafka": "doge_datagen.sinks.kafka.sink_kind:KAFKA",
    "console": "doge_datagen.sinks.console:CONSOLE",
}
"""The built-in kinds; a module is imported when a target names its kind."""

SCHEME = re.compile(r"(?P<scheme>[A-Za-z][\w.-]*)(?P<driver>\+[\w.-]*)?://")
NO_SCHEME = ""
"""For a URL whose scheme cannot be read, such as one that comes from a variable which is not known yet."""


def find_kind(name: str, where: str = "targets") -> SinkKind:
    """Return the kind of that name, built in or added by an installed package.

    Args:
        name: the key that selects it in a target.
        where: location of the target, for errors.

    Raises:
        ModelError: the name is unknown, two packages claim it, or the package that adds it is broken.

    >>> find_kind('file').name
    'file'
    >>> find_kind('fiel')
    Traceback (most recent call last):
    doge_datagen.errors.ModelError: targets: there is no kind of sink 'fiel'. Hint: did you mean 'file'?
    """
    if name in BUILT_IN:
        module, _, attribute = BUILT_IN[name].partition(":")
        kind = getattr(import_module(module), attribute)
        assert isinstance(kind, SinkKind)  # noqa: S101 - a bug of ours, which the tests find
        return kind
    added = _added(name)
    if not added:
        raise ModelError(where, f"there is no kind of sink {name!r}. Hint: {did_you_mean(name, all_names())}")
    if len(added) > 1:
        claims = " and ".join(repr(point.value) for point in added)
        raise ModelError(where, f"{claims} both claim the kind of sink {name!r}. Hint: uninstall one of them")
    return _loaded(added[0], where)


def all_names() -> list[str]:
    """The names of all kinds, built-in ones first."""
    return [*BUILT_IN, *sorted({point.name for point in entry_points(group=GROUP)} - set(BUILT_IN))]


def kind_of(destination: Destination, where: str = "targets") -> SinkKind:
    """Return the kind that a destination names or, if it is only a URL, the one that takes URLs of its scheme.

    Raises:
        ModelError: as :func:`find_kind`, or no kind takes such URLs.

    >>> kind_of(Destination.of('sqlite:///bank.db')).name
    'database'
    >>> kind_of(Destination.of('s3://bank/trx.parquet'))
    Traceback (most recent call last):
    doge_datagen.errors.ModelError: targets: no sink takes URLs of s3://: object stores are not supported yet. \
Hint: write a file, such as out/trx.parquet, and copy it
    """
    if destination.kind:
        return find_kind(destination.kind, where)
    found = SCHEME.match(destination.at)
    scheme = found["scheme"] if found else NO_SCHEME
    # Built-in kinds first, without loading what is installed: a broken package must not keep a file from being written.
    if kind := next((it for it in map(find_kind, BUILT_IN) if scheme in it.schemes), None):
        return kind
    known = [*map(find_kind, BUILT_IN), *_loadable()]
    takes = (it for it in known if scheme in it.schemes or (it.takes_scheme is not None and it.takes_scheme(scheme)))
    if kind := next(takes, None):
        return kind
    why = refusal_of(scheme) or unknown_scheme(scheme, [name for it in known for name in it.schemes])
    raise ModelError(where, f"no sink takes URLs of {scheme}://: {why}")


def refusal_of(scheme: str) -> str:
    """Why no kind takes URLs of a scheme that looks as if one did, with a hint; empty if nothing is known."""
    refused = (it.refused_schemes.get(scheme.lower()) for it in map(find_kind, BUILT_IN))
    return next(filter(None, refused), "")


def unknown_scheme(scheme: str, known: Iterable[str]) -> str:
    """Why no kind takes URLs of a scheme that nobody knows, with a hint."""
    near = did_you_mean(scheme, known)
    others = "" if near.endswith("?") else ", and those for which an installed package brings a SQLAlchemy dialect"
    return f"it is unknown. Hint: {near}{others}"


def check_destination(
    destination: Destination, stream: str, fields: Sequence[str], where: str, *, keyed: bool = True
) -> SinkKind:
    """Check that the kind of sink exists and accepts the options and the stream.

    Environment variables are not looked up; :func:`check_filled` does that.

    Args:
        destination: what the target says about the stream.
        stream: name of the stream.
        fields: names of its fields.
        where: location of the target, such as ``targets.local.trx``, for errors.
        keyed: whether its records have keys.

    Returns:
        The kind of sink.

    Raises:
        ModelError: an option is unknown, missing or has an invalid value, or the stream cannot be written there.
    """
    kind = kind_of(destination, where)
    check_options(kind, destination.options, where)
    if kind.needs_key and not keyed:
        raise ModelError(where, f"{kind.name!r} needs a key for each record. Hint: give the stream {stream!r} a key")
    # With variables the value is not known yet; it is checked when they are filled in.
    if not _has_variables(destination):
        _check_values(
            kind, SinkConfig(stream, tuple(fields), Redacted(destination.at), redacted(destination.options), where)
        )
    return kind


def check_filled(
    destination: Destination,
    stream: str,
    fields: Sequence[str],
    where: str,
    *,
    keyed: bool = True,
    run_id: str | None = None,
) -> tuple[SinkKind, SinkConfig]:
    """Check as :func:`check_destination` does, with environment variables filled in; messages never show their values.

    Args:
        destination: what the target says about the stream.
        stream: name of the stream.
        fields: names of its fields.
        where: location of the target, for errors.
        keyed: whether its records have keys.
        run_id: name of the run, if it is resumable.

    Returns:
        The kind of sink, and the configuration to open it with.

    Raises:
        ModelError: as :func:`check_destination`, or a variable is not set.
    """
    kind = check_destination(destination, stream, fields, where, keyed=keyed)
    at, options = filled(destination.at, where), filled(destination.options, where)
    given = SinkConfig(stream, tuple(fields), at, options, where, run_id, keyed)
    if _has_variables(destination):
        # Once more: a variable may hold a whole URL, and so another kind.
        kind = kind_of(Destination(destination.kind, at.reveal()), where)
    # Some checks depend on whether the run has a name: Kafka needs other settings for transactions.
    if run_id is not None or _has_variables(destination):
        check_options(kind, given.options, where)
        _check_values(kind, given)
    return kind, given


def check_machine(
    destination: Destination, stream: str, fields: Sequence[str], where: str, *, keyed: bool = True
) -> None:
    """Check that this machine has what opening the destination requires, with environment variables filled in.

    Raises:
        ModelError: as :func:`check_filled`, or something other than a package is missing.
        MissingDriverError: a package is missing.
    """
    kind, given = check_filled(destination, stream, fields, where, keyed=keyed)
    if kind.needs is not None:
        kind.needs(given)
    wire = kind.wire_format(given)
    if wire is not None and wire.packages is not None:
        check_installed(wire.packages)


def capabilities_of(destination: Destination, stream: str) -> Capabilities:
    """What a run may do with the sink of a destination, by what the target says without its variables.

    Raises:
        ModelError: as :func:`kind_of`.
    """
    where = f"targets.{stream}"
    return kind_of(destination, where).capabilities_for(
        SinkConfig(stream, (), Redacted(destination.at), destination.options, where)
    )


def open_sink(
    destination: Destination,
    stream: str,
    schema: pa.Schema,
    *,
    keyed: bool = False,
    where: str = "",
    run_id: str | None = None,
    patience: Patience = FOREVER,
) -> BatchSink | CommittingSink:
    """Open the sink that a target names for a stream.

    Args:
        destination: what the target says; ``${NAME}`` and ``${NAME:-default}`` in its address and options are filled
            in from the environment.
        stream: name of the stream.
        schema: Arrow schema of its records.
        keyed: whether its records have keys.
        where: location of the target, for errors; defaults to ``targets.<stream>``.
        run_id: name of the run, if it is resumable.
        patience: how long the sink may wait for a server that does not answer.

    Returns:
        A ``CommittingSink`` if the run is resumable and the kind has one, and a ``BatchSink`` otherwise.

    Raises:
        ModelError: the target is invalid, or a variable is not set.
        MissingDriverError: a package is missing.
        SinkError: the destination cannot be opened.
    """
    where = where or f"targets.{stream}"
    kind, given = check_filled(destination, stream, schema.names, where, keyed=keyed, run_id=run_id)
    opening = SinkContext(stream, schema, given.at, given.options, keyed=keyed, run_id=run_id, patience=patience)
    committing = kind.open_committing if run_id is not None else None
    sink = kind.open(opening) if committing is None else committing(opening)
    sink.capabilities = kind.capabilities_for(given)
    return sink


def _check_values(kind: SinkKind, given: SinkConfig) -> None:
    """Check address, options and fields together."""
    if kind.check is not None:
        kind.check(given)
    wire = kind.wire_format(given)
    if wire is not None and wire.check_fields is not None:
        wire.check_fields(given.fields, given.stream, given.where)


def _has_variables(destination: Destination) -> bool:
    return has_variables({"at": destination.at, **destination.options})


def _added(name: str) -> list[EntryPoint]:
    return list(entry_points(group=GROUP, name=name))


def _loaded(point: EntryPoint, where: str) -> SinkKind:
    try:
        kind = point.load()
    except (ImportError, AttributeError) as error:
        problem = f"the package that adds the kind of sink {point.name!r} cannot be loaded: {error}"
        raise ModelError(where, problem) from error
    if not isinstance(kind, SinkKind):
        raise ModelError(where, f"{point.value!r}, which adds the kind of sink {point.name!r}, is not a SinkKind")
    return kind


def _loadable() -> Iterator[SinkKind]:
    """The kinds of installed packages that are not broken: a target that names a broken one gets an error."""
    for name in all_names():
        if name not in BUILT_IN:
            try:
                yield find_kind(name)
            except ModelError:
                continue


def shown_destination(destination: Destination, stream: str) -> str:
    """Return where a stream goes, with environment variables filled in as far as they are set.

    >>> shown_destination(Destination.of('postgresql://ann:hunter2@localhost/bank'), 'trx')
    'postgresql://ann:***@localhost/bank, table trx'
    >>> shown_destination(Destination.of({'kafka': '${NO_SUCH_NAME:-localhost:9092}', 'topic': 'payments'}), 'trx')
    'kafka localhost:9092, topic payments'
    """
    at = _known(destination.at)
    options = {name: _known(value, name) for name, value in destination.options.items()}
    try:
        kind = kind_of(Destination(destination.kind, at.reveal()))
    except ModelError:  # reported where the target is checked
        return f"{destination.kind} {at.address}".strip()
    return kind.address(SinkConfig(stream, (), at, options, ""))


def _known(value: Any, name: str = "") -> Any:
    """A value with its variables filled in, or as it is written if one of them is not set."""
    try:
        return filled(value, "", name)
    except ModelError:  # reported where the target is checked
        return redacted(value, name)
