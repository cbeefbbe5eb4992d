"""How many times faster DbSink fills a PostgreSQL table than SQLAlchemy executemany; arguments: batch sizes, if any."""

from __future__ import annotations

import sys
from time import perf_counter
from typing import Any

from sqlalchemy import Engine, MetaData, Table

from benchmarks.floors import at_least
from doge_datagen.model import Transition
from doge_datagen.sinks.database.sqlalchemy.engine import checked_url, open_engine
from doge_datagen.sinks.events.create_tables import create_tables
from doge_datagen.sinks.events.database import DbSink, DbSinkFactory
from services import Postgres

FLOOR = 10
ROUNDS = 40
ROWS_PER_ROUND = 3_000
COLUMNS = dict.fromkeys(("timestamp", "user_id", "balance", "loan_balance"), "integer") | {"event": "text"}
SPENDING = Transition("spending", "online", "online", 1)

Rows = list[dict[str, Any]]


def rows_of(number: int) -> Rows:
    """The rows that both sides write, created beforehand, so that only writing is timed."""
    return [
        {
            "timestamp": 1_644_549_768_000 + tick * 60_000,
            "user_id": tick % 1000,
            "balance": tick * 7 % 10_000,
            "loan_balance": 0,
            "event": ("login", "spending", "logout")[tick % 3],
        }
        for tick in range(number)
    ]


def seconds_by_sink(sink: DbSink, rows: Rows) -> float:
    start = perf_counter()
    for row in rows:
        sink.collect(0, row, SPENDING)
    return perf_counter() - start


def seconds_by_executemany(engine: Engine, table: Table, rows: Rows, batch_size: int) -> float:
    start = perf_counter()
    for first in range(0, len(rows), batch_size):
        with engine.begin() as connection:
            connection.execute(table.insert(), rows[first : first + batch_size])
    return perf_counter() - start


def compare(url: str, batch_size: int) -> None:
    engine = open_engine(checked_url(url))
    table = Table("by_executemany", MetaData(), autoload_with=engine)
    rows = rows_of(batch_size * max(1, ROWS_PER_ROUND // batch_size))  # whole batches: each round ends in a COMMIT
    by_sink, by_executemany = [], []
    with DbSinkFactory(url).create("by_sink", lambda _timestamp, subject, _transition: subject, batch_size) as sink:
        for _ in range(ROUNDS):  # short and in turn, so that other work on the machine affects neither
            by_executemany.append(seconds_by_executemany(engine, table, rows, batch_size))
            by_sink.append(seconds_by_sink(sink, rows))
    engine.dispose()
    assert sink.delivered == ROUNDS * len(rows)
    print(
        f"batches of {batch_size:>6,}: DbSink {len(rows) / min(by_sink):>9,.0f} rows/s, "
        f"executemany {len(rows) / min(by_executemany):>7,.0f} rows/s, "
        f"ratio {at_least(FLOOR, 'DbSink', min(by_executemany) / min(by_sink), digits=1)}"
    )


def main() -> None:
    with Postgres() as server:
        create_tables(server.url, {"by_sink": COLUMNS, "by_executemany": COLUMNS})
        for batch_size in map(int, sys.argv[1:] or ("1000", "10000")):
            compare(server.url, batch_size)


if __name__ == "__main__":
    main()
