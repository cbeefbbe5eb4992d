"""The kind of sink that writes to files: its options, and how one is opened."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from doge_datagen.errors import ModelError
from doge_datagen.model.redaction import Redacted
from doge_datagen.sinks.base import BatchSink, Capabilities
from doge_datagen.sinks.destination_identity import DestinationIdentity, file_destination
from doge_datagen.sinks.files.format_writer import FileFormat
from doge_datagen.sinks.files.formats import COMPRESSIONS, FORMATS, compression_of, format_of
from doge_datagen.sinks.files.part_file import UNFINISHED
from doge_datagen.sinks.files.record_buffer import Records
from doge_datagen.sinks.files.run_folder import ending_of
from doge_datagen.sinks.files.sink import FileBatchSink
from doge_datagen.sinks.files.transactions import PartFiles
from doge_datagen.sinks.sink_kind import Option, SinkConfig, SinkContext, SinkKind, WireFormat
from doge_datagen.sinks.transactional import CommittingSink

COPY = "Hint: write a file, such as out/trx.parquet, and copy it"
STORES = f"object stores are not supported yet. {COPY}"
SERVERS = f"web servers and object stores are not supported yet. {COPY}"
NOT_PATHS = {
    **dict.fromkeys(("s3", "s3a", "s3n", "gs", "gcs", "r2", "az", "adl", "abfs", "abfss", "wasb", "wasbs"), STORES),
    **dict.fromkeys(("hdfs", "webhdfs"), STORES),
    **dict.fromkeys(("http", "https", "ftp", "ftps", "sftp"), SERVERS),
    "file": "a file is its path alone. Hint: write it like out/trx.parquet",
}
"""By scheme of a URL that somebody may give instead of a path, why it is not possible."""


def open_file(opening: SinkContext) -> BatchSink:
    """Open a sink for a file.

    Raises:
        ModelError: the path has no known extension, or format and compression do not go together.
        SinkError: the file cannot be created.
        MissingDriverError: the format needs a package that is not installed.
    """
    return FileBatchSink(opening, *_written(opening.at, opening.options, f"targets.{opening.stream}"))


def open_folder(opening: SinkContext) -> CommittingSink:
    """Open a sink for the folder of files of a resumable run.

    Raises:
        ModelError: as :func:`open_file`.
        SinkError: the folder cannot be created, belongs to another run or is in use.
        MissingDriverError: the format needs a package that is not installed.
    """
    file_format, compression = _written(opening.at, opening.options, f"targets.{opening.stream}")
    folder = Path(opening.at.reveal())
    records = Records(opening.stream, opening.schema, file_format, compression, f"file {folder}")
    ending = ending_of(opening.at.reveal(), file_format, compression)
    return CommittingSink(records.destination, PartFiles(folder, str(opening.run_id), records, ending))


def _written(path: Redacted, options: Mapping[str, Any], where: str) -> tuple[FileFormat, str]:
    """Return the format and the compression of a file."""
    if not path:
        raise ModelError(where, "a file needs a path, such as out/trx.parquet")
    if path == "-":
        problem = "'-' is not a path. Hint: for standard output write console, for a file of that name ./-"
        raise ModelError(where, problem)
    scheme, separator, _ = path.reveal().partition("://")
    if separator and scheme.lower() in NOT_PATHS:
        raise ModelError(where, f"{path!r} is not a path: {NOT_PATHS[scheme.lower()]}")
    if "\0" in path:
        raise ModelError(where, f"{path!r} has the character NUL, which no path may have. Hint: take it out")
    file_format = format_of(path, options.get("format"), where)
    return file_format, compression_of(path, file_format, options.get("compression"), where)


def _format(given: SinkConfig) -> WireFormat:
    """Return the format of a target, once its path and its options are known to go together."""
    return _written(given.at, given.options, given.where)[0].wire


def _identity(given: SinkConfig) -> DestinationIdentity:
    path = given.at.reveal()
    return file_destination((path, f"{path}{UNFINISHED}"))


def _shown(given: SinkConfig) -> str:
    return given.at.address


FILE = SinkKind(
    name="file",
    meaning="the path of the file; its suffix determines the format",
    open=open_file,
    options={
        "format": Option("how records are encoded, if the suffix does not determine it", choices=tuple(FORMATS)),
        "compression": Option("how the file is compressed, if the suffix does not determine it", choices=COMPRESSIONS),
    },
    open_committing=open_folder,
    capabilities=Capabilities(own_thread=True),
    refused_schemes=NOT_PATHS,
    formats=tuple(it.wire for it in FORMATS.values()),
    format_of=_format,
    identify=_identity,
    shown=_shown,
    left_behind="an unfinished file is left as .part beside its destination",
)
