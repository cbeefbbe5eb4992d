"""The types of a PostgreSQL table's columns: a binary COPY into one that was altered in mid-run would write garbage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from sqlalchemy import text

from doge_datagen.sinks.copy_target import quoted

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table

TYPES = text(
    "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute "
    "WHERE attrelid = CAST(:name AS regclass) AND attnum > 0 AND NOT attisdropped"
)


class ColumnTypes:
    """What the columns of a stream were made for when the run began.

    Args:
        connection: to the server.
        table: as the server has it.
        names: of the stream's columns.
    """

    def __init__(self, connection: Connection, table: Table, names: Sequence[str]) -> None:
        self._name = quoted(table).as_string()
        there = self._there(connection)
        self._types = {name: there[name] for name in names if name in there}

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
