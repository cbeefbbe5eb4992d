"""Records to Avro: one binary value each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from doge_datagen.arrays import scalar
from doge_datagen.encode.misfits import refuse_nulls
from doge_datagen.errors import MissingDriverError

MAGIC = b"\0"
ID_BYTES = 4


def avro_values(records: pa.RecordBatch, schema: Mapping[str, Any], place: str = "avro") -> pa.BinaryArray:
    r"""Each record as Avro's binary encoding, without a schema beside it.

    Args:
        records: of the types that streams have, no value null.
        schema: of these records, from :func:`~doge_datagen.encode.avro_schema.avro_schema`.
        place: where they go, for messages.

    Raises:
        MissingDriverError: the extra ``avro`` is not installed.
        RecordError: a value is null.

    >>> from doge_datagen.encode.avro_schema import avro_schema
    >>> records = pa.record_batch({'count': [1, -1], 'name': ['a', 'bc']})
    >>> avro_values(records, avro_schema(records.schema, 'trx')).to_pylist()
    [b'\x02\x02a', b'\x01\x04bc']
    """
    try:
        import pyruhvro  # noqa: PLC0415 - a heavy package is imported when it is needed
    except ImportError as error:
        raise MissingDriverError("Avro", "avro") from error
    refuse_nulls(records, place)
    (values,) = pyruhvro.serialize_record_batch(records, json.dumps(schema), 1)
    return values


def framed(values: pa.BinaryArray, schema_id: int) -> list[bytes]:
    r"""Each value as consumers with a schema registry expect it: a zero byte, the schema's number, the value.

    The number has 4 bytes, the highest first:
    https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/#wire-format

    >>> framed(pa.array([b'\x02']), 7)
    [b'\x00\x00\x00\x00\x07\x02']
    """
    head = MAGIC + schema_id.to_bytes(ID_BYTES, "big")
    joined: list[bytes] = pc.binary_join_element_wise(scalar(head), values, scalar(b"")).to_pylist()
    return joined
