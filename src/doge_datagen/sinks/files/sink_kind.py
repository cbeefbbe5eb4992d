"""The kind of sink that writes to files: its options, and how one is opened."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from doge_datagen.encode.avro import check_field_names
from doge_datagen.errors import ModelError
from doge_datagen.model.redaction import Redacted
from doge_datagen.sinks.base import BatchSink, Option, SinkConfig, SinkContext, SinkKind
from doge_datagen.sinks.destination_identity import file_destination
from doge_datagen.sinks.files.avro import AVRO
from doge_datagen.sinks.files.format_writer import FileFormat
from doge_datagen.sinks.files.formats import COMPRESSIONS, FORMATS, compression_of, format_of
from doge_datagen.sinks.files.json_lines import JSON_LINES
from doge_datagen.sinks.files.part_file import UNFINISHED
from doge_datagen.sinks.files.part_names import ending_of
from doge_datagen.sinks.files.records_file import Records
from doge_datagen.sinks.files.sink import FileBatchSink
from doge_datagen.sinks.files.transactions import PartFiles
from doge_datagen.sinks.installed_packages import check_installed
from doge_datagen.sinks.transactional import CommittingSink

PACKAGES = {
    JSON_LINES.name: ("a JSON Lines file", "json", "polars"),
    AVRO.name: ("an Avro file", "avro", "fastavro", "pyruhvro"),
}
"""By format, what needs an extra, the extra, and the extra's modules."""


def open_file(opening: SinkContext) -> BatchSink:
    """Open a sink for a file or, for a resumable run, for a folder of files.

    Raises:
        ModelError: the path has no known extension, or format and compression do not go together.
        SinkError: the file or folder cannot be created, or the folder belongs to another run or is in use.
        MissingDriverError: the format needs a package that is not installed.
    """
    file_format, compression = _written(opening.at, opening.options, f"targets.{opening.stream}")
    if opening.run_id is None:
        return FileBatchSink(opening, file_format, compression)
    folder = Path(opening.at.reveal())
    records = Records(opening.stream, opening.schema, file_format, compression, f"file {folder}")
    ending = ending_of(opening.at.reveal(), file_format, compression)
    return CommittingSink(records.place, PartFiles(folder, opening.run_id, records, ending), own_thread=True)


def _written(path: Redacted, options: Mapping[str, Any], where: str) -> tuple[FileFormat, str]:
    """Return the format and the compression of a file."""
    if not path:
        raise ModelError(where, "a file needs a path, such as out/trx.parquet")
    if path == "-":
        problem = "'-' is not a path. Hint: for standard output write console, for a file of that name ./-"
        raise ModelError(where, problem)
    if "\0" in path:
        raise ModelError(where, f"{path!r} has the character NUL, which no path may have. Hint: take it out")
    file_format = format_of(path, options.get("format"), where)
    return file_format, compression_of(path, file_format, options.get("compression"), where)


def _check(given: SinkConfig) -> None:
    """Check that the path has a format, and that the format allows the names of the fields."""
    file_format, _ = _written(given.at, given.options, given.where)
    if file_format is AVRO:
        check_field_names(given.fields, given.stream, given.where)


def _needs(given: SinkConfig) -> None:
    """Check that the packages of the format are installed."""
    file_format, _ = _written(given.at, given.options, given.where)
    if file_format.name in PACKAGES:
        check_installed(*PACKAGES[file_format.name])


FILE = SinkKind(
    name="file",
    meaning="the path of the file; its suffix determines the format",
    open=open_file,
    options={
        "format": Option("how records are encoded, if the suffix does not determine it", choices=tuple(FORMATS)),
        "compression": Option("how the file is compressed, if the suffix does not determine it", choices=COMPRESSIONS),
    },
    check=_check,
    needs=_needs,
    destination=lambda given: file_destination((given.at.reveal(), f"{given.at.reveal()}{UNFINISHED}")),
)
