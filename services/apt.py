"""Installs missing packages as root on Debian and its derivatives; elsewhere, says what to install."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services import cache
from services.errors import ServiceError
from services.locks import locked

# For each, the first package that this release knows is installed.
JAVA = ("openjdk-17-jre-headless", "openjdk-21-jre-headless", "default-jre-headless")
MAVEN = ("maven",)
POSTGRES = ("postgresql",)
GRAPHVIZ = ("graphviz",)
ELSEWHERE = (
    "install Java 17 or newer, Maven, PostgreSQL and Graphviz"
    " (macOS: brew install openjdk@17 maven postgresql graphviz)"
)

CREATE_CLUSTER = Path("/etc/postgresql-common/createcluster.d/doge-datagen.conf")


def usable() -> bool:
    """Return whether this process may install packages with apt-get."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def hint(packages: tuple[str, ...]) -> str:
    """Return the instruction for installing one of `packages`."""
    if shutil.which("apt-get"):
        return f"run: sudo apt-get install {packages[0]}"
    return ELSEWHERE


def install(packages: tuple[str, ...]) -> None:
    """Install the first of `packages` that apt-get knows; ServiceError if none can be installed."""
    with locked(cache.folder() / "apt.lock"), _no_system_cluster():
        _apt_get("update", "--quiet")
        known = next((name for name in packages if _knows(name)), packages[-1])
        print(f"installing the package {known}", file=sys.stderr, flush=True)
        _apt_get("install", "--quiet", "--yes", "--no-install-recommends", known)


def _knows(package: str) -> bool:
    output = subprocess.run(["apt-cache", "policy", package], capture_output=True, text=True, check=False).stdout
    return "Candidate:" in output and "Candidate: (none)" not in output


def _apt_get(*arguments: str) -> None:
    command = ("apt-get", *arguments)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ServiceError(f"{' '.join(command)}: failed; run it by hand\n{done.stdout[-500:]}{done.stderr[-2000:]}")


@contextmanager
def _no_system_cluster() -> Iterator[None]:
    """Keep the package postgresql from creating and starting a database server."""
    CREATE_CLUSTER.parent.mkdir(parents=True, exist_ok=True)
    CREATE_CLUSTER.write_text("create_main_cluster = false\n")
    try:
        yield
    finally:
        CREATE_CLUSTER.unlink(missing_ok=True)
