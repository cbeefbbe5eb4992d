"""The latest records of each stream, one per line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from rich.text import Text

from doge_datagen.monitor.formatting import cut, shared
from doge_datagen.safe_text import one_line

if TYPE_CHECKING:
    import pyarrow as pa

WIDEST_NAME = 20


def latest_lines(latest: Mapping[str, pa.RecordBatch], streams: Sequence[str], lines: int, width: int) -> list[Text]:
    """Format the latest records as lines: ``stream field=value ...``.

    Args:
        latest: latest records by stream, the most recent at the end.
        streams: the streams to show, the most important first.
        lines: maximum number of lines, divided equally among the streams.
        width: maximum number of columns.
    """
    shown = [stream for stream in streams if stream in latest and len(latest[stream])][:lines]
    names = {stream: cut(stream, WIDEST_NAME, "cyan") for stream in shown}
    widest = max((name.cell_len for name in names.values()), default=0)
    made = []
    for stream, many in zip(shown, shared(lines, [len(latest[stream]) for stream in shown]), strict=True):
        batch = latest[stream]
        for row in range(max(len(batch) - many, 0), len(batch)):
            name = names[stream].copy()
            name.pad_right(widest - name.cell_len + 2)
            made.append(name + record(batch, row, max(width - widest - 2, 1)))
    return made


def record(batch: pa.RecordBatch, row: int, width: int) -> Text:
    """Format one record, cut to a number of columns; fields beyond them are not converted."""
    text = ""
    for field in _fields(batch, row, width):
        text += field
        if len(text) > width:
            break
    return cut(text.rstrip(), width)


def _fields(batch: pa.RecordBatch, row: int, width: int) -> Iterator[str]:
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        yield f"{one_line(name[:width])}={one_line(_value(column[row])[: width + 1])} "


def _value(scalar: pa.Scalar) -> str:
    """Format a value as Python does, timestamps in ISO 8601, or as a number if beyond Python's calendar."""
    try:
        value = scalar.as_py()
    except (OverflowError, ValueError):
        return str(scalar.value)
    if isinstance(value, datetime):
        return f"{value.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"
    return str(value)
