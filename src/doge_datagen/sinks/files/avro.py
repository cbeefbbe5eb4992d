"""Records to Avro's object container: a header with the schema, then blocks."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import blake2b
from io import BytesIO
from typing import IO, cast

import numpy as np
import pyarrow as pa

from doge_datagen.encode.avro import avro_schema, avro_values
from doge_datagen.errors import MissingDriverError
from doge_datagen.sinks.files.writer import NONE, FileFormat, Job, Writer

ROWS = 1 << 14
COMPRESSIONS = {NONE: "", "deflate": ""}
CODECS = {NONE: "null"}
MARKER_BYTES = 16


@dataclass(frozen=True, slots=True)
class Block:
    """What fastavro's writer takes as a block: the names are its own."""

    num_records: int
    bytes_: BytesIO


class AvroWriter(Writer):
    """The format: https://avro.apache.org/docs/1.12.0/specification/#object-container-files.

    The marker between the blocks comes from the schema, so that the same records make the same file.
    """

    def __init__(self, job: Job) -> None:
        try:
            import fastavro.write  # noqa: PLC0415 - packages of an extra
            import pyruhvro  # noqa: F401, PLC0415
        except ImportError as error:
            raise MissingDriverError("an Avro file", "avro") from error
        self._place = job.place
        self._schema = avro_schema(job.schema, job.stream)
        codec = CODECS.get(job.compression, job.compression)
        marker = blake2b(json.dumps(self._schema).encode(), digest_size=MARKER_BYTES).digest()
        file = cast(IO[bytes], job.file)  # it has what the writer asks for, and no more
        self._writer = fastavro.write.Writer(file, self._schema, codec, sync_marker=marker)

    def write(self, records: pa.RecordBatch) -> None:
        """Write one block."""
        values = avro_values(records, self._schema, self._place)
        self._writer.write_block(Block(len(values), BytesIO(_joined(values))))

    def close(self) -> None:
        """Nothing: a block is the end."""


def _joined(values: pa.BinaryArray) -> memoryview:
    """The bytes of all values, one after the other, as the array has them already."""
    _validity, offsets, data = values.buffers()
    ends = np.frombuffer(offsets, np.int32)[values.offset : values.offset + len(values) + 1]
    return memoryview(data)[ends[0] : ends[-1]]


AVRO = FileFormat("avro", (".avro",), AvroWriter, ROWS, COMPRESSIONS)
