"""Records as plain values that can be compared, whichever place they were read from."""

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
    """By stream the records of a run that nothing happens to, in their order, timestamps in milliseconds."""
    reported: dict[str, list[Row]] = {}
    for stream, batch in Model.load(BANK).batches(seed=seed):
        reported.setdefault(stream, []).extend(rows(batch.to_pylist(), batch.schema))
    return reported


@cache
def schema_of(stream: str) -> pa.Schema:
    """The fields of a stream, each with its type."""
    return Model.load(BANK).resized(ticks=0).table(stream, seed=SEED).schema


def rows(found: Iterable[Mapping[str, object]], schema: pa.Schema) -> list[Row]:
    """What a place gave, as the values that it stands for."""
    return [tuple(value(record[field.name], field.type) for field in schema) for record in found]


def value(found: object, kind: pa.DataType) -> object:
    """One value: of a reader that knows its type, or its text."""
    if pa.types.is_timestamp(kind):
        return milliseconds(found)
    if pa.types.is_boolean(kind):
        return {"true": True, "false": False}[found] if isinstance(found, str) else bool(found)
    if pa.types.is_integer(kind):
        return int(found)
    return float(found) if pa.types.is_floating(kind) else str(found)


def milliseconds(found: object) -> int:
    """A moment, in milliseconds since the epoch; one without a zone is UTC."""
    moment = found if isinstance(found, datetime) else datetime.fromisoformat(str(found))
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
