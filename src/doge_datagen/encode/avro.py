"""Encode records as Avro, and derive the Avro schema of a stream."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from doge_datagen.arrow_arrays import scalar
from doge_datagen.encode.encoding_errors import refuse_nulls
from doge_datagen.errors import MissingDriverError, ModelError

TYPES: dict[pa.DataType, Any] = {
    pa.int64(): "long",
    pa.float64(): "double",
    pa.bool_(): "boolean",
    pa.string(): "string",
    pa.timestamp("ms", tz="UTC"): {"type": "long", "logicalType": "timestamp-millis"},
}
NAME = re.compile("[A-Za-z_][A-Za-z0-9_]*")  # https://avro.apache.org/docs/1.12.0/specification/#names
NO_LETTER = re.compile("[^A-Za-z0-9_]")


def avro_schema(schema: pa.Schema, stream: str) -> dict[str, Any]:
    """Return the Avro schema of a stream's records, as parsed JSON.

    The record is named after the stream, with ``_`` for characters that Avro does not allow. Names of fields are never
    changed, as readers find fields by name.

    Args:
        schema: Arrow schema with ``int64``, ``float64``, ``bool``, ``string`` and ``timestamp[ms, tz=UTC]``, no nulls.
        stream: name of the stream.

    Raises:
        ModelError: the name of a field is not valid in Avro, or the schema has a type that streams do not have.

    >>> avro_schema(pa.schema({'amount': pa.float64(), 'at': pa.timestamp('ms', tz='UTC')}), 'card-payments')['name']
    'card_payments'
    >>> avro_schema(pa.schema({'amount': pa.float64()}), 'trx')
    {'type': 'record', 'name': 'trx', 'fields': [{'name': 'amount', 'type': 'double'}]}
    """
    check_field_names(schema.names, stream)
    fields = [{"name": field.name, "type": _type(field, stream)} for field in schema]
    return {"type": "record", "name": record_name(stream), "fields": fields}


def check_field_names(names: Iterable[str], stream: str, where: str = "") -> None:
    """Check that the names of a stream's fields are valid in Avro.

    Raises:
        ModelError: one is not; ``where`` is the location in the model, by default that of the stream's fields.
    """
    for name in names:
        if not NAME.fullmatch(name):
            rule = "names have letters, digits and '_', and do not begin with a digit"
            problem = f"{name!r} is not a name for Avro: {rule}. Hint: rename it, or choose another format"
            raise ModelError(where or f"streams.{stream}.fields", problem)


def record_name(stream: str) -> str:
    """Return a valid Avro name that is as close as possible to the stream's.

    >>> record_name('2nd.clicks')
    '_2nd_clicks'
    """
    name = NO_LETTER.sub("_", stream)
    return name if NAME.fullmatch(name) else f"_{name}"


def _type(field: pa.Field, stream: str) -> Any:
    if field.type not in TYPES:
        known = ", ".join(map(str, TYPES))
        raise ModelError(
            f"streams.{stream}.fields.{field.name}", f"{field.type} is not a type of a stream. Hint: give {known}"
        )
    return TYPES[field.type]


MAGIC = b"\0"
ID_BYTES = 4


def avro_values(records: pa.RecordBatch, schema: Mapping[str, Any], destination: str = "avro") -> pa.BinaryArray:
    r"""Encode each record in Avro's binary encoding, without a schema.

    Args:
        records: columns of the types that streams have, no nulls.
        schema: Avro schema of these records, from :func:`~doge_datagen.encode.avro.avro_schema`.
        destination: name of the destination in messages.

    Raises:
        MissingDriverError: the extra ``avro`` is not installed.
        RecordError: a value is null.

    >>> from doge_datagen.encode.avro import avro_schema
    >>> records = pa.record_batch({'count': [1, -1], 'name': ['a', 'bc']})
    >>> avro_values(records, avro_schema(records.schema, 'trx')).to_pylist()
    [b'\x02\x02a', b'\x01\x04bc']
    """
    try:
        import pyruhvro  # noqa: PLC0415 - a heavy package is imported when it is needed
    except ImportError as error:
        raise MissingDriverError("Avro", "avro") from error
    refuse_nulls(records, destination)
    (values,) = pyruhvro.serialize_record_batch(records, json.dumps(schema), 1)
    return values


def framed(values: pa.BinaryArray, schema_id: int) -> list[bytes]:
    r"""Frame each value for consumers with a schema registry: a zero byte, the schema's id, the value.

    The id has 4 bytes, big-endian:
    https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/#wire-format

    >>> framed(pa.array([b'\x02']), 7)
    [b'\x00\x00\x00\x00\x07\x02']
    """
    head = MAGIC + schema_id.to_bytes(ID_BYTES, "big")
    joined: list[bytes] = pc.binary_join_element_wise(scalar(head), values, scalar(b"")).to_pylist()
    return joined
