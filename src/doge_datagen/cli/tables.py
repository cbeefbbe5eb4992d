"""Tables on a terminal within its width, elsewhere aligned plain text."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from io import StringIO
from typing import TYPE_CHECKING

import click
from rich.console import Console

from doge_datagen.displayed import safe
from doge_datagen.forecast.table_layout import Column, Fitted

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from doge_datagen.forecast.table_layout import Fitted

WIDE = 10_000


def console(*, err: bool = False) -> Console:
    """The screen: standard output, or standard error."""
    return Console(stderr=err, highlight=False)


def tell(*parts: RenderableType, err: bool = False) -> None:
    """Say one part after the other, each on lines of its own."""
    screen = console(err=err)
    displayed = [safe(part) if isinstance(part, str) else part for part in parts]
    if screen.is_terminal:
        for part in displayed:
            screen.print(part, markup=False, crop=False)
    else:
        click.echo(plain(displayed), nl=False, err=err)


@contextmanager
def if_somebody_reads() -> Iterator[None]:
    """Say something on standard error; that nobody reads it any more is no failure of what is told."""
    try:
        yield
    except (OSError, ValueError):
        with suppress(OSError, ValueError):  # what is in the buffer would fail once more when Python ends
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, sys.stderr.fileno())
            os.close(nowhere)


def plain(parts: Iterable[RenderableType]) -> str:
    """The parts without colours, in lines as long as they are."""
    written = StringIO()
    wide = Console(file=written, width=WIDE, color_system=None, force_terminal=False, highlight=False)
    for part in parts:
        wide.print(part, markup=False)
    return "".join(f"{line.rstrip()}\n" for line in written.getvalue().splitlines())


def table(names: Sequence[str], rows: Iterable[Sequence[object]], *, spread: bool = False) -> Fitted:
    """A table; a name that begins with ``>`` heads a column of numbers, the last column is never cut.

    Args:
        names: of the columns.
        rows: by row, the values.
        spread: whether a table that is too wide for the terminal is told with one field per line instead.
    """
    last = len(names) - 1
    columns = [
        Column(name.removeprefix(">"), number=name.startswith(">"), whole=number == last)
        for number, name in enumerate(names)
    ]
    return Fitted(columns, [[str(value) for value in row] for row in rows], spread=spread)
