"""Warnings that point at the user's code, however deep in ours they are given."""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path

OURS = f"{Path(__file__).parents[1]}{os.sep}"
"""How the file name of each of our modules begins."""


def warn_caller(message: str) -> None:
    """Warn, with file and line of the innermost caller that is not a part of this package.

    ``skip_file_prefixes`` of ``warnings.warn`` does the same from Python 3.12 on.
    """
    level, frame = 1, sys._getframe()  # noqa: SLF001 - documented, and what warnings uses where it is there
    while frame.f_back is not None and frame.f_code.co_filename.startswith(OURS):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, stacklevel=level)
