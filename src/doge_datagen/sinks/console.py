"""The sink that prints records to the screen, one per line."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from typing import TextIO

import pyarrow as pa

from doge_datagen.arrow_arrays import numpy_values
from doge_datagen.batch import Batch
from doge_datagen.encode.json import FIRST, LAST, iso_8601
from doge_datagen.errors import DeliveryError, ModelError, ReaderGoneError, SinkError
from doge_datagen.safe_text import one_line, safe_json
from doge_datagen.sinks.base import CLOSED, FAILED, BatchSink, Capabilities
from doge_datagen.sinks.sink_kind import SinkContext, SinkKind

PLACE = "standard output"
# Lines of a whole batch could take hundreds of megabytes, and a slow reader would see nothing for long.
RECORDS_AT_ONCE = 1 << 14
ENCODER = json.JSONEncoder(ensure_ascii=False)


class ConsoleBatchSink(BatchSink):
    """Prints a line for each record: the stream's name, then the record as JSON.

    ``write`` returns when its lines have left Python's own buffer. Floats that JSON does not have are shown as ``NaN``
    and ``Infinity``; timestamps as ISO 8601, or as milliseconds if they are outside of the years 0001 to 9999.

    Args:
        opening: the stream.

    Raises:
        ReaderGoneError: by ``write``: the reader of standard output has closed it.
        DeliveryError: by ``write``: standard output failed for another reason, such as a character it cannot encode.

    >>> schema = pa.schema({'user_id': pa.string(), 'payment': pa.int64()})
    >>> with ConsoleBatchSink(SinkContext('trx', schema, at='')) as sink:
    ...     sink.write(Batch(pa.record_batch({'user_id': ['7'], 'payment': [20]}), pa.array([0], pa.timestamp('ms'))))
    trx {"user_id": "7", "payment": 20}
    """

    def __init__(self, opening: SinkContext) -> None:
        self._stream = opening.stream
        self._delivered = 0
        self._missed = 0  # records that were not printed since the reader closed the pipe
        self._refusal: str | None = None

    @property
    def delivered(self) -> int:
        """How many records' lines have left Python's own buffer."""
        return self._delivered

    def write(self, batch: Batch) -> None:
        """Print the records."""
        if self._refusal is not None:
            raise SinkError(PLACE, self._refusal)
        for first in range(0, len(batch), RECORDS_AT_ONCE):
            part = batch.records.slice(first, RECORDS_AT_ONCE)
            try:
                # Looked up each time, as programs replace it: contextlib.redirect_stdout.
                screen = _screen()
                screen.write("".join(self._lines(part)))
                # Only after this a record counts as delivered, and a closed pipe is noticed here and not at exit.
                screen.flush()
            except (OSError, ValueError) as error:
                raise self._failed(error, len(batch) - first) from error
            self._delivered += len(part)

    def close(self) -> None:
        """Accept no more batches."""
        self._refusal = self._refusal or CLOSED
        if self._missed:
            _discard_buffered_output()

    def _lines(self, records: pa.RecordBatch) -> Iterator[str]:
        stream, columns = one_line(self._stream), [_shown(column) for column in records.columns]
        for values in zip(*columns, strict=True):
            record = dict(zip(records.schema.names, values, strict=True))
            yield f"{stream} {safe_json(ENCODER.encode(record))}\n"

    def _failed(self, error: Exception, missing: int) -> DeliveryError:
        # A reader such as head that has seen enough is no failure: the run ends quietly, and other streams are
        # delivered.
        if not isinstance(error, BrokenPipeError):
            self._refusal = FAILED
            return self._error(DeliveryError, str(error), missing)
        self._missed += missing
        return self._error(ReaderGoneError, "nobody reads it any more", self._missed)

    def _error(self, kind: type[DeliveryError], cause: str, missing: int) -> DeliveryError:
        accepted = self._delivered + missing
        return kind(PLACE, accepted=accepted, delivered=self._delivered, causes={cause: missing})


def open_console(opening: SinkContext) -> ConsoleBatchSink:
    """Open the sink of a stream that goes to the screen.

    Raises:
        ModelError: the target has an address.
    """
    if opening.at:
        raise ModelError(f"targets.{opening.stream}", f"the console has no address, but {opening.at!r} is given")
    return ConsoleBatchSink(opening)


def _screen() -> TextIO:
    screen: TextIO | None = sys.stdout
    if screen is None:  # the process was started without one
        raise OSError("it is closed")
    return screen


def _shown(column: pa.Array) -> list[object]:
    """The values of a column in a form that JSON can represent."""
    if not pa.types.is_timestamp(column.type):
        return list(column.to_pylist())
    # One year out of Python's range makes the whole batch show milliseconds, so that the column has one form.
    times = numpy_values(column)
    has_text = bool(((times >= FIRST) & (times <= LAST)).all())
    return list((iso_8601(column) if has_text else column.cast(pa.int64())).to_pylist())


def _discard_buffered_output() -> None:
    """Redirect standard output from a pipe without a reader to the null device.

    At exit Python flushes its buffer again, and would report the same error with a traceback that cannot be caught
    (https://docs.python.org/3/library/signal.html#note-on-sigpipe).
    """
    screen = sys.__stdout__
    if screen is not None and sys.stdout is screen:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, screen.fileno())
        os.close(nowhere)


CONSOLE = SinkKind(
    name="console",
    meaning="nothing; records go to standard output",
    open=open_console,
    capabilities=Capabilities(on_screen=True),
)
