"""The crash harness detects commits that do not survive a crash."""

import json
import sys
from functools import partial

import pytest

from tests.crashing import crash_at_every_step

HERE = sys.modules[__name__]
crash = partial(crash_at_every_step, modules=[HERE])


def write_twice_in_place(folder, number):
    path = folder / str(number)
    path.write_text("[1]")
    path.write_text("[1, 2]")


def write_atomically(folder, number):
    path = folder / str(number)
    path.with_suffix(".new").write_text("[1, 2]")
    path.with_suffix(".new").rename(path)


def write_count_then_records(folder, number):
    path = folder / str(number)
    path.with_suffix(".count").write_text("2")
    path.write_text("[1, 2]")


def check_whole(folder, number):
    path = folder / str(number)
    assert not path.exists() or json.loads(path.read_text()) == [1, 2]


def check_count_matches(folder, number):
    path = folder / str(number)
    assert path.with_suffix(".count").exists() == path.exists()


def check_nothing_written(folder, number):
    assert not number or not (folder / str(number)).exists()


def write_in_a_loop(folder, number):
    for _ in range(3):
        (folder / str(number)).write_text("1")


def write_three_times(folder, number):
    store(folder / str(number))
    store(folder / str(number))
    store(folder / str(number))


def store(path):
    path.write_text("1")


def do_nothing(_number):
    pass


def fail(_number):
    raise ValueError("its own error")


def fail_later(number):
    if number:
        raise ValueError("its own error")


def loop(_number):
    for _ in range(3):
        pass


@pytest.mark.parametrize(
    ("commit", "check", "line"),
    [(write_twice_in_place, check_whole, 3), (write_count_then_records, check_count_matches, 3)],
)
def test_an_incomplete_change_between_two_lines_is_detected(commit, check, line, tmp_path):
    with pytest.raises(AssertionError, match=rf"before line {line} that is run, test_crashing\.py:\d+\n") as caught:
        crash(partial(commit, tmp_path), partial(check, tmp_path), every="line")
    assert "assert" in str(caught.value)


@pytest.mark.parametrize(
    ("commit", "check"), [(write_twice_in_place, check_whole), (write_count_then_records, check_count_matches)]
)
def test_an_incomplete_change_between_two_steps_is_detected(commit, check, tmp_path):
    with pytest.raises(AssertionError, match=r"before step 2 that is run, test_crashing\.py:\d+\n"):
        crash(partial(commit, tmp_path), partial(check, tmp_path), every="step")


def test_an_error_at_the_end_is_detected(tmp_path):
    with pytest.raises(AssertionError, match="before step 3 that is run, its end\n"):
        crash(partial(write_atomically, tmp_path), partial(check_nothing_written, tmp_path), every="step")


def test_an_atomic_change_passes(tmp_path):
    killed = crash(partial(write_atomically, tmp_path), partial(check_whole, tmp_path), every="line")
    assert len(killed) == len(set(killed)) == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0", "3.new", "4"]


def test_lines_that_change_nothing_are_not_steps(tmp_path):
    killed = crash(partial(write_atomically, tmp_path), partial(check_whole, tmp_path), every="step")
    assert len(killed) == len(set(killed)) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0", "2.new", "3"]


def test_lines_count_each_time_they_run():
    killed = crash(loop, do_nothing, every="line")
    assert len(killed) > len(set(killed)) == 2


def test_a_step_in_a_loop_counts_twice(tmp_path):
    killed = crash(partial(write_in_a_loop, tmp_path), do_nothing, every="step")
    assert (len(killed), len(set(killed))) == (2, 1)


def test_a_step_counts_wherever_it_is_called_from(tmp_path):
    killed = crash(partial(write_three_times, tmp_path), do_nothing, every="step")
    assert (len(killed), len(set(killed))) == (3, 1)


def test_an_error_in_the_commit_is_reported():
    with pytest.raises(AssertionError, match=r"without any crash\n(.|\n)*ValueError: its own error"):
        crash(fail, do_nothing, every="line")


def test_an_error_in_a_later_commit_is_reported():
    with pytest.raises(
        AssertionError, match=r"before any crash, number 1 ended with 1\n(.|\n)*ValueError: its own error"
    ):
        crash_at_every_step(fail_later, do_nothing, [json])


def test_an_error_in_the_check_is_reported_with_the_location():
    with pytest.raises(AssertionError, match=r"test_crashing\.py:\d+\n(.|\n)*ValueError: its own error"):
        crash(loop, fail_later, every="line")
