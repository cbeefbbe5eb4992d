"""Copy batches to PostgreSQL: in binary if the binary form of each column's type is known, else as text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
from psycopg import OperationalError, errors, sql
from sqlalchemy.exc import DBAPIError

from doge_datagen.sinks.database.columns import STRING, Column, fitted
from doge_datagen.sinks.database.postgres.copy import ColumnTypes, driver_of
from doge_datagen.sinks.database.postgres.copy_binary import HEAD, TAIL, WIRE, BinaryRows, text_rows
from doge_datagen.sinks.database.postgres.copy_rows import quoted
from doge_datagen.sinks.database.sqlalchemy.columns import bare

if TYPE_CHECKING:
    from psycopg import Copy
    from sqlalchemy import Connection, Dialect, Table

    from doge_datagen.sinks.database.postgres.copy import CopiedTable
    from doge_datagen.sinks.database.sqlalchemy.row_inserts import Outcome
    from doge_datagen.sinks.destination_identity import DestinationIdentity

BYTES_IN_A_PIECE = 1 << 20
"""Pieces let the server read one while the next is encoded, and keep a large batch from being in memory twice."""

Encoder = Callable[[Sequence[pa.Array]], memoryview]


class RecordCopy:
    """Encodes records for a COPY into their table.

    Args:
        table: with the server's definition of its columns.
        columns: the columns of the fields, in their order.
        dialect: names the types.
        types: types that the columns must still have at the end of a transaction.

    Attributes:
        statement: the COPY statement.
    """

    def __init__(self, table: Table, columns: Sequence[Column], dialect: Dialect, types: ColumnTypes) -> None:
        self._columns = columns
        self._types = types
        names = [column.name for column in columns]
        kinds = [str(bare(table.columns[name].type).compile(dialect)) for name in names]
        binary = all(kind in WIRE or column.family == STRING for kind, column in zip(kinds, columns, strict=True))
        self._head, self._tail = (HEAD, TAIL) if binary else (b"", b"")
        self._encode: Encoder = BinaryRows(names, [WIRE.get(kind) and kind for kind in kinds]).encode
        if not binary:
            self._encode = text_rows
        self.statement = _statement(table, names, binary=binary)

    def send(self, batches: Sequence[pa.RecordBatch], stream: Copy) -> None:
        """Send the records piece by piece to a COPY that has begun."""
        # The header once per COPY, however many batches and pieces follow.
        stream.write(self._head)
        for piece in chain.from_iterable(map(pieces, batches)):
            stream.write(self._encode(fitted(piece, self._columns)))
        stream.write(self._tail)

    def insert(self, connection: Connection, batches: Sequence[pa.RecordBatch]) -> None:
        """Copy the records in the connection's current transaction."""
        try:
            with driver_of(connection).cursor() as cursor, cursor.copy(self.statement) as stream:
                self.send(batches, stream)
        except errors.CharacterNotInRepertoire as error:
            # The server reports the byte without the column, so the field is searched for here, once it is too late
            # anyway.
            raise with_field(error, batches) from None
        except OperationalError as error:
            raise DBAPIError(None, None, error) from error  # as SQLAlchemy wraps errors of its own statements
        # After the records, when the transaction holds the table's lock; before, it could still be altered between
        # check and COPY.
        self._types.check(connection)


class CopiedBatches:
    """Writes by COPY, each batch in a transaction of its own.

    Args:
        copied: runs the transactions and finds out what became of them.
        records: encodes the records.
    """

    identity: DestinationIdentity | None = None

    def __init__(self, copied: CopiedTable, records: RecordCopy) -> None:
        self._copied = copied
        self._records = records

    def write(self, records: pa.RecordBatch) -> Outcome:
        """Copy the records in one transaction; never raises, the outcome has the error."""
        outcome = self._copied.copy(self._records.statement, partial(self._records.send, [records]))
        # Without an error nothing is called: Ctrl-C could come in it, when records are committed and nobody knows yet.
        if outcome.cause is not None and isinstance(outcome.cause, errors.CharacterNotInRepertoire):
            return replace(outcome, cause=with_field(outcome.cause, [records]))
        return outcome

    def close(self) -> None:
        """Release the connection."""
        self._copied.close()


def pieces(records: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """Slices of the records of about ``BYTES_IN_A_PIECE`` each."""
    step = max(1, BYTES_IN_A_PIECE * records.num_rows // max(1, records.nbytes))
    return (records.slice(first, step) for first in range(0, records.num_rows, step))


def _statement(table: Table, names: Sequence[str], *, binary: bool) -> bytes:
    columns = sql.SQL(", ").join(map(sql.Identifier, names))
    form = sql.SQL("(FORMAT binary)" if binary else "(FORMAT text)")
    return sql.SQL("COPY {} ({}) FROM STDIN {}").format(quoted(table), columns, form).as_bytes()


def with_field(error: Exception, batches: Sequence[pa.RecordBatch]) -> Exception:
    """Name the field in the server's error about a NUL character; any other error is returned as it is."""
    for records in batches:
        for name, array in zip(records.schema.names, records.columns, strict=True):
            if pa.types.is_string(array.type) and pc.any(pc.match_substring(array, "\0")).as_py():
                problem = f"field {name!r} holds a string with the character NUL (\\x00), which PostgreSQL cannot store"
                return ValueError(f"{problem}. Hint: take it out of the string")
    return error
