"""Batches into PostgreSQL by COPY: binary where every column has a binary form that is known here, else as text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
from psycopg import errors, sql

from doge_datagen.sinks.alchemy_columns import bare
from doge_datagen.sinks.copy_binary import HEAD, TAIL, WIRE, BinaryRows
from doge_datagen.sinks.copy_target import quoted
from doge_datagen.sinks.copy_text import text_rows
from doge_datagen.sinks.table_columns import STRING, Column, fitted

if TYPE_CHECKING:
    from psycopg import Copy
    from sqlalchemy import Dialect, Table

    from doge_datagen.sinks.database_table import Outcome
    from doge_datagen.sinks.postgres_copy import CopiedTable

BYTES_IN_A_PIECE = 1 << 20
"""The server reads one piece while the next is made; a large batch is not held in memory twice."""

Encoder = Callable[[Sequence[pa.Array]], memoryview]


class CopiedBatches:
    """Writes by COPY, piece by piece.

    Args:
        copied: the connection, and what becomes of its transactions.
        table: as the server has it.
        columns: of the fields, in their order.
        dialect: names the types.
    """

    def __init__(self, copied: CopiedTable, table: Table, columns: Sequence[Column], dialect: Dialect) -> None:
        self._copied = copied
        self._columns = columns
        names = [column.name for column in columns]
        kinds = [str(bare(table.columns[name].type).compile(dialect)) for name in names]
        binary = all(kind in WIRE or column.family == STRING for kind, column in zip(kinds, columns, strict=True))
        self._head, self._tail = (HEAD, TAIL) if binary else (b"", b"")
        self._encode: Encoder = BinaryRows(names, [WIRE.get(kind) and kind for kind in kinds]).encode
        if not binary:
            self._encode = text_rows
        self._statement = _statement(table, names, binary=binary)

    def write(self, records: pa.RecordBatch) -> Outcome:
        """Copy the records in one transaction; never raises, the outcome tells."""
        outcome = self._copied.copy(self._statement, partial(self._send, records))
        if isinstance(outcome.cause, errors.CharacterNotInRepertoire):
            return replace(outcome, cause=_with_field(outcome.cause, records))
        return outcome

    def close(self) -> None:
        """Let go of the connection."""
        self._copied.close()

    def _send(self, records: pa.RecordBatch, stream: Copy) -> None:
        stream.write(self._head)
        for piece in pieces(records):
            stream.write(self._encode(fitted(piece, self._columns)))
        stream.write(self._tail)


def pieces(records: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """The records in parts of about ``BYTES_IN_A_PIECE`` each."""
    step = max(1, BYTES_IN_A_PIECE * records.num_rows // max(1, records.nbytes))
    return (records.slice(first, step) for first in range(0, records.num_rows, step))


def _statement(table: Table, names: Sequence[str], *, binary: bool) -> bytes:
    columns = sql.SQL(", ").join(map(sql.Identifier, names))
    form = sql.SQL("(FORMAT binary)" if binary else "(FORMAT text)")
    return sql.SQL("COPY {} ({}) FROM STDIN {}").format(quoted(table), columns, form).as_bytes()


def _with_field(error: Exception, records: pa.RecordBatch) -> Exception:
    """The server's complaint about a NUL, with the field it is in; any other as it is."""
    for name, array in zip(records.schema.names, records.columns, strict=True):
        if pa.types.is_string(array.type) and pc.any(pc.match_substring(array, "\0")).as_py():
            told = f"field {name!r} holds a text with the character NUL (\\x00), which PostgreSQL cannot store"
            return ValueError(f"{told}; take it out of the text")
    return error
