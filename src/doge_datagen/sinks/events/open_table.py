"""Open a table for rows, by COPY on PostgreSQL and executemany elsewhere."""

from __future__ import annotations

from sqlalchemy import URL

from doge_datagen.sinks.database.errors import connected
from doge_datagen.sinks.database.sqlalchemy.engine import open_engine
from doge_datagen.sinks.database.sqlalchemy.row_inserts import BatchTable, InsertedTable, find_table


def open_table(url: URL, name: str) -> BatchTable:
    """Open the table and check that it can be written to.

    Raises:
        UnknownTargetError: the table does not exist.
        UnreachableError: no server answers.
        RefusedError: the server refuses the user, the password or the insert.
    """
    by_copy = url.drivername == "postgresql+psycopg"
    engine = open_engine(url, isolation_level="AUTOCOMMIT") if by_copy else open_engine(url, pool_pre_ping=True)
    with connected(engine, name) as connection:
        table = find_table(connection, name)
        if not by_copy:
            return InsertedTable(engine, table)
        from doge_datagen.sinks.database.postgres.copy import CopiedTable, takes_copy  # noqa: PLC0415 - needs psycopg

        return CopiedTable(engine, table, copies=takes_copy(connection, table))
