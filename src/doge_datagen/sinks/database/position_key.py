"""Which row of the table of positions belongs to a run's stream, and what is told where it is not ours any more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from doge_datagen.errors import SinkError
from doge_datagen.sinks.database.destination import table_within

POSITIONS = "doge_position"
"""The table, in the schema of the table that the records go to; made where it is missing.

It has one row for each run and stream:

* ``run_id``, ``stream``: which; the key.
* ``epoch``: how many processes have begun or gone on with the run. Only the last of them delivers.
* ``ticks``: the records of so many ticks are in the stream's table; NULL before the first commit.
* ``run``: what it is a run of, model, seed and start; NULL before the first commit.
* ``table_name``: the stream's table, as the target names it; NULL before the first commit.
"""


@dataclass(frozen=True, slots=True)
class PositionKey:
    """One stream of one named run, and the table it goes to, as the target names it."""

    run_id: str
    stream: str
    table: str

    def taken_over(self, place: str) -> SinkError:
        """The error of a process that is not the last to have claimed the row."""
        told = f"another process has taken over run {self.run_id!r}: nothing more of this one arrives"
        return SinkError(place, f"{told}. Hint: let the other one go on, or give this run another name")

    def removed(self, place: str) -> SinkError:
        """The error of a process whose row somebody has deleted."""
        told = f"the row of run {self.run_id!r}, stream {self.stream!r} is gone from {POSITIONS}"
        return SinkError(place, f"{told}: where the run is cannot be known. Hint: begin it anew under another name")

    def check_table(self, place: str, table: str) -> None:
        """See that the records so far are in the table that those to come go to.

        Raises:
            SinkError: they are in another.
        """
        if table != self.table:
            told = (
                f"the run has delivered this stream to the table {table} so far. Hint: name that, or begin another run"
            )
            raise SinkError(place, told)

    def check_only(self, place: str, system: str, tables: Iterable[Sequence[str]]) -> None:
        """See that no other stream of the run has its records in the table.

        Args:
            place: as messages show it.
            system: the database.
            tables: each stream of the run that has records, and its table.

        Raises:
            SinkError: one has.
        """
        for other, table in tables:
            if other != self.stream and table_within(system, table) == table_within(system, self.table):
                told = f"has the records of the stream {other!r} of run {self.run_id!r}, not of {self.stream!r}"
                raise SinkError(place, f"{told}. Hint: name the table that this stream had, or a new one")

    def lost(self, place: str, ticks: int) -> SinkError:
        """The error of a run that goes on where its records are not any more."""
        told = f"does not exist, but {POSITIONS} says that {ticks:,} ticks of run {self.run_id!r} are in it"
        return SinkError(place, f"{told}; bring it back, or give the run another name")
