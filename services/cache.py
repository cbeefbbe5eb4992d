"""The folder where downloads are kept between runs: one per user, outside the clone."""

import os
from pathlib import Path


def folder() -> Path:
    """Return the cache folder: `$XDG_CACHE_HOME/doge-datagen`, else `~/.cache/doge-datagen`."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "doge-datagen"
