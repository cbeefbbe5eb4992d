"""The contract of a file format: it turns records into the bytes of a file."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from doge_datagen.sinks.files.part_file import PartFile
from doge_datagen.sinks.sink_kind import Packages, WireFormat

NONE = "none"


@dataclass(frozen=True, slots=True)
class Job:
    """What a format's writer is created with.

    Attributes:
        file: takes the bytes.
        schema: Arrow schema of the records.
        stream: name of the stream.
        destination: name of the file in messages.
        compression: one of the format's compressions.
    """

    file: PartFile
    schema: pa.Schema
    stream: str
    destination: str
    compression: str = NONE


class Writer(ABC):
    """Writes the records of one file. An ``OSError`` of the file is passed on."""

    def prepared(self, records: pa.RecordBatch) -> pa.RecordBatch:
        """Convert records to what the format can represent.

        Raises:
            RecordError: it cannot represent one of them.
        """
        return records

    @abstractmethod
    def write(self, records: pa.RecordBatch) -> None:
        """Write records that :meth:`prepared` has returned."""

    @abstractmethod
    def close(self) -> None:
        """Write the end of the file, such as a footer; the file stays open."""


@dataclass(frozen=True, slots=True)
class FileFormat:
    """A file format.

    Attributes:
        name: value of the option ``format``.
        endings: extensions of paths, with their dots.
        writer: creates the writer; raises MissingDriverError if a package is missing.
        rows: how many records are gathered before they are written: the size that suits the format.
        compressions: by name, the extension that follows the format's, or an empty string if there is none. The first
            one is the default.
        packages: what the writer needs to be installed; None if nothing.
        check_fields: checks the names of the fields, as :attr:`WireFormat.check_fields` does; None if any will do.
    """

    name: str
    endings: tuple[str, ...]
    writer: Callable[[Job], Writer]
    rows: int
    compressions: Mapping[str, str]
    packages: Packages | None = None
    check_fields: Callable[[Sequence[str], str, str], object] | None = None

    @property
    def wire(self) -> WireFormat:
        """The format as the kind of sink lists it."""
        return WireFormat(self.name, self.packages, self.check_fields)
