"""The types of a PostgreSQL table's columns: a binary COPY into one that was altered in mid-run would write garbage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from psycopg import sql
from sqlalchemy import text

from doge_datagen.sinks.database.copy_rows import quoted

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
GUARDED = "SELECT CAST(CASE WHEN {listed} = {expected} THEN '1' ELSE 'altered' END AS integer); COMMIT"
"""Ends in an error, and not in a COMMIT, where the types are others: 'altered' is no integer."""


class ColumnTypes:
    """What the columns of a stream were made for when the run began.

    Args:
        connection: to the server.
        table: as the server has it.
        names: of the stream's columns.

    Attributes:
        guarded_commit: commits where the types are what they were, in one trip to the server; trips are a good part of
            what a small batch takes.
    """

    def __init__(self, connection: Connection, table: Table, names: Sequence[str]) -> None:
        self._name = quoted(table).as_string()
        there = self._there(connection)
        self._types = {name: there[name] for name in names if name in there}
        listed = sql.SQL(LISTED).format(name=sql.Literal(self._name), columns=sql.Literal(list(names)))
        expected = connection.exec_driver_sql(listed.as_string().replace("%", "%%")).scalar_one()
        self.guarded_commit = sql.SQL(GUARDED).format(listed=listed, expected=sql.Literal(expected)).as_bytes()

    def check(self, connection: Connection) -> None:
        """See that they are what they were, at the end of a transaction that has written to the table.

        It holds the table's lock since it has written, so that nobody alters a column between the records and this.

        Raises:
            ValueError: one is of another type.
        """
        there = self._there(connection)
        for name, was in self._types.items():
            if there.get(name) != was:
                told = f"column {name!r} was altered during the run: it is of type {there.get(name)}, and was {was}"
                raise ValueError(f"{told}; alter it back, or begin another run")

    def _there(self, connection: Connection) -> dict[str, str]:
        found = connection.execute(TYPES, {"name": self._name}).all()
        return {cast("str", name): cast("str", kind) for name, kind in found}
