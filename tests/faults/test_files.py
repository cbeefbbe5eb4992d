"""Runs to files and folders of parts that fail because of the disk, the folder or another run."""

import json
import os
import shutil

import pytest

from doge_datagen.errors import DeliveryError, RecordError, SinkError
from tests.faults.conftest import fill
from tests.faults.runs import ALL, BEFORE, NAME, NAMED, FaultMidRun, failed, run


def numbers(path):
    """The numbers in a file or a folder of parts."""
    files = sorted(path.glob("part-*.jsonl")) if path.is_dir() else [path]
    return [json.loads(line)["number"] for file in files for line in file.read_text().splitlines()]


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def path(tmp_path):
    return tmp_path / "out" / "counts.jsonl"


def test_a_full_disk_leaves_no_file(disk):
    path = disk / "counts.jsonl"
    error = failed(str(path), stop=FaultMidRun(lambda: fill(disk)))
    assert isinstance(error, DeliveryError)
    assert (error.missing, error.transient) == (40, False)
    assert str(error).startswith(f"file {path}: 40 of 40 records did not arrive (0 did): ")
    assert "No space left on device" in str(error)
    assert names(disk) == ["counts.jsonl.part", "filler"]


def test_a_full_disk_leaves_whole_parts_and_the_run_resumes_once_there_is_room(disk):
    path = disk / "counts.jsonl"
    error = failed(str(path), NAME, stop=FaultMidRun(lambda: fill(disk)))
    assert isinstance(error, DeliveryError)
    assert not error.transient
    assert "10 of 10 records did not arrive" in str(error)
    assert "No space left on device" in str(error)
    assert names(path) == ["_doge.json", "part-000000000000000-000000000000010.jsonl",
                           "part-000000000000010-000000000000020.jsonl"]  # fmt: skip
    assert numbers(path) == BEFORE
    (disk / "filler").unlink()
    run(str(path), NAME)
    assert numbers(path) == ALL


@NAMED
def test_a_read_only_folder_is_reported_before_the_first_record(read_only, name):
    error = failed(str(read_only / "counts.jsonl"), name)
    assert not error.transient
    assert str(error).startswith(f"file {read_only}/counts.jsonl: cannot be written: ")
    assert "counts.jsonl" in str(error)
    assert names(read_only) == []


@NAMED
def test_a_value_that_the_format_cannot_represent_is_reported_and_earlier_numbers_are_kept(path, name):
    infinite = {"share": "1e308 * (10 if number == 25 else 1)"}
    error = failed(str(path), name, fields=infinite)
    assert isinstance(error, RecordError)
    assert "share" in str(error)
    assert "inf" in str(error)
    assert numbers(path if name else path.with_name(f"{path.name}.part")) == BEFORE
    assert path.exists() == bool(name)
    if name:
        assert str(path) in str(failed(str(path), name, fields=infinite)), "a resumed run meets it again"
        assert numbers(path) == BEFORE


@pytest.mark.parametrize("fault", ["removed", "moved", "replaced"])
@NAMED
def test_a_file_or_folder_that_is_moved_during_a_run_is_an_error(path, name, fault):
    written = path if name else path.with_name(f"{path.name}.part")

    def inject():
        written.rename(path.parent / "moved")
        if fault == "removed":
            (shutil.rmtree if name else os.unlink)(path.parent / "moved")
        elif fault == "replaced":
            (written.mkdir if name else written.touch)()

    error = failed(str(path), name, stop=FaultMidRun(inject))
    assert "was moved, removed or replaced" in str(error)
    assert not error.transient
    if name is None:
        assert (error.delivered, path.exists()) == (0, False)
    elif fault == "moved":
        (path.parent / "moved").rename(path)
        run(str(path), NAME)
        assert numbers(path) == ALL


def test_two_runs_do_not_write_to_one_file(path):
    errors = []
    run(str(path), stop=FaultMidRun(lambda: errors.append(failed(str(path)))))
    assert "another run or sink is writing to" in str(errors[0])
    assert not errors[0].transient
    assert numbers(path) == ALL
    assert names(path.parent) == ["counts.jsonl"]


def test_of_two_runs_with_one_id_the_second_is_refused(path):
    errors = []
    run(str(path), NAME, stop=FaultMidRun(lambda: errors.append(failed(str(path), NAME))))
    assert str(errors[0]).startswith(f"run {NAME}: another process on this machine is running it")
    assert numbers(path) == ALL


def test_a_folder_of_parts_in_use_by_a_run_on_another_machine_is_refused(path, monkeypatch, tmp_path):
    errors = []

    def run_elsewhere():
        monkeypatch.setenv("DOGE_STATE_DIR", str(tmp_path / "other machine"))
        errors.append(failed(str(path), NAME))

    run(str(path), NAME, stop=FaultMidRun(run_elsewhere))
    assert type(errors[0]) is SinkError
    assert (
        str(errors[0]) == f"file {path}: another run is writing to {path}. Hint: wait for its end, or name another path"
    )
    assert numbers(path) == ALL
