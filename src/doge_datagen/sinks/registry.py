"""Find the kind of sink that a target names, check the target, and open the sink."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING

from doge_datagen.errors import ModelError, did_you_mean
from doge_datagen.model import Destination
from doge_datagen.model.redaction import Redacted, redacted
from doge_datagen.sinks.base import BatchSink, SinkConfig, SinkContext, SinkKind
from doge_datagen.sinks.environment_variables import filled, has_variables
from doge_datagen.sinks.options import check_options
from doge_datagen.sinks.server_wait import FOREVER, Patience

if TYPE_CHECKING:
    import pyarrow as pa

GROUP = "doge_datagen.sinks"
"""Entry point group by which an installed package adds kinds; each entry point names a ``SinkKind``."""

BUILT_IN = {
    "file": "doge_datagen.sinks.files.sink_kind:FILE",
    "database": "doge_datagen.sinks.database.sink_kind:DATABASE",
    "kafka": "doge_datagen.sinks.kafka.sink_kind:KAFKA",
    "console": "doge_datagen.sinks.console:CONSOLE",
}
"""The built-in kinds; a module is imported when a target names its kind."""


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


def check_place(place: Destination, stream: str, fields: Sequence[str], where: str) -> SinkKind:
    """Check that the kind of sink exists and accepts the options and the stream.

    Environment variables are not looked up; :func:`check_filled` does that.

    Args:
        place: what the target says about the stream.
        stream: name of the stream.
        fields: names of its fields.
        where: location of the target, such as ``targets.local.trx``, for errors.

    Returns:
        The kind of sink.

    Raises:
        ModelError: an option is unknown, missing or has an invalid value, or the stream cannot be written there.
    """
    kind = find_kind(place.kind, where)
    check_options(kind, place.options, where)
    if kind.check is not None and not _has_variables(place):
        kind.check(SinkConfig(stream, tuple(fields), Redacted(place.at), redacted(place.options), where))
    return kind


def check_filled(
    place: Destination, stream: str, fields: Sequence[str], where: str, run_id: str | None = None
) -> tuple[SinkKind, SinkConfig]:
    """Check as :func:`check_place` does, with environment variables filled in; messages never show their values.

    Args:
        place: what the target says about the stream.
        stream: name of the stream.
        fields: names of its fields.
        where: location of the target, for errors.
        run_id: name of the run, if it is resumable.

    Returns:
        The kind of sink, and the configuration to open it with.

    Raises:
        ModelError: as :func:`check_place`, or a variable is not set.
    """
    kind = check_place(place, stream, fields, where)
    at, options = filled(place.at, where), filled(place.options, where)
    given = SinkConfig(stream, tuple(fields), at, options, where, run_id)
    if run_id is not None or _has_variables(place):
        check_options(kind, given.options, where)
        if kind.check is not None:
            kind.check(given)
    return kind, given


def check_machine(place: Destination, stream: str, fields: Sequence[str], where: str) -> None:
    """Check that this machine has what opening the destination requires, with environment variables filled in.

    Raises:
        ModelError: as :func:`check_filled`, or something other than a package is missing.
        MissingDriverError: a package is missing.
    """
    kind, given = check_filled(place, stream, fields, where)
    if kind.needs is not None:
        kind.needs(given)


def open_sink(
    place: Destination,
    stream: str,
    schema: pa.Schema,
    *,
    keyed: bool = False,
    where: str = "",
    run_id: str | None = None,
    patience: Patience = FOREVER,
) -> BatchSink:
    """Open the sink that a target names for a stream.

    Args:
        place: what the target says; ``${NAME}`` and ``${NAME:-default}`` in its address and options are filled in from
            the environment.
        stream: name of the stream.
        schema: Arrow schema of its records.
        keyed: whether its records have keys.
        where: location of the target, for errors; defaults to ``targets.<stream>``.
        run_id: name of the run, if it is resumable.
        patience: how long the sink may wait for a server that does not answer.

    Raises:
        ModelError: the target is invalid, or a variable is not set.
        MissingDriverError: a package is missing.
        SinkError: the destination cannot be opened.
    """
    where = where or f"targets.{stream}"
    kind, given = check_filled(place, stream, schema.names, where, run_id)
    return kind.open(
        SinkContext(stream, schema, given.at, given.options, keyed=keyed, run_id=run_id, patience=patience)
    )


def _has_variables(place: Destination) -> bool:
    return has_variables({"at": place.at, **place.options})


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
