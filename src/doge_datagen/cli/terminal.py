"""What commands print, on a terminal or to a pipe or file: encoding, warnings as lines, tables and text."""

from __future__ import annotations

import io
import logging
import os
import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from io import StringIO

import click
from rich.console import Console, RenderableType

from doge_datagen.forecast.table_layout import Column, Fitted
from doge_datagen.safe_text import safe

ENCODING_VARIABLE = "PYTHONIOENCODING"


def accept_all_characters() -> None:
    """Write UTF-8 to files and pipes, and escape characters that the encoding of a terminal lacks.

    Records on standard output are JSON, which programs exchange in UTF-8 whatever encoding the terminal uses. An
    encoding chosen with ``PYTHONIOENCODING`` is respected.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            own = stream.isatty() or ENCODING_VARIABLE in os.environ
            stream.reconfigure(encoding=None if own else "utf-8", errors="backslashreplace")


@contextmanager
def warnings_as_lines() -> Iterator[None]:
    """Print the library's log records and Python warnings as ``warning: ...`` on standard error."""
    log, handler = logging.getLogger("doge_datagen"), _Handler(logging.WARNING)
    log.addHandler(handler)
    try:
        with warnings.catch_warnings():
            warnings.showwarning = lambda message, *_: _print_warning(str(message))
            yield
    finally:
        log.removeHandler(handler)


class _Handler(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        """Print one record."""
        _print_warning(record.getMessage())


def _print_warning(warning: str) -> None:
    with suppress(OSError, ValueError, AttributeError):  # standard error is closed or missing
        sys.stderr.write(f"warning: {safe(warning)}\n")
        sys.stderr.flush()


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
