"""Print what the demo did, and the question that it asks of what the run wrote, with its query and the answer."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.table import Table
from rich.tree import Tree

from doge_datagen.demo.outputs import Record, StreamOutput
from doge_datagen.model import Spec
from doge_datagen.run.reporting.report import Progress, ProgressListener, RunReport

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


SHOWN = 5


def machine(console: Console, model: Spec) -> None:
    """Print the state machine as a tree: each state with the transitions that leave it."""
    tree = Tree("states")
    for state in model.population.states:
        branch = tree.add(f"[bold]{state}[/bold]")
        for transition in (it for it in model.population.transitions if it.from_state == state):
            branch.add(f"{transition.trigger}  {transition.cause_text}  -> {transition.to_state}")
    console.print(tree)


@contextmanager
def progress_bar(console: Console) -> Iterator[ProgressListener]:
    """A progress bar over the ticks of a run; yields its listener."""
    count = TextColumn("ticks, {task.fields[events]:,} events")
    with Bar(
        BarColumn(), MofNCompleteColumn(), count, TimeElapsedColumn(), TextColumn("elapsed"), console=console
    ) as bar:
        task = bar.add_task("run", events=0)

        def listener(progress: Progress) -> None:
            bar.update(task, completed=progress.ticks_done, total=progress.ticks, events=progress.events)

        yield listener


def stream(console: Console, result: StreamOutput) -> None:
    """Print the first records of a stream."""
    rows = list(islice(result.read(), SHOWN))
    console.print(f"\n[bold]{result.name}[/bold]")
    console.print(_grid(list(rows[0]), [list(row.values()) for row in rows]) if rows else "(no record)")


def deliveries(console: Console, outputs: Sequence[StreamOutput], report: RunReport) -> None:
    """Print how many records were generated and delivered, and where they are."""
    rows = [
        [result.name, f"{sink.generated:,}", f"{sink.delivered:,}", result.where]
        for result in outputs
        for sink in report.sinks
        if sink.stream == result.name
    ]
    console.print()
    console.print(_grid(["stream", "generated", "delivered", "where"], rows))
    console.print(f"{report.events:,} events in {report.seconds:.2f} s; repeat with --seed {report.seed}")


def answer_table(console: Console, found: Sequence[Sequence[object]]) -> None:
    """Print the question, the query and the first rows of the answer."""
    console.print(f"\n[bold]{QUESTION}[/bold]\n")
    console.print(QUERY, markup=False, soft_wrap=True)
    console.print()
    console.print(_grid(COLUMNS, found[:SHOWN]))
    console.print(f"{len(found):,} found" + (f", the first {SHOWN} shown" if len(found) > SHOWN else ""))


def _grid(names: Sequence[str], rows: Sequence[Sequence[object]]) -> Table:
    grid = Table(box=None, pad_edge=False, header_style="bold")
    for name in names:
        grid.add_column(name, overflow="fold")
    for row in rows:
        grid.add_row(*map(str, row))
    return grid
