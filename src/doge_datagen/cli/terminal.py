"""What is said on standard output and standard error: every character, none that steers, warnings marked."""

from __future__ import annotations

import io
import logging
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from doge_datagen.displayed import safe

CHOSEN = "PYTHONIOENCODING"


def accept_all_characters() -> None:
    """Where they go to a file or a program, write UTF-8; what an encoding does not have, show by its number.

    Records on standard output are JSON, which is UTF-8 between programs, whatever the terminals of a system use. Who
    has chosen an encoding by ``PYTHONIOENCODING`` gets it.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            own = stream.isatty() or CHOSEN in os.environ
            stream.reconfigure(encoding=None if own else "utf-8", errors="backslashreplace")


@contextmanager
def warnings_as_lines() -> Iterator[None]:
    """Show what the library warns of, by its log or as Python does, as ``warning: ...`` on standard error."""
    log, handler = logging.getLogger("doge_datagen"), _Handler(logging.WARNING)
    log.addHandler(handler)
    try:
        with warnings.catch_warnings():
            warnings.showwarning = lambda message, *_: _tell(str(message))
            yield
    finally:
        log.removeHandler(handler)


class _Handler(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        """Show one line."""
        _tell(record.getMessage())


def _tell(warning: str) -> None:
    with suppress(OSError, ValueError, AttributeError):  # nobody reads it, or there is no standard error
        sys.stderr.write(f"warning: {safe(warning)}\n")
        sys.stderr.flush()
