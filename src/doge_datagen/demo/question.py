"""The question of the demo, and the SQL query that answers it from what the run wrote."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from doge_datagen.demo.local import Record

QUESTION = "Who had a low balance, opened the loan screen and left it without a loan?"

QUERY = """\
WITH screens AS (
    SELECT CAST(user_id AS INTEGER) AS user_id, event, timestamp,
           LEAD(event)     OVER (PARTITION BY user_id ORDER BY timestamp) AS next_event,
           LEAD(timestamp) OVER (PARTITION BY user_id ORDER BY timestamp) AS left_at
    FROM clickstream
),
known AS (
    SELECT screens.*, (SELECT balance FROM balance
                       WHERE balance.user_id = screens.user_id AND balance.timestamp <= screens.timestamp
                       ORDER BY balance.timestamp DESC LIMIT 1) AS last_balance
    FROM screens
)
SELECT user_id, timestamp AS opened_at, left_at, last_balance
FROM known
WHERE event = 'open_loan_screen' AND next_event = 'close_loan_screen' AND last_balance < 1000
ORDER BY opened_at"""

COLUMNS = ("user_id", "opened_at", "left_at", "last_balance")


def answer(clickstream: Iterable[Record], balance: Iterable[Record]) -> list[tuple[int | str, ...]]:
    """The rows that ``QUERY`` finds, with ``COLUMNS``; runs in an in-memory SQLite database."""
    database = sqlite3.connect(":memory:")
    try:
        database.execute("CREATE TABLE clickstream (user_id TEXT, event TEXT, timestamp TEXT)")
        database.execute("CREATE TABLE balance (user_id INTEGER, timestamp TEXT, balance INTEGER)")
        database.execute("CREATE INDEX by_user ON balance (user_id, timestamp)")
        database.executemany("INSERT INTO clickstream VALUES (:user_id, :event, :timestamp)", clickstream)
        database.executemany("INSERT INTO balance VALUES (:user_id, :timestamp, :balance)", balance)
        return database.execute(QUERY).fetchall()
    finally:
        database.close()
