"""The Avro schema of a stream's records."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from doge_datagen.arrays import scalar
from doge_datagen.encode.unencodable import refuse_nulls
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
    """The record schema that a stream's records are written with, as JSON has it.

    The record is named after the stream; what Avro allows in no name becomes ``_``. Readers find fields by their
    names, so these are never changed.

    Args:
        schema: ``int64``, ``float64``, ``bool``, ``string`` and ``timestamp[ms, tz=UTC]``, none of them null.
        stream: its name.

    Raises:
        ModelError: Avro has no such name for a field, or the schema has a type that streams do not have.

    >>> avro_schema(pa.schema({'amount': pa.float64(), 'at': pa.timestamp('ms', tz='UTC')}), 'card-payments')['name']
    'card_payments'
    >>> avro_schema(pa.schema({'amount': pa.float64()}), 'trx')
    {'type': 'record', 'name': 'trx', 'fields': [{'name': 'amount', 'type': 'double'}]}
    """
    check_field_names(schema.names, stream)
    fields = [{"name": field.name, "type": _type(field, stream)} for field in schema]
    return {"type": "record", "name": record_name(stream), "fields": fields}


def check_field_names(names: Iterable[str], stream: str, where: str = "") -> None:
    """See that Avro has such names for the fields of a stream.

    Raises:
        ModelError: it has not; ``where`` leads to the place that wants Avro, the stream's fields where none is given.
    """
    for name in names:
        if not NAME.fullmatch(name):
            problem = (
                "Avro's names have letters, digits and '_', no digit first. Hint: rename it, or choose another format"
            )
            raise ModelError(where or f"streams.{stream}.fields", f"{name!r} is not a name for Avro. Hint: {problem}")


def record_name(stream: str) -> str:
    """A name that Avro allows, as near to the stream's as can be.

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


def avro_values(records: pa.RecordBatch, schema: Mapping[str, Any], place: str = "avro") -> pa.BinaryArray:
    r"""Each record as Avro's binary encoding, without a schema beside it.

    Args:
        records: of the types that streams have, no value null.
        schema: of these records, from :func:`~doge_datagen.encode.avro.avro_schema`.
        place: where they go, for messages.

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
