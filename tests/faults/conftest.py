"""Fixtures for tests with faults: a separate machine per test, small disks and read-only folders."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def machine(monkeypatch, tmp_path):
    """Give each test a machine of its own, as two runs with the same ID exclude each other on one machine."""
    monkeypatch.setenv("DOGE_STATE_DIR", str(tmp_path / "machine"))


@pytest.fixture
def disk(request, tmp_path) -> Iterator[Path]:
    """A file system of 2 MB, unless the parameter says otherwise."""
    with mounted(tmp_path / "disk", getattr(request, "param", "size=2m")) as disk:
        yield disk


@pytest.fixture
def read_only(tmp_path) -> Iterator[Path]:
    """A folder in which no file can be created."""
    folder = tmp_path / "read_only"
    folder.mkdir(mode=0o555)
    try:
        (folder / "probe").touch()
    except PermissionError:
        yield folder
        return
    with mounted(folder, "ro") as folder:  # root ignores the permissions of a folder
        yield folder


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[Path]:
    """Mount a separate file system at a folder."""
    folder.mkdir(exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.fail("this test mounts a file system, which this user is not allowed to. Hint: run it as root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def fill(disk: Path) -> Path:
    """Fill the disk to the last byte; returns the file that does so."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for chunk in (b"x" * 4096, b"x"):
            try:
                while file.write(chunk):
                    pass
            except OSError:
                continue
    return filler
