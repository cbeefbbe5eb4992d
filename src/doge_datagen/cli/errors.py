"""How commands report errors and warnings: one line each on standard error in any encoding, and an exit code."""

from __future__ import annotations

import io
import logging
import os
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from types import MappingProxyType
from typing import NoReturn

import click

from doge_datagen.errors import (
    InvalidModelError,
    MissingDriverError,
    MissingProgramError,
    ModelError,
    UnknownTargetError,
)
from doge_datagen.safe_text import safe

USER_ERRORS = (ModelError, MissingDriverError, MissingProgramError, UnknownTargetError)


def fail(error: Exception | str, code: int, options: Mapping[str | None, str] = MappingProxyType({})) -> NoReturn:
    """Print an error on standard error and exit; with ``DOGE_TRACEBACK`` set, raise it instead.

    Args:
        error: the exception, or a message.
        code: the exit code.
        options: the options as the user writes them, by the parameter name that an error may use as its location.
    """
    if os.environ.get("DOGE_TRACEBACK") and isinstance(error, Exception):
        raise error
    if isinstance(error, InvalidModelError):
        lines = [str(problem) for problem in error.problems]
    elif isinstance(error, ModelError) and error.dotted_path in options:
        lines = [f"{options[error.dotted_path]}: {error.problem}"]
    else:
        lines = [str(error)]
    for line in lines:
        click.echo(f"error: {safe(line)}", err=True)
    for note in getattr(error, "__notes__", ()):
        click.echo(f"  {safe(note)}", err=True)
    sys.exit(code)


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
