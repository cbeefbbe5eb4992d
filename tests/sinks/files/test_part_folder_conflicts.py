"""A folder of parts belongs to one stream of one run, which one process at a time may write."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from doge_datagen.errors import SinkError, UnknownTargetError
from doge_datagen.model import Destination
from doge_datagen.sinks.registry import open_sink
from doge_datagen.sinks.testing.samples import SCHEMA, STREAM, rows
from tests.sinks.files.forked_child import forked_child
from tests.sinks.files.part_folders import (
    claimed_sink,
    folder,
    names,
    opened,
    part,
    path,
    ran,
    read,
)

__all__ = ["folder", "path"]  # fixtures


def test_a_second_sink_is_refused_when_it_is_opened(path):
    with (
        opened(path),
        pytest.raises(SinkError, match=rf"another run is writing to {path}. Hint: wait for its end") as caught,
    ):
        opened(path)
    assert not caught.value.transient


@pytest.mark.slow
def test_a_second_process_is_refused_until_the_first_is_killed(folder):
    claim = f"from tests.sinks.files.part_folders import *; claimed_sink({str(folder)!r})"
    program = f"{claim}; print(1, flush=True); input()"
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.read(2) == b"1\n"
        with pytest.raises(SinkError, match="another run is writing"):
            opened(folder)
        process.kill()
        process.wait()
        claimed_sink(folder).discard()


def test_a_lock_file_removed_during_the_wait_is_not_used(folder, monkeypatch):
    """Between the opening and the locking of the file, its holder ends and a third process takes the lock."""
    from doge_datagen.sinks.files import locks as system_lock  # noqa: PLC0415 - to break it

    first, lock, others = opened(folder), system_lock.lock, []

    def late(descriptor):
        monkeypatch.setattr(system_lock, "lock", lock)
        first.discard()
        others.append(opened(folder))
        lock(descriptor)

    monkeypatch.setattr(system_lock, "lock", late)
    with pytest.raises(SinkError, match="another run is writing"):
        opened(folder)
    others[0].discard()


@pytest.mark.parametrize("unlink", [Path.unlink, Path.rmdir], ids=["removed", "not removed, as on Windows"])
def test_a_forked_child_does_not_keep_the_lock(unlink, folder, monkeypatch):
    sink = opened(folder)
    with forked_child():
        with monkeypatch.context() as patched:
            patched.setattr(Path, "unlink", lambda path, **_: unlink(path))
            sink.discard()
        claimed_sink(folder).discard()


def test_a_run_that_never_started_leaves_no_folder(path):
    opened(path).discard()
    assert not path.exists()


def test_a_run_that_never_started_leaves_an_empty_folder_unchanged(path):
    path.mkdir()
    claimed_sink(path).discard()
    assert names(path) == []


def test_a_run_that_was_not_resumed_leaves_its_parts_unchanged(path):
    ran(path, 10)
    opened(path).discard()
    assert read(path) == rows([3])


def test_a_folder_of_another_run_is_refused_when_it_is_opened(folder):
    ran(folder, 10)
    with pytest.raises(
        UnknownTargetError, match=r"belongs to the run 'nightly', not 'daily'. Hint: name another path, or remove"
    ):
        opened(folder, "daily")
    assert names(folder) == ["_doge.json", part(0, 10)]


def test_a_folder_of_another_stream_is_refused_when_it_is_opened(folder):
    ran(folder, 10)
    message = (
        f"has the records of the stream '{STREAM}', not 'other'. Hint: name the path that this stream had, or a new one"
    )
    with pytest.raises(UnknownTargetError, match=message):
        open_sink(Destination("file", str(folder)), "other", SCHEMA, run_id="nightly")
    assert names(folder) == ["_doge.json", part(0, 10)]


@pytest.mark.parametrize("name", ["part-00000-c000.csv", part(0, 10), "notes.txt"])
def test_a_folder_with_other_files_is_refused(name, folder):
    folder.mkdir()
    (folder / name).write_text("")
    with pytest.raises(
        UnknownTargetError, match=rf"holds '{name}' but no _doge.json, so it is not of this run. Hint: name another"
    ):
        opened(folder)
    assert names(folder) == [name]


def test_a_file_at_the_path_is_reported_with_a_hint(path):
    path.write_text("")
    with pytest.raises(
        UnknownTargetError, match=rf"{path} is a file, and a run that can be resumed writes a folder .*. Hint: name"
    ):
        opened(path)


def test_a_pipe_at_the_path_is_refused_and_kept(path):
    os.mkfifo(path)
    with pytest.raises(UnknownTargetError, match=rf"{path} is a device or pipe, not a folder. Hint: name another path"):
        opened(path)
    assert path.is_fifo()


def test_a_run_without_an_id_reports_a_folder_of_parts_at_its_path(path):
    ran(path, 10)
    with pytest.raises(
        UnknownTargetError, match=rf"{path} is a folder with the parts of a run that can be resumed .*. Hint: name"
    ):
        open_sink(Destination.of(str(path)), STREAM, SCHEMA)


def test_a_file_system_without_locks_is_reported(folder, monkeypatch):
    def none(descriptor):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("doge_datagen.sinks.files.locks.lock", none)
    with pytest.raises(
        SinkError, match=r"cannot be locked against a second run: .*not supported. Hint: name another path"
    ):
        opened(folder)
