"""Detect columns that were altered during a run: a binary COPY into them would write garbage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from psycopg import sql
from sqlalchemy import text

from doge_datagen.sinks.database.postgres.copy_rows import quoted

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
