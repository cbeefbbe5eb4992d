"""Encode rows of Python values for PostgreSQL's COPY, if it would write the same as INSERT."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence, Set
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from itertools import chain
from types import NoneType
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID

from psycopg import sql
from sqlalchemy import Dialect, Table, types

if TYPE_CHECKING:
    from psycopg import Copy

    from doge_datagen.sinks.database.sqlalchemy.row_inserts import Rows

Sender: TypeAlias = "Callable[[Copy], None]"

COPIED: tuple[tuple[type[types.TypeEngine[Any]], frozenset[type] | None], ...] = (
    (types.Integer, frozenset({int, str, NoneType})),
    (types.Enum, frozenset({str, NoneType})),
    (types.String, frozenset({str, int, NoneType})),
    (types.Numeric, frozenset({int, float, Decimal, str, NoneType})),
    (types.Float, frozenset({int, float, Decimal, str, NoneType})),
    (types.Boolean, frozenset({bool, NoneType})),
    (types.DateTime, frozenset({datetime, NoneType})),
    (types.Date, frozenset({date, NoneType})),
    (types.Uuid, frozenset({UUID, NoneType})),
    (types.LargeBinary, frozenset({bytes, NoneType})),
    (types.JSON, None),
)
"""Column types, and the Python types whose values COPY writes to them as INSERT would; None stands for all types.

For anything else COPY and INSERT differ: INSERT casts True to the text 'true' and 1.5 to the integer 2, while COPY
writes 't' and raises an error. A batch with a combination that is not listed is inserted by INSERT.
"""

PLAIN = frozenset({int, str, NoneType})
"""Python types whose values are formatted here in blocks of rows, which is faster than psycopg's value by value."""

ROWS_IN_A_BLOCK = 500
"""Blocks keep a large batch from being in memory twice, and let the server read one while the next is formatted."""

ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


class CopyTarget:
    """The columns of a table, and how rows are copied into them.

    Args:
        table: with the server's definition of its columns.
        names: names of the columns, in the order of the values in a row.
        dialect: converts the values that need it.
    """

    def __init__(self, table: Table, names: Sequence[str], dialect: Dialect) -> None:
        self.names = names
        self._types = [table.columns[name].type for name in names]
        self._binders = [kind.dialect_impl(dialect).bind_processor(dialect) for kind in self._types]
        self._takes_plain = not any(self._binders) and all(_allows(kind, PLAIN) for kind in self._types)
        columns = sql.SQL(", ").join(map(sql.Identifier, names))
        self.statement = sql.SQL("COPY {} ({}) FROM STDIN").format(quoted(table), columns).as_bytes()

    def sender_of(self, rows: Rows) -> Sender | None:
        """Return a function that sends these rows so that COPY writes them as INSERT would; None if it cannot."""
        values = tuple(chain.from_iterable(rows))
        # Exact types: a bool is an int to isinstance, but COPY writes it in another way.
        found = set(map(type, values))
        if self._takes_plain and found <= PLAIN:
            return partial(_send_blocks, values, len(self.names), escape=NoneType in found)
        if _copies_alike(self._types, rows):
            return partial(_send_rows, self._bound(rows))
        return None

    def _bound(self, rows: Rows) -> Iterable[Sequence[Any]]:
        if not any(self._binders):
            return rows
        taken = zip(self._binders, zip(*rows, strict=True), strict=True)
        return zip(*(map(bind, values) if bind else values for bind, values in taken), strict=True)


def quoted(table: Table) -> sql.Identifier:
    """Quote the table's name for SQL."""
    return sql.Identifier(table.schema, table.name) if table.schema else sql.Identifier(table.name)


def _send_blocks(values: tuple[Any, ...], width: int, stream: Copy, *, escape: bool) -> None:
    step = ROWS_IN_A_BLOCK * width
    for first in range(0, len(values), step):
        stream.write(_block(values[first : first + step], width, escape=escape))


def _send_rows(rows: Iterable[Sequence[Any]], stream: Copy) -> None:
    for row in rows:
        stream.write_row(row)


def _block(values: tuple[Any, ...], width: int, *, escape: bool) -> str:
    """Format rows in COPY's text format; searching the block for characters to escape is faster than each value."""
    count = len(values) // width
    lines = ("\t".join(["%s"] * width) + "\n") * count
    if not escape:
        block = lines % values
        ends = (block.count("\t"), block.count("\n"))
        # As many tabs and line feeds as the rows themselves need: so no value has one.
        if ends == (count * (width - 1), count) and "\\" not in block and "\r" not in block:
            return block
    return lines % tuple(map(_escaped, values))


def _escaped(value: int | str | None) -> int | str:
    if value is None:
        return r"\N"
    return value.translate(ESCAPES) if isinstance(value, str) else value


def _allows(column: types.TypeEngine[Any], found: Set[type]) -> bool:
    return any(isinstance(column, kind) and (allowed is None or found <= allowed) for kind, allowed in COPIED)


def _copies_alike(columns: Sequence[types.TypeEngine[Any]], rows: Rows) -> bool:
    for column, values in zip(columns, zip(*rows, strict=True), strict=True):
        found = set(map(type, values))
        if not _allows(column, found) or (datetime in found and _loses_zone(column, values)):
            return False
    return True


def _loses_zone(column: types.TypeEngine[Any], values: Iterable[Any]) -> bool:
    """Whether COPY would only drop the time zone, where INSERT converts to the session's zone first."""
    if not isinstance(column, types.DateTime) or column.timezone:
        return False
    return any(value is not None and value.tzinfo is not None for value in values)
