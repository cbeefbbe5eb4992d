"""The lock of a folder of parts, and its lock file."""

import os
from types import SimpleNamespace

import pytest

from doge_datagen.errors import SinkError
from doge_datagen.sinks.files import locks as folder_lock
from doge_datagen.sinks.files.locks import LOCK, FolderLock, locked


def test_a_folder_has_one_holder_and_no_leftover_lock_file(tmp_path):
    lock = FolderLock(tmp_path, "a place")
    with pytest.raises(SinkError, match="another run is writing"):
        FolderLock(tmp_path, "a place")
    lock.release()
    lock.release()
    assert list(tmp_path.iterdir()) == []
    FolderLock(tmp_path, "a place").release()


@pytest.mark.parametrize(("platform", "free"), [("linux", False), ("win32", True)])
def test_the_lock_file_is_removed_before_it_is_released_except_on_windows(tmp_path, monkeypatch, platform, free):
    def found_free(path, **_):
        try:
            os.close(locked(path))
        except BlockingIOError:
            seen.append(False)
        else:
            seen.append(True)

    seen = []
    lock = FolderLock(tmp_path, "a place")
    monkeypatch.setattr(folder_lock, "sys", SimpleNamespace(platform=platform))
    monkeypatch.setattr(type(tmp_path / LOCK), "unlink", found_free)
    lock.release()
    assert seen == [free]
