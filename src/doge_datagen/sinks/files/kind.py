"""The kind of place that is a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from doge_datagen.errors import ModelError
from doge_datagen.sinks.batch_sink import Opening, Option, SinkKind
from doge_datagen.sinks.files.formats import COMPRESSIONS, FORMATS, compression_of, format_of
from doge_datagen.sinks.files.sink import FileBatchSink
from doge_datagen.sinks.files.writer import FileFormat


def open_file(opening: Opening) -> FileBatchSink:
    """The sink of a stream that goes to a file.

    Raises:
        ModelError: the path says no format, or format and compression do not go together.
        SinkError: the file cannot be made.
        MissingDriverError: the format needs a package that is not installed.
    """
    return FileBatchSink(opening, *_written(opening.at, opening.options, f"targets.{opening.stream}"))


def _written(path: str, options: Mapping[str, Any], where: str) -> tuple[FileFormat, str]:
    """The format and the compression of a file."""
    if not path:
        raise ModelError(where, "a file needs a path, such as out/trx.parquet")
    file_format = format_of(path, options.get("format"), where)
    return file_format, compression_of(path, file_format, options.get("compression"), where)


FILE = SinkKind(
    name="file",
    meaning="the path of the file; its ending says the format",
    open=open_file,
    options={
        "format": Option("how records are written, where the path's ending does not say it", choices=tuple(FORMATS)),
        "compression": Option(
            "how the file is made smaller, where the format can and the ending does not say it", choices=COMPRESSIONS
        ),
    },
    check=_written,
)
