"""Records as plain values, which can be compared whatever destination they were read from."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pyarrow as pa

from doge_datagen import Model

BANK = Path(__file__).with_name("bank.yaml")
SEED = 7
TICKS = 1000
Row = tuple[object, ...]


@cache
def uninterrupted(seed: int = SEED) -> dict[str, list[Row]]:
    """The records of an uninterrupted run by stream, in order, with timestamps in milliseconds."""
    by_stream: dict[str, list[Row]] = {}
    for stream, batch in Model.load(BANK).batches(seed=seed):
        by_stream.setdefault(stream, []).extend(rows(batch.to_pylist(), batch.schema))
    return by_stream


@cache
def schema_of(stream: str) -> pa.Schema:
    """The fields of a stream and their types."""
    return Model.load(BANK).resized(ticks=0).table(stream, seed=SEED).schema


def rows(records: Iterable[Mapping[str, object]], schema: pa.Schema) -> list[Row]:
    """Records read from a destination, converted to the types of their fields."""
    return [tuple(value(record[field.name], field.type) for field in schema) for record in records]


def value(raw: object, data_type: pa.DataType) -> object:
    """A value of the given type, from a typed value or its text."""
    if pa.types.is_timestamp(data_type):
        return milliseconds(raw)
    if pa.types.is_boolean(data_type):
        return {"true": True, "false": False}[raw] if isinstance(raw, str) else bool(raw)
    if pa.types.is_integer(data_type):
        return int(raw)
    return float(raw) if pa.types.is_floating(data_type) else str(raw)


def milliseconds(raw: object) -> int:
    """A timestamp in milliseconds since the epoch; UTC if it has no zone."""
    moment = raw if isinstance(raw, datetime) else datetime.fromisoformat(str(raw))
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
