"""Finds the user's folders for caches and state, by the conventions of the operating system."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def user_folder(variable: str, in_home: str) -> Path:
    """The folder that an environment variable names, or its usual location in the user's home directory.

    Args:
        variable: the variable on Linux, such as ``XDG_CACHE_HOME``; Windows has one folder for all such purposes.
        in_home: the folder within the home directory if the variable is not set.

    Raises:
        OSError: the user has no home, as in many containers.
    """
    given = os.environ.get("LOCALAPPDATA" if sys.platform == "win32" else variable)
    if given:
        return Path(given)
    try:
        home = Path.home()
    except RuntimeError as error:  # neither HOME nor an entry in the user database
        raise OSError(f"the user has no home directory, and {variable} is not set") from error
    return home if sys.platform == "win32" else home / in_home
