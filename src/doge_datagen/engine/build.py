"""Compiled models, kept on disk: a model's text has a file of its own, and Numba keeps the rest beside it.

So has the text of what all models call, or it would be compiled for each.
"""

from __future__ import annotations

import os
import sys
import tempfile
from functools import lru_cache
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

import numba
import numpy as np

from doge_datagen.engine.native import SHARED, native_names

FOLDER = "DOGE_CACHE_DIR"
AT_HAND = 16  # modules; to load one from its file takes as long as half a million records
HERE = Path(__file__).parent
PARTS = (HERE.parent / "draws.py", *sorted(HERE.glob("*.py")))  # what the compiled code may be made of


def compiled(text: str, rows: dict[str, tuple[int | float, ...]]) -> ModuleType:
    """The module that the text is, with all that it calls; its functions are compiled when they are first called."""
    tables = "".join(f"{name} = np.array({list(row)!r})\n" for name, row in rows.items())
    whole = f"import numpy as np\n{tables}{text}"
    return _module(whole, _file(whole))


@lru_cache(maxsize=AT_HAND)
def _module(whole: str, path: Path) -> ModuleType:
    name = f"doge_model_{path.stem}"
    module = sys.modules[name] = ModuleType(name)  # there Numba looks for it when it reads what it has kept
    names: dict[str, Any] = vars(module)
    names |= {**native_names(_file(SHARED)), "np": np, "__name__": name, "__file__": str(path)}
    exec(compile(whole, str(path), "exec"), names)  # noqa: S102 - a text of our own, of a model that was checked
    return module


def _file(text: str) -> Path:
    """Where the text stands, under a name that says all its code depends on."""
    name = blake2b("\0".join([text, *_around(PARTS)]).encode(), digest_size=12).hexdigest()
    for folder, anybodys in ((_cache(), False), (_temporary(), True)):
        path = folder / f"{name}.py"
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if (anybodys and not _is_ours(folder)) or not os.access(folder, os.W_OK):
                continue  # where nothing can be written Numba keeps nothing, not even for what is there
            if not path.exists():
                part = path.with_suffix(f".{os.getpid()}")
                part.write_text(text, "utf-8")
                part.replace(path)
        except OSError:
            continue
        return path
    raise OSError(f"no folder to keep compiled models in; set {FOLDER} to one that can be written")


@lru_cache(maxsize=1)
def _around(parts: tuple[Path, ...]) -> tuple[str, ...]:
    """What else the compiled code depends on, which stays as it is while we are at work."""
    return version("doge-datagen"), numba.__version__, sys.version, *(part.read_text("utf-8") for part in parts)


def _is_ours(folder: Path) -> bool:
    """Whether nobody else can have put something there: what is kept is run."""
    found = folder.stat()
    return not hasattr(os, "getuid") or (found.st_uid == os.getuid() and not found.st_mode & 0o022)


def _temporary() -> Path:
    return Path(tempfile.gettempdir()) / f"doge-datagen-{os.getuid() if hasattr(os, 'getuid') else ''}"


def _cache() -> Path:
    if FOLDER in os.environ:
        return Path(os.environ[FOLDER])
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", "~")).expanduser() / "doge-datagen" / "compiled"
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "doge-datagen" / "compiled"
