"""Parts reach the disk before their names, and a disk that is full or fails leaves none half written."""

import os
import subprocess
from pathlib import Path

import pytest

from doge_datagen.errors import DeliveryError, SinkError
from doge_datagen.sinks.files.paths import sync_folder
from doge_datagen.sinks.testing.samples import batches_of, rows
from doge_datagen.sinks.transactional import Position
from tests.sinks.files.part_folders import (
    ENDINGS,
    OF,
    claimed_sink,
    commit,
    folder,
    names,
    opened,
    part,
    path,
    position_of,
    ran,
    read,
)
from tests.sinks.files.read_back import FILES
from tests.sinks.files.test_sink import files_of_at_most, text

__all__ = ["folder", "path"]  # fixtures


def test_a_part_and_its_name_are_synced_to_disk(folder, monkeypatch):
    done, fsync, rename = [], os.fsync, Path.replace
    with claimed_sink(folder) as sink:
        monkeypatch.setattr(os, "fsync", lambda descriptor: done.append(synced(descriptor)) or fsync(descriptor))
        monkeypatch.setattr(Path, "replace", lambda old, new: done.append(new.name) or rename(old, new))
        commit(sink, 10, batches_of([3])[0])
    hidden = [f"_{name}.part" for name in ("doge.json", part(0, 10))]
    assert done == [hidden[0], "_doge.json", "a.csv", hidden[1], part(0, 10), "a.csv"]


def synced(descriptor):
    return Path(f"/proc/self/fd/{descriptor}").readlink().name


def test_created_folders_are_synced_to_disk(tmp_path, monkeypatch):
    done, fsync = [], os.fsync
    monkeypatch.setattr(os, "fsync", lambda descriptor: done.append(synced(descriptor)) or fsync(descriptor))
    opened(tmp_path / "one" / "two" / "a.csv").discard()
    assert done == [tmp_path.name, "one", "two"]


def test_a_system_that_cannot_sync_folders_is_accepted(tmp_path, monkeypatch):
    def refused(descriptor):
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr(os, "fsync", refused)
    sync_folder(tmp_path)


def test_a_failure_to_sync_the_folder_removes_the_part(folder, monkeypatch):
    def failed(descriptor):
        if Path(f"/proc/self/fd/{descriptor}").readlink() == folder:
            raise OSError(5, "Input/output error")

    ran(folder, 10)
    with claimed_sink(folder) as sink:
        monkeypatch.setattr(os, "fsync", failed)
        sink.write(batches_of([3])[0])
        with pytest.raises(DeliveryError, match="Input/output error"):
            sink.commit(Position(20, OF))
    assert names(folder) == ["_doge.json", part(0, 10)]


@pytest.mark.parametrize("name", FILES)
def test_a_full_disk_reports_what_is_missing_and_leaves_no_partial_files(name, tmp_path):
    path, ending = tmp_path / name, ENDINGS[name]
    ran(path, 10)
    with claimed_sink(path) as sink:
        (path / f"_{part(10, 20, ending)}.part").symlink_to("/dev/full")
        sink.write(batches_of([5])[0])
        with pytest.raises(DeliveryError, match=f"5 x {part(10, 20, ending)} cannot be written: .*No space") as caught:
            sink.commit(Position(20, OF))
        assert (caught.value.missing, caught.value.transient, sink.delivered) == (5, False, 0)
        with pytest.raises(SinkError, match="takes no more"):
            sink.commit(Position(20, OF))
    assert names(path) == ["_doge.json", part(0, 10, ending)]
    assert position_of(path) == Position(10, OF)


def test_a_full_disk_without_records_is_reported(folder):
    ran(folder, 10)
    with claimed_sink(folder) as sink:
        (folder / "_doge.json.part").symlink_to("/dev/full")
        with pytest.raises(SinkError, match=r"_doge\.json cannot be written: .*No space left"):
            sink.commit(Position(20, OF))
    assert names(folder) == ["_doge.json", part(0, 10)]
    assert position_of(folder) == Position(10, OF)


def test_closing_after_a_failed_commit_changes_nothing(folder):
    with claimed_sink(folder) as sink:
        commit(sink, 10)
        (folder / f"_{part(0, 20)}.part").symlink_to("/dev/full")
        sink.write(batches_of([3])[0])
        with pytest.raises(DeliveryError):
            sink.commit(Position(20, OF))
    assert names(folder) == ["_doge.json"]
    assert position_of(folder) == Position(10, OF)


def test_a_file_that_grows_too_large_is_an_error_and_is_removed(tmp_path):
    path = tmp_path / "a.parquet"
    with claimed_sink(path, schema=text(1).records.schema) as sink:
        sink.write(text(8000))
        with files_of_at_most(1000), pytest.raises(DeliveryError, match=r"8,000 of 8,000 .*File too large"):
            sink.commit(Position(20, OF))
    assert names(path) == ["_doge.json"]


@pytest.fixture
def tiny_disk(tmp_path):
    """A file system of 64 KB."""
    mounted = tmp_path / "disk"
    mounted.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", mounted]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.fail("this test needs a file system of its own, and this user may not mount any. Hint: run it as root")
    yield mounted
    subprocess.run(["umount", "--lazy", mounted], check=True)


@pytest.mark.parametrize("name", ["a.jsonl", "a.parquet"])
def test_a_run_that_a_full_disk_ended_resumes_when_there_is_room(name, tiny_disk):
    path, sizes = tiny_disk / "out" / name, (7, 100)
    ran(path, 1, sizes=sizes)
    filler = tiny_disk / "filler"
    with filler.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space"):  # noqa: PT012 - repeated until the disk is full
        while True:
            file.write(b"x" * 4096)
    with claimed_sink(path) as sink:
        sink.write(batches_of(sizes)[1])
        with pytest.raises(DeliveryError, match="No space left on device"):
            sink.commit(Position(2, OF))
    assert read(path) == rows([7])
    filler.unlink()
    with claimed_sink(path) as sink:
        assert sink.position() == Position(1, OF)
        commit(sink, 2, batches_of(sizes)[1])
    assert read(path) == rows(sizes)


def test_an_interrupted_commit_leaves_nothing(folder, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    ran(folder, 10)
    with claimed_sink(folder) as sink:
        sink.write(batches_of([3])[0])
        monkeypatch.setattr("doge_datagen.sinks.files.part_file.sync_folder", interrupted)
        with pytest.raises(KeyboardInterrupt):
            sink.commit(Position(20, OF))
    assert position_of(folder) == Position(10, OF)


@pytest.mark.parametrize("removable", [True, False])
def test_a_commit_is_gone_or_in_doubt_where_the_folder_cannot_be_synced(removable, folder, monkeypatch):
    def broken(*_, **__):
        raise OSError(5, "Input/output error")

    ran(folder, 10)
    with claimed_sink(folder) as sink, monkeypatch.context() as patched:
        sink.write(batches_of([3])[0])
        patched.setattr("doge_datagen.sinks.files.part_file.sync_folder", broken)
        if not removable:  # as on a disk that is read only from its first error on
            patched.setattr(Path, "unlink", broken)
        with pytest.raises(DeliveryError, match="3 of 3 records did not arrive") as caught:
            sink.commit(Position(20, OF))
    assert ("these records are in doubt" in str(caught.value)) is not removable
    assert position_of(folder) == Position(10 if removable else 20, OF)
