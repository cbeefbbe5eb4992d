"""A cache on disk for code that Numba has compiled: one file per function, with a digest that is checked when reading.

If nothing can be cached, or a file is damaged, the code is compiled again; a warning says so once.
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
PACKAGE = Path(__file__).parents[2]
CALLED = ("draws.py", "numeric/**/*.py", "engine/waiting/tick_waits.py")
HERE = (
    *("code_cache", "counting_sort", "generated_module", "moment_sort", "numba_functions", "philox_source"),
    "text_kernels",
)
NAMED = ("calls", "distributions", "table_rows", "time/units")
PATTERNS = (*CALLED, *(f"engine/compiled/{it}.py" for it in HERE), *(f"language/{it}.py" for it in NAMED))
# Sorted, since the order in which a file system lists files would change the digest.
PARTS = tuple(sorted(it for pattern in PATTERNS for it in PACKAGE.glob(pattern)))
"""The sources of whatever generated code calls, and of the numbers in it; the generated code itself is in the name."""
DIGEST = 16  # bytes

Function = Callable[..., Any]


def kept(of: str = "", **options: Any) -> Callable[[Function], Any]:
    """``numba.njit`` for a function whose compiled code is cached on disk.

    Args:
        of: the generated source code that contains the function; empty for a function in one of our modules.
        options: arguments for ``numba.njit``.
    """

    def decorated(function: Function) -> Any:
        dispatcher = njit(**options)(function)
        dispatcher._cache = CodeCache(function, of)  # noqa: SLF001 - as its enable_caching does
        return dispatcher

    return decorated


@lru_cache(maxsize=32)
def name_of(text: str, parts: tuple[Path, ...] = PARTS) -> str:
    """A digest of everything that the compiled code of a source text depends on, which includes other sources."""
    return blake2b("\0".join([text, *_around(parts)]).encode(), digest_size=12).hexdigest()


class _Locator(_CacheLocator):
    """Tells Numba to keep code in our folder, and that a file is valid as long as its name matches."""

    # Numba's own locators key the cache by the file of a function and its time, and generated code has no file.
    _py_file = "doge-datagen"

    def ensure_cache_path(self) -> None:
        """Do nothing: :func:`folder` has checked that it can be written."""

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
    """Numba's serialization of compiled code, but always in our folder, whatever its environment variables say."""

    def __init__(self, function: Function) -> None:
        self._lineno = function.__code__.co_firstlineno
        self._locator = _Locator()
        self._filename_base = function.__name__


def _dumped(data: object) -> bytes:
    dumped: bytes = serialize.dumps(data)  # type: ignore[no-untyped-call]  # of Numba
    return dumped


class _Files:
    """The files of one function; each starts with a digest of its content."""

    def __init__(self, function: str, of: str) -> None:
        self._function = function
        self._of = of

    def load(self, key: object) -> Any:
        try:
            content = self._path(key).read_bytes()
        except FileNotFoundError:
            return None
        digest, data = content[:DIGEST], content[DIGEST:]
        # Checked before it is unpickled: damaged native code would crash the process instead of raising.
        if digest != blake2b(data, digest_size=DIGEST).digest():
            raise ValueError(f"{self._path(key)} is not as it was written")
        return pickle.loads(data)  # noqa: S301 - from a folder that only we can write

    def save(self, key: object, data: object) -> None:
        written, path = _dumped(data), self._path(key)
        # Written beside it and renamed, which is atomic: other processes see all of it or nothing.
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
    """Numba's cache for one function, which never fails because of its files.

    Args:
        function: the function that is compiled.
        of: the generated source code that contains it.
    """

    _impl_class = _Result

    def __init__(self, function: Function, of: str) -> None:
        super().__init__(function)  # type: ignore[no-untyped-call]  # Numba has no types; nor below
        self._cache_file: Any = _Files(function.__name__, of)

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """The cached code for a signature; None if it has to be compiled."""
        if folder() is None:
            return None
        try:
            return super().load_overload(sig, target_context)  # type: ignore[no-untyped-call]
        except Exception as error:  # noqa: BLE001 - damaged code may raise anything
            warn_once("a cached compiled model is damaged and is compiled again: %s", error)
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Cache the code compiled for a signature, if that is possible."""
        if folder() is None:
            return
        try:
            super().save_overload(sig, data)  # type: ignore[no-untyped-call]
        except Exception as error:  # noqa: BLE001 - a full disk, a deleted folder; the code in memory works all the same
            warn_once("compiled models cannot be cached, so each run compiles again: %s", error)


def folder() -> Path | None:
    """The folder for compiled code: the first candidate that can be written; None if there is none."""
    return _first_of(os.environ.get(FOLDER), os.environ.get("XDG_CACHE_HOME"), os.environ.get("HOME"))


@lru_cache(maxsize=8)
def _first_of(*_: str | None) -> Path | None:
    reasons = []
    for find, is_shared in ((_cache, False), (_temporary, True)):
        try:
            found = find()
            found.mkdir(parents=True, exist_ok=True, mode=0o700)
            # In a folder for temporary files, another user may have made ours before us, with code to be executed in
            # it.
            if is_shared and not _is_ours(found):
                raise PermissionError(f"others can write {found}")
            tempfile.TemporaryFile(dir=found).close()
        except OSError as error:
            reasons.append(str(error))
        else:
            return found
    problem = "compiled models cannot be cached, so each run compiles again: %s. Hint: set %s to a writable folder"
    warn_once(problem, " and ".join(reasons), FOLDER)
    return None


@lru_cache(maxsize=1)
def _around(parts: tuple[Path, ...]) -> tuple[str, ...]:
    """What else compiled code depends on; it does not change while this process runs."""
    return version("doge-datagen"), numba.__version__, sys.version, *(part.read_text("utf-8") for part in parts)


def _is_ours(found: Path) -> bool:
    """Whether nobody else can have put a file there: cached code is executed."""
    stat = found.stat()
    return not hasattr(os, "getuid") or (stat.st_uid == os.getuid() and not stat.st_mode & 0o022)


def _temporary() -> Path:
    return Path(tempfile.gettempdir()) / f"doge-datagen-{os.getuid() if hasattr(os, 'getuid') else ''}"


def _cache() -> Path:
    given = os.environ.get(FOLDER)
    return Path(given) if given else user_folder("XDG_CACHE_HOME", ".cache") / "doge-datagen" / "compiled"


_warned: set[str] = set()


def warn_once(problem: str, *values: object) -> None:
    """Log a warning, but each kind only once per process."""
    if problem not in _warned:
        _warned.add(problem)
        log.warning(problem, *values)
