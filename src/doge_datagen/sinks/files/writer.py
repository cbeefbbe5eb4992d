"""What a format has to do: records to the bytes of a file."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pyarrow as pa

from doge_datagen.sinks.files.part_file import PartFile

NONE = "none"


@dataclass(frozen=True, slots=True)
class Job:
    """What a format's writer is made of.

    Attributes:
        file: takes the bytes.
        schema: of the records.
        stream: its name.
        place: for errors.
        compression: one of its format's.
    """

    file: PartFile
    schema: pa.Schema
    stream: str
    place: str
    compression: str = NONE


class Writer(ABC):
    """Writes the records of one file; lets the file's ``OSError`` through."""

    def prepared(self, records: pa.RecordBatch) -> pa.RecordBatch:
        """The records as this format can say them.

        Raises:
            RecordError: it cannot say one of them.
        """
        return records

    @abstractmethod
    def write(self, records: pa.RecordBatch) -> None:
        """Write records that were prepared."""

    @abstractmethod
    def close(self) -> None:
        """Write what stands at the file's end; the file stays open."""


@dataclass(frozen=True, slots=True)
class FileFormat:
    """A format of files.

    Attributes:
        name: as the option says it.
        endings: of paths, with their dots.
        writer: makes the writer; raises MissingDriverError where a package is missing.
        rows: how many records are gathered before they are written: as many as the format likes to have together.
        compressions: by name, the ending that says it behind the format's, empty where none does; the first is taken
            where nothing is said.
    """

    name: str
    endings: tuple[str, ...]
    writer: Callable[[Job], Writer]
    rows: int
    compressions: Mapping[str, str]
