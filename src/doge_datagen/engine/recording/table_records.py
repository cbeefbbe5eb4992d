"""The records of streams that get the rows of a reference table, at the start of a run."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from doge_datagen.batch import Batch
from doge_datagen.engine.code_arguments import arrays_of
from doge_datagen.engine.codegen import dtype_of, records
from doge_datagen.engine.interpreted.model_code import Code
from doge_datagen.engine.recording.record_batches import RecordAssembler, StreamEvents, TextSources
from doge_datagen.engine.recording.record_columns import computed
from doge_datagen.language.scope import ENDS
from doge_datagen.program.program import Program
from doge_datagen.program.tables.reference_table import ReferenceTable

PLAIN = re.compile(r"(array_\d+)\[subject\]")


@dataclass(frozen=True, slots=True)
class TableRecords:
    """The rows of the tables that feed a stream, as records at the start of a run.

    Args:
        program: the model.
        seed: 64 bits; fields may draw.
        subjects: the slice of subjects that is simulated; the one with the first subject has the rows.
        hidden: the hidden columns that the batches need.
    """

    program: Program
    seed: int
    subjects: range
    hidden: Collection[str] = ()

    def before(self, tick: int) -> Iterator[tuple[str, Batch]]:
        """The batches that come before those of the window that begins at a tick; none if there is a warm-up."""
        if tick == 0 == self.program.spec.clock.warm_up_ticks:
            yield from self.batches()

    def batches(self) -> Iterator[tuple[str, Batch]]:
        """All batches.

        Raises:
            CalculationError: a field cannot be calculated.
        """
        for table in self.program.tables.values() if self.subjects.start == 0 else ():
            if table.emit is not None:
                assembler = RecordAssembler(self.program, self.program.shapes[table.emit], TextSources(), self.hidden)
                yield from ((table.emit, batch) for batch in assembler.batches(self._events(table, table.emit)))

    def _events(self, table: ReferenceTable, stream: str) -> StreamEvents:
        program, clock = self.program, self.program.spec.clock
        columns = computed(program.shapes[stream].columns)
        # Fields that show a column as it is are that column, without a call for each row of a large table.
        plain = [found[1] for it in columns if (found := PLAIN.fullmatch(it.code))]
        if len(plain) == len(columns):
            values = [arrays_of(program)[name] for name in plain]
        else:
            values = _calculated(program, self.seed, table, stream)
        times = np.full(table.count, clock.timestamp(clock.warm_up_ticks))
        return StreamEvents(times, np.arange(table.count), np.zeros(table.count, dtype=np.int32), values)


def _calculated(program: Program, seed: int, table: ReferenceTable, stream: str) -> list[npt.NDArray[Any]]:
    code, function, tick = Code(program, seed), records(program)[stream], program.spec.clock.warm_up_ticks
    ends = dict.fromkeys(ENDS, 0)  # every record's function has these parameters
    found = [
        code.call(function, code.subject(row), tick, f"streams.{stream}", None, **ends) for row in range(table.count)
    ]
    return [
        np.fromiter((values[number] for values in found), dtype_of(it), table.count)
        for number, it in enumerate(computed(program.shapes[stream].columns))
    ]
