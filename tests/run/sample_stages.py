"""Sample stages: one delays and repeats records, one adds a stream, one passes everything on."""

import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from doge_datagen import arrow_arrays
from doge_datagen.batch import Batch
from doge_datagen.engine.recording.record_batches import TIME

LIMIT = 2**62
"""Later than any time, in milliseconds."""


class Passing:
    """Passes everything on, and records its calls."""

    identity, delay, hidden = "passing", 0, ()

    def __init__(self):
        self.asked = []

    def streams(self, given):
        return given

    def begin(self, start):
        self.asked.append("begin")

    def window(self, window):
        self.asked.append((window.start, window.end))
        return window

    def flush(self):
        self.asked.append("flush")
        return []

    def checkpoint(self):
        self.asked.append("checkpoint")
        return b""

    def restore(self, state):
        self.asked.append("restore")


class Truth(Passing):
    """Adds a stream that is a copy of another one as it arrives."""

    def __init__(self, of, into="truth"):
        super().__init__()
        self.identity = f"truth of {of} into {into}"
        self.of, self.into = of, into

    def streams(self, given):
        return {**given, self.into: given[self.of]}

    def window(self, window):
        copies = [(self.into, batch) for stream, batch in window.batches if stream == self.of]
        return replace(window, batches=[*window.batches, *copies])


class LateAndTwice:
    """Delays every third record of a stream by some ticks, and emits every fifth again, one tick earlier.

    Args:
        stream: whose records.
        delay: ticks.
    """

    hidden = ("subject",)
    late, twice = 3, 5

    def __init__(self, stream, delay):
        self.identity = f"{delay} ticks late: 1 {stream} in {self.late}; twice: 1 in {self.twice}"
        self.stream, self.delay = stream, delay

    def streams(self, given):
        self.fields = given[self.stream].fields
        return given

    def begin(self, start):
        self.clock, self.seen, self.flying = start.clock, 0, None

    def window(self, window):
        for stream, batch in window.batches:
            if stream == self.stream:
                self._take(batch)
        others = [(stream, batch) for stream, batch in window.batches if stream != self.stream]
        return replace(window, batches=[*others, *self._due(self.clock.timestamp(window.end))])

    def flush(self):
        return self._due(LIMIT)

    def checkpoint(self):
        table = pa.table({}) if self.flying is None else self.flying
        table = table.replace_schema_metadata({"seen": json.dumps(self.seen)})
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        return sink.getvalue().to_pybytes()

    def restore(self, state):
        table = pa.ipc.open_stream(state).read_all()
        self.seen = json.loads(table.schema.metadata[b"seen"])
        self.flying = table if table.num_columns else None

    def _take(self, batch):
        numbers = self.seen + np.arange(len(batch))
        self.seen += len(batch)
        come = arrow_arrays.numpy_values(batch.timestamps if batch.arrivals is None else batch.arrivals).copy()
        later, once_more = come + self.delay * self.clock.tick_ms, numbers % self.twice == 0
        now = _table(batch, np.where(numbers % self.late == 0, later, come))
        again = _table(batch, later - self.clock.tick_ms).filter(arrow_arrays.booleans(once_more))
        pieces = [now, again] if self.flying is None else [self.flying, now, again]
        flying = pa.concat_tables(pieces).combine_chunks()
        # Records with the same arrival time keep their order, so that it does not depend on windows.
        self.flying = flying.take(
            pc.sort_indices(flying, [(name, "ascending") for name in ("arrival", "time", "subject")])
        )

    def _due(self, end):
        if self.flying is None:
            return []
        due = pc.less(self.flying["arrival"].cast("int64"), end)
        given, self.flying = self.flying.filter(due), self.flying.filter(pc.invert(due))
        return [(self.stream, it) for it in _batches(given, self.fields)]


def _table(batch, arrivals):
    """All columns of a batch."""
    beside = {f"header:{name}": column for name, column in batch.headers.items()}
    beside |= {} if batch.keys is None else {"key": batch.keys}
    numbered = {str(number): column for number, column in enumerate(batch.records.columns)}
    own = {"arrival": arrow_arrays.numbers(arrivals.astype("int64"), TIME), "time": batch.timestamps, **batch.hidden}
    return pa.table({**numbered, **beside, **own})


def _batches(table, fields):
    for part in table.combine_chunks().to_batches():
        columns = dict(zip(part.schema.names, part.columns, strict=True))
        records = pa.RecordBatch.from_arrays([columns[str(number)] for number in range(len(fields))], schema=fields)
        headers = {name[7:]: column for name, column in columns.items() if name.startswith("header:")}
        hidden = {"subject": columns["subject"]}
        yield Batch(records, columns["time"], columns.get("key"), headers, columns["arrival"], hidden)


def late_and_twice(rows, delay_ms, tick_ms):
    """The effect of the stage on the rows of a stream, in plain Python; each row starts with its event time."""
    arriving = [(row[0] + delay_ms * (number % LateAndTwice.late == 0), row) for number, row in enumerate(rows)]
    arriving += [(row[0] + delay_ms - tick_ms, row) for row in rows[:: LateAndTwice.twice]]
    return [row for _, row in sorted(arriving, key=lambda it: (it[0], it[1][0]))]
