"""Serialize keys or values as Avro in the schema registry's wire format."""

from __future__ import annotations

import json
import re
from pathlib import PurePath
from reprlib import repr as shown
from typing import Any

from doge_datagen.errors import ModelError, RecordError, SinkError
from doge_datagen.sinks.kafka.schema_registry import Registry

FILE_NAME = re.compile(r'[^{}\[\]"\n]+\.(avsc|avro|json)')
UNFIT = (TypeError, ValueError, KeyError, AttributeError, OverflowError, RecursionError)


class AvroField:
    """Serializes values that fit a schema and refuses the others.

    Each value is validated against the schema before it is written: the writer alone would truncate 1.7 to 1 for an
    ``int``, wrap a large one, and parse a string as a number for a ``double``.

    Args:
        registry: where the schema is registered with the first value, under ``<topic>-key`` or ``<topic>-value``.
        destination: name of the topic in messages.
        side: ``key`` or ``value``.
        schema: Avro schema as a JSON string.

    Raises:
        ModelError: ``schema`` is not an Avro schema.
    """

    def __init__(self, registry: Registry, destination: str, side: str, schema: str) -> None:
        import fastavro  # noqa: PLC0415 - a driver is imported when it is needed
        from confluent_kafka.schema_registry.avro import AvroSerializer  # noqa: PLC0415 - as above
        from fastavro import validation  # noqa: PLC0415 - as above

        self._registry = registry
        self._destination = destination
        self._side = side
        self._validation = validation
        parsed = _parsed(fastavro, f"{destination}: {side}_schema", schema)
        self._text = parsed
        # Parsed once: validating with the raw schema would parse it for each value.
        self._schema = fastavro.parse_schema(parsed)
        strategy = registry.modules.topic_subject_name_strategy
        self._client = registry.client()
        self._serializer = AvroSerializer(self._client, json.dumps(parsed), conf={"subject.name.strategy": strategy})
        self._write = self._first

    def __call__(self, value: Any, context: Any) -> bytes | None:
        """Serialize one value; None, a missing key or value, stays None.

        Raises:
            RecordError: the value does not fit the schema; the message names field, value and type.
            UnreachableError: with the first value: the registry does not answer.
            RefusedError: with the first value: the registry refuses us, or the schema.
        """
        if value is None:
            return None
        try:
            if self._validation.validate(value, self._schema, raise_errors=False):
                return self._write(value, context)
        except SinkError:
            raise
        except UNFIT as error:
            raise RecordError(self._destination, f"{self._side} {shown(value)} cannot be written: {error!r}") from error
        raise RecordError(self._destination, self._misfit(value))

    def _first(self, value: Any, context: Any) -> bytes | None:
        """Register the schema with the first value, then close the connection, as the registry is not needed again."""
        subject = f"{self._destination.removeprefix('topic ')}-{self._side}"
        with self._registry.errors_translated(self._destination, subject, json.dumps(self._text)), self._client:
            written: bytes | None = self._serializer(value, context)
        self._write = self._serializer
        return written

    def _misfit(self, value: Any) -> str:
        errors = _misfits(self._validation, value, self._schema)
        first = errors[0]
        record, _, field = (first.field or "").rpartition(".")
        where = f"{self._side}, field {field!r} of {record}" if record else self._side
        kinds = " or ".join(_kind(error.schema) for error in errors if error.field == first.field)
        given = "is missing or None" if first.datum is None else f"= {shown(first.datum)} ({_name(first.datum)})"
        return f"{where} {given}; the schema wants {kinds}"


def _misfits(validation: Any, value: Any, schema: Any) -> Any:
    try:
        validation.validate(value, schema, raise_errors=True)
    except validation.ValidationError as error:
        return error.errors
    raise AssertionError(f"{shown(value)} fits after all")


def _parsed(fastavro: Any, dotted_path: str, text: object) -> Any:
    """Parse the JSON of a schema and check that it is Avro."""
    if isinstance(text, PurePath) or (isinstance(text, str) and FILE_NAME.fullmatch(text)):
        raise ModelError(
            dotted_path, f"{str(text)!r} is a file's name. Hint: give its content: Path({str(text)!r}).read_text()"
        )
    if not isinstance(text, str):
        raise ModelError(dotted_path, f"{shown(text)} is not a string. Hint: give the schema as a JSON string")
    try:
        schema = json.loads(text)
    except ValueError as error:
        raise ModelError(dotted_path, f"is not JSON: {error}") from None
    if isinstance(schema, str):
        schema = {"type": schema}
    if not isinstance(schema, dict | list):
        raise ModelError(
            dotted_path, f"{shown(schema)} is not an Avro schema. Hint: give a type's name, an object or a union"
        )
    try:
        fastavro.parse_schema(schema)
    except fastavro.schema.UnknownType as error:
        raise ModelError(dotted_path, f"unknown type {shown(error.name)}") from None
    except KeyError as error:
        raise ModelError(dotted_path, f"is not an Avro schema: an object has no {error}") from None
    except (fastavro.schema.SchemaParseException, TypeError, ValueError, AttributeError) as error:
        raise ModelError(dotted_path, f"is not an Avro schema: {error}") from None
    return schema


def _kind(schema: Any) -> str:
    if not isinstance(schema, dict):
        return str(schema)
    name = schema.get("logicalType") or schema.get("name") or schema["type"]
    if schema["type"] == "enum":
        return f"{name}, one of {', '.join(schema['symbols'])}"
    return f"{schema['type']} ({name})" if name != schema["type"] else str(name)


def _name(value: Any) -> str:
    return type(value).__name__
