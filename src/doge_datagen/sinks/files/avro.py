"""Write records as an Avro object container file: a header with the schema, then blocks."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import blake2b
from io import BytesIO
from typing import IO, cast

import numpy as np
import pyarrow as pa

from doge_datagen.encode.avro import avro_schema, avro_values, check_field_names
from doge_datagen.errors import MissingDriverError
from doge_datagen.sinks.files.format_writer import NONE, FileFormat, Job, Writer
from doge_datagen.sinks.sink_kind import Packages

ROWS = 1 << 14
COMPRESSIONS = {NONE: "", "deflate": ""}
CODECS = {NONE: "null"}
MARKER_BYTES = 16


@dataclass(frozen=True, slots=True)
class Block:
    """A block as fastavro's writer expects it; it defines the names of the attributes."""

    num_records: int
    bytes_: BytesIO


class AvroWriter(Writer):
    """Writes https://avro.apache.org/docs/1.12.0/specification/#object-container-files.

    The sync marker is derived from the schema, so the same records give the same file.
    """

    def __init__(self, job: Job) -> None:
        try:
            import fastavro.write  # noqa: PLC0415 - packages of an extra
            import pyruhvro  # noqa: F401, PLC0415
        except ImportError as error:
            raise MissingDriverError("an Avro file", "avro") from error
        self._destination = job.destination
        self._schema = avro_schema(job.schema, job.stream)
        codec = CODECS.get(job.compression, job.compression)
        # The specification asks for a random marker, so that it does not occur in data. A digest is as unlikely to, and
        # the same each time.
        marker = blake2b(json.dumps(self._schema).encode(), digest_size=MARKER_BYTES).digest()
        file = cast(IO[bytes], job.file)  # it has the methods that the writer uses, but no others
        self._writer = fastavro.write.Writer(file, self._schema, codec, sync_marker=marker)

    def write(self, records: pa.RecordBatch) -> None:
        """Write one block."""
        values = avro_values(records, self._schema, self._destination)
        # Values of records stand in a block without anything between them, so the encoder's buffer is the block as it
        # is.
        self._writer.write_block(Block(len(values), BytesIO(_joined(values))))

    def close(self) -> None:
        """Do nothing: the format has no footer."""


def _joined(values: pa.BinaryArray) -> memoryview:
    """The bytes of all values, which the array already holds next to each other."""
    _validity, offsets, data = values.buffers()
    # A slice shares the buffers of its array, so its bytes neither begin nor end with the buffer.
    ends = np.frombuffer(offsets, np.int32)[values.offset : values.offset + len(values) + 1]
    return memoryview(data)[ends[0] : ends[-1]]


PACKAGES = Packages("an Avro file", "avro", ("fastavro", "pyruhvro"))
AVRO = FileFormat("avro", (".avro",), AvroWriter, ROWS, COMPRESSIONS, PACKAGES, check_field_names)
