"""Set the encoding of standard output and error, and print warnings as lines."""

from __future__ import annotations

import io
import logging
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress

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
