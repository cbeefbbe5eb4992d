"""A file that gets its final name when it is complete, and belongs to one writer until then."""

import errno
import os

import pytest

from doge_datagen.sinks.files import locks as system_lock
from doge_datagen.sinks.files.part_file import PartFile
from tests.sinks.files.forked_child import forked_child


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.csv"


def whole(path, text):
    file = PartFile(path)
    file.write(text)
    file.finish()


def test_a_second_writer_is_refused_and_the_first_has_what_it_wrote(path):
    first = PartFile(path)
    first.write(b"first")
    with pytest.raises(
        BlockingIOError, match=r"another run or sink is writing to .*a\.csv\.part. Hint: wait for its end, or name"
    ):
        PartFile(path)
    first.finish()
    assert path.read_bytes() == b"first"


@pytest.mark.parametrize("end", [PartFile.finish, PartFile.abandon, PartFile.remove])
def test_the_next_writer_gets_it_after_the_first_has_ended(path, end):
    first = PartFile(path)
    first.write(b"longer than the next")
    end(first)
    whole(path, b"next")
    assert path.read_bytes() == b"next"


@pytest.mark.parametrize("end", [PartFile.finish, PartFile.abandon, PartFile.remove])
def test_a_forked_child_that_lives_on_does_not_keep_it_from_the_next_one(path, end):
    first = PartFile(path)
    with forked_child():
        end(first)
        whole(path, b"next")
    assert path.read_bytes() == b"next"


def test_a_writer_that_waited_while_the_file_got_its_name_starts_a_new_one(path, monkeypatch):
    """The first writer ends between the opening and the locking of the file."""
    first, lock = PartFile(path), system_lock.lock
    first.write(b"first")

    def late(descriptor):
        monkeypatch.setattr(system_lock, "lock", lock)
        first.finish()
        lock(descriptor)

    monkeypatch.setattr(system_lock, "lock", late)
    second = PartFile(path)
    assert path.read_bytes() == b"first"
    second.write(b"second")
    second.finish()
    assert path.read_bytes() == b"second"


def test_a_file_system_without_locks_is_accepted(path, monkeypatch):
    def none(descriptor):
        raise OSError(errno.ENOTSUP, "Operation not supported")

    monkeypatch.setattr(system_lock, "lock", none)
    whole(path, b"text")
    assert path.read_bytes() == b"text"


def test_a_leftover_of_a_killed_process_is_overwritten(path):
    path.with_name("a.csv.part").write_bytes(b"much more than what comes")
    whole(path, b"text")
    assert path.read_bytes() == b"text"


def test_a_link_is_kept_and_the_file_it_points_to_is_replaced(path, tmp_path):
    real = tmp_path / "elsewhere" / "real.csv"
    real.parent.mkdir()
    real.write_bytes(b"old")
    path.symlink_to(real)
    whole(path, b"new")
    assert (path.is_symlink(), real.read_bytes()) == (True, b"new")


def test_a_pipe_is_refused_and_kept(path):
    os.mkfifo(path)
    with pytest.raises(FileExistsError, match=r"a\.csv is a device or pipe. Hint: name a file"):
        PartFile(path)
    assert path.is_fifo()


@pytest.mark.parametrize("removed", [True, False], ids=["removed", "replaced"])
def test_a_removed_part_file_is_an_error_and_its_replacement_is_kept(path, removed):
    file = PartFile(path)
    file.write(b"ours")
    file.part.unlink()
    if not removed:
        file.part.write_bytes(b"somebody's")
    with pytest.raises(FileNotFoundError, match=r"a\.csv\.part was moved, removed or replaced while it was written"):
        file.finish()
    file.remove()
    assert not path.exists()
    assert removed or file.part.read_bytes() == b"somebody's"
