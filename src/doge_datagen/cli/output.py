"""Standard output and standard error that take every character, wherever they go."""

from __future__ import annotations

import io
import os
import sys

CHOSEN = "PYTHONIOENCODING"


def take_all_characters() -> None:
    """Where they go to a file or a program, write UTF-8; what an encoding does not have, show by its number.

    Records on standard output are JSON, which is UTF-8 between programs, whatever the terminals of a system use. Who
    has chosen an encoding by ``PYTHONIOENCODING`` gets it.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            own = stream.isatty() or CHOSEN in os.environ
            stream.reconfigure(encoding=None if own else "utf-8", errors="backslashreplace")
