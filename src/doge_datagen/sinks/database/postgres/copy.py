"""Insert rows into PostgreSQL by COPY, many times faster than INSERT; detect columns that are altered meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

import psycopg
from psycopg import errors, generators, sql
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult
from sqlalchemy import Connection, Engine, Table, text
from sqlalchemy.exc import SQLAlchemyError

from doge_datagen.errors import RefusedError
from doge_datagen.sinks.database.postgres.copy_rows import CopyTarget, Sender, quoted
from doge_datagen.sinks.database.sqlalchemy.engine import cause_of
from doge_datagen.sinks.database.sqlalchemy.row_inserts import COMMITTED, Outcome, Rows, insert

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table


TYPES = text(
    "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute "
    "WHERE attrelid = CAST(:name AS regclass) AND attnum > 0 AND NOT attisdropped"
)

LISTED = (
    "(SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ' ORDER BY attnum) FROM pg_attribute "
    "WHERE attrelid = CAST({name} AS regclass) AND attname = ANY ({columns}) AND NOT attisdropped)"
)
# An error abandons the rest of the message, so that COMMIT is not reached ("Multiple Statements in a Simple Query" in
# PostgreSQL's protocol).
GUARDED = "SELECT CAST(CASE WHEN {listed} = {expected} THEN '1' ELSE 'altered' END AS integer); COMMIT"
"""Raises an error instead of committing if the types have changed, as 'altered' is not an integer."""


class ColumnTypes:
    """The types of a stream's columns when the run began.

    Args:
        connection: connection to the server.
        table: with the server's definition of its columns.
        names: names of the stream's columns.

    Attributes:
        guarded_commit: statements that commit only if the types have not changed, in one round trip, as round trips
            are a large part of the time of a small batch.
    """

    def __init__(self, connection: Connection, table: Table, names: Sequence[str]) -> None:
        self._name = quoted(table).as_string()
        there = self._there(connection)
        self._types = {name: there[name] for name in names if name in there}
        listed = sql.SQL(LISTED).format(name=sql.Literal(self._name), columns=sql.Literal(list(names)))
        expected = connection.exec_driver_sql(listed.as_string().replace("%", "%%")).scalar_one()
        self.guarded_commit = sql.SQL(GUARDED).format(listed=listed, expected=sql.Literal(expected)).as_bytes()

    def check(self, connection: Connection) -> None:
        """Check that the types have not changed, at the end of a transaction that has written to the table.

        The transaction has held the table's lock since its first write, so no column can be altered before it commits.

        Raises:
            ValueError: a column has another type.
        """
        there = self._there(connection)
        for name, was in self._types.items():
            if there.get(name) != was:
                problem = f"column {name!r} was altered during the run: it is of type {there.get(name)}, and was {was}"
                raise ValueError(f"{problem}. Hint: alter it back, or begin another run")

    def _there(self, connection: Connection) -> dict[str, str]:
        found = connection.execute(TYPES, {"name": self._name}).all()
        return {cast("str", name): cast("str", kind) for name, kind in found}


TAKES_COPY = text(
    "SELECT relkind IN ('r', 'p') AND NOT relhasrules AND NOT row_security_active(oid) AND NOT EXISTS ("
    "SELECT FROM pg_attribute WHERE attrelid = pg_class.oid AND attidentity = 'a') AS copies, "
    "has_any_column_privilege(oid, 'INSERT') AS allowed FROM pg_class WHERE oid = CAST(:name AS regclass)"
)
"""COPY bypasses rules, row security and identity columns, and does not work on views."""

# txid_current also assigns the number: otherwise a transaction has none before its first write.
BEGIN = b"BEGIN; SELECT txid_current(); "
"""Sent in one round trip with the COPY that follows, as round trips are a large part of the time of a batch.

With the transaction's number a new connection can ask what became of a COMMIT that was not answered.
"""


class CopiedTable:
    """Inserts rows by COPY, or by INSERT if COPY would write something else.

    Args:
        engine: a psycopg engine in autocommit mode; transactions are begun here.
        table: with the server's definition of its columns.
        copies: whether COPY works for this table at all.
        types: types that its columns must still have at the end; None if each value carries its own.
    """

    def __init__(self, engine: Engine, table: Table, *, copies: bool, types: ColumnTypes | None = None) -> None:
        self._engine = engine
        self._table = table
        self._copies = copies
        self._types = types
        self._connection: Connection | None = None
        self._target: CopyTarget | None = None
        self.columns = tuple(table.columns.keys())

    def write(self, columns: Sequence[str], rows: Rows) -> Outcome:
        """Insert the rows in one transaction; never raises, the outcome has the error."""
        try:
            target = self._target_of(columns)
            send = target.sender_of(rows) if self._copies else None
        except BaseException as error:  # noqa: BLE001 - the outcome carries it and the sink raises it
            return self._failed(error, None)
        if send:
            return self.copy(target.statement, send)
        return self._in_transaction(b"", lambda connection: insert(connection, self._table, columns, rows))

    def copy(self, statement: bytes, send: Sender) -> Outcome:
        """Send rows to a COPY statement in one transaction; never raises, the outcome has the error."""
        return self._in_transaction(statement, lambda connection: copy(driver_of(connection), send))

    def close(self) -> None:
        """Release the connection."""
        self._drop()
        self._engine.dispose()

    def _in_transaction(self, statement: bytes, fill: Callable[[Connection], None]) -> Outcome:
        committing = None
        try:
            connection, transaction = self._begin(statement)
            fill(connection)
            # Set before COMMIT is sent: from here on a lost connection leaves the outcome unknown, and the server has
            # to be asked.
            committing = transaction
            self._commit(connection)
        except BaseException as error:  # noqa: BLE001 - the outcome carries it and the sink raises it
            return self._failed(error, committing)
        return COMMITTED

    def _commit(self, connection: Connection) -> None:
        driver = driver_of(connection)
        if self._types is None:
            driver.commit()
            return
        try:
            sent(driver, self._types.guarded_commit)
        except errors.InvalidTextRepresentation:
            # The failed statement has left the transaction open and unusable; the query that follows needs a new one.
            driver.rollback()
            self._types.check(connection)  # raises an error that names the column
            raise

    def _target_of(self, columns: Sequence[str]) -> CopyTarget:
        if self._target is None or self._target.names != columns:
            self._target = CopyTarget(self._table, columns, self._engine.dialect)
        return self._target

    def _begin(self, statement: bytes) -> tuple[Connection, int]:
        if self._connection is not None:
            driver = driver_of(self._connection)
            try:
                return self._connection, begin(driver, statement)
            except psycopg.OperationalError:
                if not driver.closed:
                    raise
                # Only if the connection is closed: with any other error BEGIN may have been executed, and would be
                # nested.
                self._drop()  # the server closed the connection between two batches, so nothing of this one is lost
        self._connection = self._engine.connect()
        return self._connection, begin(driver_of(self._connection), statement)

    def _failed(self, error: BaseException, committing: int | None) -> Outcome:
        # Before the connection is dropped, after which nothing tells that it had been lost.
        lost = self._connection is None or self._connection.invalidated or driver_of(self._connection).closed
        interrupted = not isinstance(error, Exception)
        self._drop()
        # An error that the server has answered with, such as of a deferred constraint, is an answer: nothing was
        # committed.
        if committing is None or not (lost or interrupted):
            return Outcome(committed=False, cause=cause_of(error), lost=lost)
        fate = self._fate(committing)
        # The rows are there, so an interrupt is passed on, and a lost connection is no error at all.
        if fate == "committed":
            return Outcome(committed=True, cause=error if interrupted else None)
        # "in progress" is in doubt too: the server may not have noticed yet that we are gone, or still commit.
        return Outcome(committed=False, cause=cause_of(error), lost=lost, in_doubt=fate != "aborted")

    def _fate(self, transaction: int) -> str | None:
        try:
            with self._engine.connect() as connection:
                fate: str | None = connection.scalar(text("SELECT txid_status(:id)"), {"id": transaction})
        except SQLAlchemyError:
            return None  # the server cannot be asked, so the outcome says that the batch is in doubt
        return fate

    def _drop(self) -> None:
        if self._connection is not None:
            # Not returned to the pool: the state of its transaction is unknown.
            self._connection.invalidate()
            self._connection.close()
            self._connection = None


def takes_copy(connection: Connection, table: Table) -> bool:
    """Whether COPY does the same as INSERT for this table.

    Raises:
        RefusedError: the user has no INSERT privilege.
    """
    copies, allowed = connection.execute(TAKES_COPY, {"name": quoted(table).as_string()}).one()
    if not allowed:
        raise RefusedError(f"table {table.fullname}", "this user may not insert into it. Hint: GRANT INSERT")
    return bool(copies)


def begin(driver: psycopg.Connection[Any], statement: bytes) -> int:
    """Begin a transaction and, if a statement is given, a COPY; return the transaction's number."""
    return int(cast("bytes", sent(driver, BEGIN + statement)[1].get_value(0, 0)))


def sent(driver: psycopg.Connection[Any], statements: bytes) -> Sequence[PGresult]:
    """Run several statements in one round trip and return their results.

    psycopg's cursors accept COPY only as a query of its own, which would be another round trip.
    """
    driver.pgconn.send_query(statements)
    results: Sequence[PGresult] = driver.wait(generators.execute(driver.pgconn))
    # The last result is enough, as nothing is executed after an error.
    if results[-1].status == ExecStatus.FATAL_ERROR:
        raise errors.error_from_result(results[-1], encoding=driver.info.encoding)
    return results


def copy(driver: psycopg.Connection[Any], send: Sender) -> None:
    """Send rows to the COPY that has begun, and wait until the server has received them."""
    with driver.cursor() as cursor, psycopg.Copy(cursor) as stream:
        send(stream)


def driver_of(connection: Connection) -> psycopg.Connection[Any]:
    """The psycopg connection behind SQLAlchemy's."""
    return cast("psycopg.Connection[Any]", connection.connection.driver_connection)
