"""Print the demo's text and tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.table import Table
from rich.tree import Tree

from doge_datagen.demo.local import StreamOutput
from doge_datagen.demo.question import COLUMNS, QUERY, QUESTION
from doge_datagen.model import Spec
from doge_datagen.run.reporting.report import Progress, ProgressListener, RunReport

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


def answer(console: Console, found: Sequence[Sequence[object]]) -> None:
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
