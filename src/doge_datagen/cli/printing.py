"""Print tables and text: within the width of a terminal, or as plain text to a pipe or file."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from io import StringIO

import click
from rich.console import Console, RenderableType

from doge_datagen.forecast.table_layout import Column, Fitted
from doge_datagen.safe_text import safe

WIDE = 10_000


def console(*, err: bool = False) -> Console:
    """A rich console on standard output or standard error."""
    return Console(stderr=err, highlight=False)


def print_parts(*parts: RenderableType, err: bool = False) -> None:
    """Print the parts in order, each on lines of its own."""
    screen = console(err=err)
    displayed = [safe(part) if isinstance(part, str) else part for part in parts]
    if screen.is_terminal:
        for part in displayed:
            screen.print(part, markup=False, crop=False)
    else:
        click.echo(plain(displayed), nl=False, err=err)


@contextmanager
def ignoring_closed_stderr() -> Iterator[None]:
    """Ignore errors of writing to standard error in the block, since a closed terminal is not a failure of the run."""
    try:
        yield
    except (OSError, ValueError):
        with suppress(OSError, ValueError):  # or flushing the buffer would fail again when Python exits
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, sys.stderr.fileno())
            os.close(nowhere)


def plain(parts: Iterable[RenderableType]) -> str:
    """Render the parts without colours or wrapping."""
    written = StringIO()
    wide = Console(file=written, width=WIDE, color_system=None, force_terminal=False, highlight=False)
    for part in parts:
        wide.print(part, markup=False)
    return "".join(f"{line.rstrip()}\n" for line in written.getvalue().splitlines())


def table(names: Sequence[str], rows: Iterable[Sequence[object]], *, spread: bool = False) -> Fitted:
    """A table; a column name that begins with ``>`` makes a column of numbers. The last column is never cut.

    Args:
        names: names of the columns.
        rows: the values of each row.
        spread: whether to print one field per line if the table is too wide for the terminal.
    """
    last = len(names) - 1
    columns = [
        Column(name.removeprefix(">"), number=name.startswith(">"), whole=number == last)
        for number, name in enumerate(names)
    ]
    return Fitted(columns, [[str(value) for value in row] for row in rows], spread=spread)
