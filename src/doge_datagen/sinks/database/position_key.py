"""The row of a stream's position in the table of positions, and the errors of a process that has lost it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from doge_datagen.errors import SinkError
from doge_datagen.sinks.database.destination import table_within

POSITIONS = "doge_position"
"""The table of positions, in the same schema as the table of the records; created if it is missing.

It has one row for each run and stream:

* ``run_id``, ``stream``: the key.
* ``epoch``: how many processes have started or resumed the run. Only the latest of them delivers.
* ``ticks``: the records of this number of ticks are in the stream's table; NULL before the first commit.
* ``run``: identity of the run (model, seed and start); NULL before the first commit.
* ``table_name``: the stream's table, as the target names it; NULL before the first commit.
"""


@dataclass(frozen=True, slots=True)
class PositionKey:
    """One stream of one named run, and its table as the target names it."""

    run_id: str
    stream: str
    table: str

    def taken_over(self, place: str) -> SinkError:
        """The error of a process that is not the latest to have claimed the row."""
        problem = f"another process has taken over run {self.run_id!r}: nothing more of this one arrives"
        return SinkError(place, f"{problem}. Hint: let the other one continue, or give this run another name")

    def removed(self, place: str) -> SinkError:
        """The error of a process whose row was deleted."""
        problem = f"the row of run {self.run_id!r}, stream {self.stream!r} is gone from {POSITIONS}"
        return SinkError(place, f"{problem}: where the run is cannot be known. Hint: begin it anew under another name")

    def check_table(self, place: str, table: str) -> None:
        """Check that the stream's earlier records are in the table that the next ones go to.

        Raises:
            SinkError: they are in another table.
        """
        if table != self.table:
            problem = (
                f"the run has delivered this stream to the table {table} so far. Hint: name that, or begin another run"
            )
            raise SinkError(place, problem)

    def check_only(self, place: str, system: str, tables: Iterable[Sequence[str]]) -> None:
        """Check that no other stream of the run has its records in the table.

        Args:
            place: name of the table in messages.
            system: the database.
            tables: streams of the run that have records, each with its table.

        Raises:
            SinkError: another stream has.
        """
        for other, table in tables:
            if other != self.stream and table_within(system, table) == table_within(system, self.table):
                problem = f"has the records of the stream {other!r} of run {self.run_id!r}, not of {self.stream!r}"
                raise SinkError(place, f"{problem}. Hint: name the table that this stream had, or a new one")

    def lost(self, place: str, ticks: int) -> SinkError:
        """The error of a resumed run whose table was dropped."""
        problem = f"does not exist, but {POSITIONS} says that {ticks:,} ticks of run {self.run_id!r} are in it"
        return SinkError(place, f"{problem}. Hint: bring it back, or give the run another name")
