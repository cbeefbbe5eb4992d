"""What Numba has compiled, kept on disk: a file for each function, checked when it is read, and needed for nothing.

Where nothing can be kept, or what was kept is damaged, it is compiled again; a warning says so once.
"""

from __future__ import annotations

import logging
import os
import pickle
import sys
import tempfile
from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numba
from numba import njit
from numba.core import serialize
from numba.core.caching import CompileResultCacheImpl, FunctionCache, _CacheLocator

from doge_datagen.engine.user_folders import user_folder

log = logging.getLogger(__name__)

FOLDER = "DOGE_CACHE_DIR"
ENGINE = Path(__file__).parents[1]
PARTS = (ENGINE.parent / "draws.py", *sorted(ENGINE.rglob("*.py")))  # what the compiled code may be made of
DIGEST = 16  # bytes

Function = Callable[..., Any]


def kept(of: str = "", **how: Any) -> Callable[[Function], Any]:
    """Numba's decorator for a function whose code is kept.

    Args:
        of: the text that the function stands in; empty for one of our own modules.
        how: as ``numba.njit`` takes it.
    """

    def decorated(function: Function) -> Any:
        dispatcher = njit(**how)(function)
        dispatcher._cache = CodeCache(function, of)  # noqa: SLF001 - as its enable_caching does
        return dispatcher

    return decorated


@lru_cache(maxsize=32)
def name_of(text: str) -> str:
    """A name that says all that the code of a text depends on."""
    return blake2b("\0".join([text, *_around(PARTS)]).encode(), digest_size=12).hexdigest()


class _Locator(_CacheLocator):
    """Says that code is kept in our folder, and depends on nothing that its name does not say."""

    _py_file = "doge-datagen"

    def ensure_cache_path(self) -> None:
        """Nothing: a folder that cannot be written is not one of ours."""

    def get_cache_path(self) -> str:
        return str(folder())

    def get_source_stamp(self) -> int:
        return 0

    def get_disambiguator(self) -> str:
        return ""

    @classmethod
    def from_function(cls, function: Function, file: str) -> _Locator:  # noqa: ARG003 - as Numba calls it
        return cls()


class _Result(CompileResultCacheImpl):
    """How code becomes bytes: as Numba has it, in our folder, whatever its environment variables say."""

    def __init__(self, function: Function) -> None:
        self._lineno = function.__code__.co_firstlineno
        self._locator = _Locator()
        self._filename_base = function.__name__


def _dumped(data: object) -> bytes:
    dumped: bytes = serialize.dumps(data)  # type: ignore[no-untyped-call]  # of Numba
    return dumped


class _Files:
    """The files of one function: each has a digest of its content before it."""

    def __init__(self, function: str, of: str) -> None:
        self._function = function
        self._of = of

    def load(self, key: object) -> Any:
        try:
            content = self._path(key).read_bytes()
        except FileNotFoundError:
            return None
        digest, data = content[:DIGEST], content[DIGEST:]
        if digest != blake2b(data, digest_size=DIGEST).digest():
            raise ValueError(f"{self._path(key)} is not as it was written")
        return pickle.loads(data)  # noqa: S301 - of a folder that is ours alone

    def save(self, key: object, data: object) -> None:
        written, path = _dumped(data), self._path(key)
        part = path.with_name(f"{path.name}.{os.getpid()}.part")
        try:
            part.write_bytes(blake2b(written, digest_size=DIGEST).digest() + written)
            part.replace(path)
        except OSError:
            part.unlink(missing_ok=True)
            raise

    def _path(self, key: object) -> Path:
        called = f"{name_of(self._of)}-{self._function}-{blake2b(repr(key).encode(), digest_size=8).hexdigest()}"
        return Path(str(folder())) / f"{called}.code"


class CodeCache(FunctionCache):
    """Numba's cache of one function, whatever becomes of its files.

    Args:
        function: that is compiled.
        of: the text that it stands in.
    """

    _impl_class = _Result

    def __init__(self, function: Function, of: str) -> None:
        super().__init__(function)  # type: ignore[no-untyped-call]  # of Numba, as those below
        self._cache_file: Any = _Files(function.__name__, of)

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """What was kept for a signature; None where it has to be compiled."""
        if folder() is None:
            return None
        try:
            return super().load_overload(sig, target_context)  # type: ignore[no-untyped-call]
        except Exception as error:  # noqa: BLE001 - there is no end to how damaged code fails to load
            warn_once("a compiled model that was kept is damaged, and is compiled again: %s", error)
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep what was compiled for a signature, if that is possible."""
        if folder() is None:
            return
        try:
            super().save_overload(sig, data)  # type: ignore[no-untyped-call]
        except Exception as error:  # noqa: BLE001 - a full disk, a folder that is gone; the code is there all the same
            warn_once("compiled models cannot be kept, so that each run compiles again: %s", error)


def folder() -> Path | None:
    """Where compiled code is kept: the first folder that can be written; None where there is none."""
    return _first_of(os.environ.get(FOLDER), os.environ.get("XDG_CACHE_HOME"), os.environ.get("HOME"))


@lru_cache(maxsize=8)
def _first_of(*_: str | None) -> Path | None:
    reasons = []
    for find, anybodys in ((_cache, False), (_temporary, True)):
        try:
            found = find()
            found.mkdir(parents=True, exist_ok=True, mode=0o700)
            if anybodys and not _is_ours(found):
                raise PermissionError(f"others can write {found}")
            tempfile.TemporaryFile(dir=found).close()
        except OSError as error:
            reasons.append(str(error))
        else:
            return found
    problem = "compiled models cannot be kept, so that each run compiles again: %s; name a folder by %s"
    warn_once(problem, " and ".join(reasons), FOLDER)
    return None


@lru_cache(maxsize=1)
def _around(parts: tuple[Path, ...]) -> tuple[str, ...]:
    """What else the compiled code depends on, which stays as it is while we are at work."""
    return version("doge-datagen"), numba.__version__, sys.version, *(part.read_text("utf-8") for part in parts)


def _is_ours(found: Path) -> bool:
    """Whether nobody else can have put something there: what is kept is run."""
    stat = found.stat()
    return not hasattr(os, "getuid") or (stat.st_uid == os.getuid() and not stat.st_mode & 0o022)


def _temporary() -> Path:
    return Path(tempfile.gettempdir()) / f"doge-datagen-{os.getuid() if hasattr(os, 'getuid') else ''}"


def _cache() -> Path:
    given = os.environ.get(FOLDER)
    return Path(given) if given else user_folder("XDG_CACHE_HOME", ".cache") / "doge-datagen" / "compiled"


_warned: set[str] = set()


def warn_once(problem: str, *values: object) -> None:
    """Warn of a problem, but not again of the same kind."""
    if problem not in _warned:
        _warned.add(problem)
        log.warning(problem, *values)
