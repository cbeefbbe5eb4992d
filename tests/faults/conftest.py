"""What the tests of faults share: a machine of their own, small disks and folders that cannot be written."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def machine(monkeypatch, tmp_path):
    """A machine of its own for each test: runs of one name exclude each other on one."""
    monkeypatch.setenv("DOGE_STATE_DIR", str(tmp_path / "machine"))


@pytest.fixture
def disk(request, tmp_path) -> Iterator[Path]:
    """A file system of 2 MB, or of another size."""
    with mounted(tmp_path / "disk", getattr(request, "param", "size=2m")) as disk:
        yield disk


@pytest.fixture
def read_only(tmp_path) -> Iterator[Path]:
    """A folder in which nothing can be made."""
    folder = tmp_path / "read_only"
    folder.mkdir(mode=0o555)
    try:
        (folder / "probe").touch()
    except PermissionError:
        yield folder
        return
    with mounted(folder, "ro") as folder:  # this user may write wherever a folder says no
        yield folder


@contextmanager
def mounted(folder: Path, how: str) -> Iterator[Path]:
    """A file system of its own in a folder."""
    folder.mkdir(exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", how, "tmpfs", folder]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.fail("this test needs a file system of its own, and this user may not mount any. Hint: run it as root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def fill(disk: Path) -> Path:
    """Leave no byte on it; the file that takes all room."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for piece in (b"x" * 4096, b"x"):
            try:
                while file.write(piece):
                    pass
            except OSError:
                continue
    return filler
