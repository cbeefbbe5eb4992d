"""The row that holds a stream's position, for any database that SQLAlchemy supports, and the errors when it is lost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, Connection, MetaData, String, Table, and_, insert, or_, select, text, update
from sqlalchemy.dialects import mssql, mysql, oracle
from sqlalchemy.exc import IntegrityError

from doge_datagen.errors import SinkError
from doge_datagen.sinks.database.columns import STRING
from doge_datagen.sinks.database.sqlalchemy.columns import MADE, create, is_there
from doge_datagen.sinks.database.table_identity import table_within
from doge_datagen.sinks.transactional import Position

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

    def taken_over(self, destination: str) -> SinkError:
        """The error of a process that is not the latest to have claimed the row."""
        problem = f"another process has taken over run {self.run_id!r}: nothing more of this one arrives"
        return SinkError(destination, f"{problem}. Hint: let the other one continue, or give this run another name")

    def removed(self, destination: str) -> SinkError:
        """The error of a process whose row was deleted."""
        problem = f"the row of run {self.run_id!r}, stream {self.stream!r} is gone from {POSITIONS}"
        return SinkError(
            destination, f"{problem}: where the run is cannot be known. Hint: begin it anew under another name"
        )

    def check_table(self, destination: str, table: str) -> None:
        """Check that the stream's earlier records are in the table that the next ones go to.

        Raises:
            SinkError: they are in another table.
        """
        # Records would go on in another table from the position on, and both tables be incomplete.
        if table != self.table:
            problem = (
                f"the run has delivered this stream to the table {table} so far. Hint: name that, or begin another run"
            )
            raise SinkError(destination, problem)

    def check_only(self, destination: str, system: str, tables: Iterable[Sequence[str]]) -> None:
        """Check that no other stream of the run has its records in the table.

        Args:
            destination: name of the table in messages.
            system: the database.
            tables: streams of the run that have records, each with its table.

        Raises:
            SinkError: another stream has.
        """
        for other, table in tables:
            if other != self.stream and table_within(system, table) == table_within(system, self.table):
                problem = f"has the records of the stream {other!r} of run {self.run_id!r}, not of {self.stream!r}"
                raise SinkError(destination, f"{problem}. Hint: name the table that this stream had, or a new one")

    def lost(self, destination: str, ticks: int) -> SinkError:
        """The error of a resumed run whose table was dropped."""
        problem = f"does not exist, but {POSITIONS} says that {ticks:,} ticks of run {self.run_id!r} are in it"
        return SinkError(destination, f"{problem}. Hint: bring it back, or give the run another name")


NAME = (
    String()
    # These need a length for strings in a key, and two of them compare strings without regard to case by default.
    .with_variant(mysql.VARCHAR(200, charset="utf8mb4", collation="utf8mb4_bin"), "mysql", "mariadb")
    .with_variant(mssql.NVARCHAR(200, collation="Latin1_General_BIN2"), "mssql")
    .with_variant(oracle.NVARCHAR2(200), "oracle")
)
PATIENCE = text("SELECT set_config('lock_timeout', '60s', true) WHERE current_setting('lock_timeout') = '0'")
"""By default PostgreSQL waits indefinitely for a row that is locked by a process on a dead machine.

A limit that the user or the URL has set stays.
"""


class PositionRow:
    """The row of one stream of one run; each method works in the connection's current transaction.

    Two processes of one run cannot both deliver. ``advance`` is the first statement of a delivery. It updates the row
    only if the row still has the epoch that this process claimed, and thereby locks it until the records are committed
    with it. A concurrent claim therefore either comes first, and the older process updates nothing; or it waits until
    the older process has committed, and sees how far that came.

    Args:
        schema: schema of the table; None for the default one.
        key: identifies the row.
        destination: name of the stream's table in messages.
    """

    def __init__(self, schema: str | None, key: PositionKey, destination: str) -> None:
        self._table = position_table(schema)
        self._key = key
        self._destination = destination
        columns = self._table.columns
        self._is_it = and_(columns.run_id == key.run_id, columns.stream == key.stream)

    def make(self, connection: Connection) -> None:
        """Create the table if it is missing; another process may do so at the same time."""
        if not is_there(connection, self._table.fullname):
            create(connection, self._table)

    def check(self, connection: Connection) -> None:
        """Check that the run's earlier records, if any, are in this stream's table, and no other stream's are.

        Raises:
            SinkError: they are in another table, their table was dropped, or this one has records of another stream.
        """
        if not is_there(connection, self._table.fullname):
            return
        # Before anything is created: a new empty table under the old name would hide that the run's records are lost.
        found, columns = self.read(connection), self._table.columns
        of_run = and_(columns.run_id == self._key.run_id, columns.ticks.isnot(None))
        tables = connection.execute(select(columns.stream, columns.table_name).where(of_run)).all()
        self._key.check_only(self._destination, connection.dialect.name, [tuple(it) for it in tables])
        if found is not None and not is_there(connection, self._key.table):
            raise self._key.lost(self._destination, found.ticks)

    def claim(self, connection: Connection) -> int:
        """Increment the epoch, in a new row if there is none, and return it: this process delivers under it."""
        # UPDATE first, as it locks the row if there is one: of two processes that start at once, the second waits here.
        if not self._next_epoch(connection):
            try:
                connection.execute(
                    insert(self._table).values(run_id=self._key.run_id, stream=self._key.stream, epoch=0)
                )
            except IntegrityError:
                # In PostgreSQL a failed statement makes its whole transaction unusable, so it has to end before the
                # next one.
                connection.rollback()  # another process created the row at the same moment
            self._next_epoch(connection)
        # In the same transaction, in which the row is locked: nobody can have raised the epoch in between.
        return int(connection.execute(select(self._table.columns.epoch).where(self._is_it)).scalar_one())

    def read(self, connection: Connection) -> Position | None:
        """Return the position of the last commit; None if there has been none.

        Raises:
            SinkError: it belongs to another table.
        """
        columns = self._table.columns
        asked = select(columns.ticks, columns.run, columns.table_name).where(self._is_it)
        found = connection.execute(asked).one_or_none()
        if found is None or found.ticks is None:
            return None
        self._key.check_table(self._destination, found.table_name)
        return Position(int(found.ticks), found.run)

    def advance(self, connection: Connection, epoch: int, position: Position, *, again: bool) -> bool:
        """Update the position and lock the row; return False if an earlier attempt has already committed it.

        Args:
            connection: in a new transaction.
            epoch: the claimed epoch.
            position: the position that the following records lead to.
            again: whether an earlier attempt at this position had an unknown outcome.

        Raises:
            SinkError: another process has claimed the row, or it was deleted.
        """
        # SET LOCAL ends with the transaction, so it has to be said in each.
        _be_patient(connection)
        columns = self._table.columns
        is_mine = and_(self._is_it, columns.epoch == epoch)
        if again:
            # In the UPDATE, not in a query before it: the earlier attempt may still be committing, and is waited for.
            is_mine = and_(is_mine, or_(columns.ticks.is_(None), columns.ticks < position.ticks))
        values = {"ticks": position.ticks, "run": position.of, "table_name": self._key.table}
        # Under READ COMMITTED an UPDATE that has waited for a lock checks its WHERE again on the row as it is then; so
        # a claim that came first is seen.
        if connection.execute(update(self._table).where(is_mine).values(values)).rowcount == 1:
            return True
        # Only to tell the reasons apart; that this process may not deliver is certain already.
        there = connection.execute(select(columns.epoch).where(self._is_it)).scalar_one_or_none()
        if there is None:
            raise self._key.removed(self._destination)
        if there != epoch or not again:
            raise self._key.taken_over(self._destination)
        return False

    def _next_epoch(self, connection: Connection) -> bool:
        _be_patient(connection)
        columns = self._table.columns
        changed = connection.execute(update(self._table).where(self._is_it).values(epoch=columns.epoch + 1)).rowcount
        if changed < 0:
            # PEP 249 lets a driver return -1. Counting by a query instead would not tell who has changed the row.
            problem = "its driver does not say how many rows were changed, so two processes could not be kept apart"
            raise SinkError(self._destination, f"{problem}. Hint: run without a name, or write to another database")
        return changed == 1


def position_table(schema: str | None) -> Table:
    """The table of positions, as SQLAlchemy creates and queries it."""
    return Table(
        POSITIONS,
        MetaData(),
        Column("run_id", NAME, primary_key=True, comment="the name of the run"),
        Column("stream", NAME, primary_key=True, comment="the stream of that run"),
        Column("epoch", BigInteger, nullable=False, comment="processes so far; only the last one delivers"),
        Column("ticks", BigInteger, comment="number of ticks that are committed; NULL before the first commit"),
        Column("run", MADE[STRING], comment="identity of the run: model, seed and start"),
        Column("table_name", MADE[STRING], comment="where the records are; NULL before the first commit"),
        schema=schema,
        comment="Positions of doge runs: a run resumed under its name continues from here",
    )


def _be_patient(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(PATIENCE)
