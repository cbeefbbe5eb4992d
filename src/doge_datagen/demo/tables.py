"""The tables balance and loan, in SQLite or in any database that SQLAlchemy knows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from doge_datagen.demo.banking import balance_row, loan_row
from doge_datagen.demo.place import Place, Record
from doge_datagen.sinks.create_tables import create_tables
from doge_datagen.sinks.database import DbSinkFactory, RowMapper

COLUMNS = {
    "balance": {"timestamp": "integer", "user_id": "integer", "balance": "integer"},
    "loan": {"timestamp": "integer", "user_id": "integer", "loan": "integer"},
}


def sqlite_tables(folder: Path) -> Iterator[Place]:
    """Both tables in a new file ``bank.db``; one of that name is replaced."""
    path = folder / "bank.db"
    folder.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    return database_tables(f"sqlite:///{path}")


def database_tables(db_url: str) -> Iterator[Place]:
    """Both tables in a database, made where they are missing."""
    from doge_datagen.sinks.database_engine import checked_url, place_of  # noqa: PLC0415 - it imports SQLAlchemy

    create_tables(db_url, COLUMNS)
    shown = place_of(checked_url(db_url))
    factory = DbSinkFactory(db_url)

    def place(name: str, mapper: RowMapper) -> Place:
        return Place(name, f"{shown}, table {name}", factory.create(name, mapper), lambda: read_table(db_url, name))

    yield place("balance", balance_row)
    yield place("loan", loan_row)


def read_table(db_url: str, name: str) -> Iterator[Record]:
    """The rows of a table, by timestamp."""
    from sqlalchemy import MetaData, Table, select  # noqa: PLC0415 - importing it takes a while

    from doge_datagen.sinks.database_engine import checked_url, open_engine  # noqa: PLC0415

    engine = open_engine(checked_url(db_url))
    try:
        with engine.connect() as connection:
            table = Table(name, MetaData(), autoload_with=connection)
            for row in connection.execute(select(table).order_by(table.c.timestamp)).mappings():
                yield dict(row)
    finally:
        engine.dispose()
