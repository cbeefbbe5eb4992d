"""Warnings that point to the user's code instead of ours."""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path

OURS = f"{Path(__file__).parents[1]}{os.sep}"
"""Prefix of the file names of all modules of this package."""


def warn_caller(message: str) -> None:
    """Issue a warning located at the innermost caller outside of this package.

    From Python 3.12 on, ``skip_file_prefixes`` of ``warnings.warn`` does the same.
    """
    level, frame = 1, sys._getframe()  # noqa: SLF001 - documented, and what warnings uses where it is there
    while frame.f_back is not None and frame.f_code.co_filename.startswith(OURS):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, stacklevel=level)
