"""Downloads with pinned checksums: fetched into the cache once by Maven, and checked on every use."""

import hashlib
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

from services import cache, programs
from services.errors import ServiceError
from services.locks import locked

HERE = Path(__file__).parent
# Later versions of the plugin need the parent of the registry's pom, which was never published.
PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:2.8"


@dataclass(frozen=True)
class Artifact:
    """A folder in the cache: `name` is the name of the folder and its checksum file, `goal` the arguments for Maven."""

    title: str
    name: str
    goal: tuple[str, ...]


KAFKA = Artifact(
    title="Apache Kafka 4.1.1 (45 MB)",
    name="kafka-4.1.1",
    goal=(f"{PLUGIN}:copy-dependencies", f"--file={HERE / 'maven' / 'kafka.xml'}"),
)
REGISTRY = Artifact(
    title="Apicurio Registry 3.0.9 (109 MB)",
    name="apicurio-registry-3.0.9",
    goal=(f"{PLUGIN}:copy", "-Dartifact=io.apicurio:apicurio-registry-app:3.0.9:tar.gz:all"),
)


def provide(artifact: Artifact) -> Path:
    """Return the folder of `artifact` in the cache, downloaded if necessary, with every file's checksum verified."""
    folder = cached(artifact)
    if not folder.exists():
        with locked(cache.folder() / f"{artifact.name}.lock"):
            if not folder.exists():  # the previous holder of the lock may have downloaded it
                _download(artifact, folder)
    check(folder, pinned(artifact.name))
    return folder


def cached(artifact: Artifact) -> Path:
    """Return the path of `artifact` in the cache, without checking anything."""
    return cache.folder() / artifact.name


def pinned(name: str) -> dict[str, str]:
    """Return the committed checksums of `name`: path inside the folder -> SHA-256."""
    lines = (HERE / "checksums" / f"{name}.sha256").read_text().splitlines()
    return {path: digest for digest, path in (line.split("  ", 1) for line in lines)}


def check(folder: Path, expected: dict[str, str]) -> None:
    """Raise ServiceError unless `folder` contains exactly the `expected` files."""
    actual = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    for path in sorted(expected.keys() | actual.keys()):
        if path not in actual:
            fault = "is missing"
        elif path not in expected:
            fault = "does not belong there"
        elif sha256(actual[path]) != expected[path]:
            fault = "is not what its checksum says"
        else:
            continue
        raise ServiceError(f"{folder}: {path} {fault}; delete the folder and it is downloaded again: rm -r '{folder}'")


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _download(artifact: Artifact, folder: Path) -> None:
    print(f"downloading {artifact.title} into {folder}", file=sys.stderr, flush=True)
    partial = folder.with_name(f".{artifact.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)  # left by an interrupted download
    content = partial / "content"
    content.mkdir(parents=True)
    _run_maven(artifact, partial, content)
    for archive in content.glob("*.tar.gz"):
        _unpack(archive)
    check(content, pinned(artifact.name))
    content.rename(folder)
    partial.rmdir()


def _run_maven(artifact: Artifact, partial: Path, content: Path) -> None:
    command = [str(programs.maven()), "--batch-mode", "--quiet", *artifact.goal, f"-DoutputDirectory={content}"]
    # Not in the user's working folder: Maven would read a pom.xml there.
    completed = subprocess.run(command, cwd=partial, capture_output=True, text=True, check=False)
    if completed.returncode != 0:
        raise ServiceError(
            f"{artifact.title}: Maven could not download it; is there a network connection?\n{completed.stdout[-2000:]}"
        )


def _unpack(archive: Path) -> None:
    expected = pinned("archives")
    if sha256(archive) != expected.get(archive.name):
        raise ServiceError(f"{archive.name}: the download is not what its checksum says; try again")
    with tarfile.open(archive) as file:
        # The first releases of Python 3.11 have no filter; the archive is trusted, as its checksum was verified.
        file.extraction_filter = getattr(tarfile, "data_filter", None)
        file.extractall(archive.parent)
    archive.unlink()
