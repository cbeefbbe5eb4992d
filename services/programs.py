"""The system programs that servers and tests need: each is found, or installed, or an error says how to."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from services import apt
from services.errors import ServiceError

JAVA_AT_LEAST = 17


@dataclass(frozen=True)
class Program:
    """A program, how to find it, and Debian packages, of which the first known one contains it."""

    title: str
    find: Callable[[], Path | None]
    packages: tuple[str, ...]


def java() -> Path:
    """Return the `java` that runs the servers."""
    return _require(Program(f"Java {JAVA_AT_LEAST} or newer", _find_java, apt.JAVA))


def maven() -> Path:
    """Return the `mvn` that downloads the servers."""
    return _require(Program("Maven", _find_maven, apt.MAVEN))


def postgres() -> Path:
    """Return the folder with PostgreSQL's own programs."""
    return _require(Program("PostgreSQL", _find_postgres, apt.POSTGRES))


def graphviz() -> Path:
    """Return Graphviz's `dot`."""
    return _require(Program("Graphviz", _find_graphviz, apt.GRAPHVIZ))


def _require(program: Program) -> Path:
    found = program.find()
    if found is None and apt.usable():
        apt.install(program.packages)
        found = program.find()
    if found is None:
        raise ServiceError(f"{program.title}: not found on this machine; {apt.hint(program.packages)}")
    return found


def _find_java() -> Path | None:
    return next((path for path in _javas() if _java_version(path) >= JAVA_AT_LEAST), None)


def _javas() -> Iterator[Path]:
    if home := os.environ.get("JAVA_HOME"):
        yield Path(home) / "bin" / "java"
    if on_path := shutil.which("java"):
        yield Path(on_path)
    yield from sorted(Path("/usr/lib/jvm").glob("*/bin/java"))


@cache
def _java_version(path: Path) -> int:
    """Return the major version; 0 if `path` is not a working Java."""
    try:
        output = subprocess.run([path, "-version"], capture_output=True, text=True, check=True).stderr
    except (OSError, subprocess.CalledProcessError):
        return 0
    match = re.search(r'version "(\d+)', output)
    return int(match[1]) if match else 0


def _find_maven() -> Path | None:
    found = shutil.which("mvn")
    return Path(found) if found else None


def _find_graphviz() -> Path | None:
    found = shutil.which("dot")
    return Path(found) if found else None


def _find_postgres() -> Path | None:
    return next((path for path in _postgres_folders() if (path / "initdb").is_file()), None)


def _postgres_folders() -> Iterator[Path]:
    # Debian keeps the real programs here; those on PATH may be wrappers, or only some of the programs.
    installed = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(installed, key=lambda path: _number(path.parent.name), reverse=True)
    if pg_config := shutil.which("pg_config"):
        output = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False).stdout
        yield Path(output.strip())
    if initdb := shutil.which("initdb"):
        yield Path(initdb).resolve().parent


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
