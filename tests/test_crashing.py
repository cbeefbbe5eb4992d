"""The harness that kills processes detects commits that do not survive a crash."""

import json
import sys
from functools import partial

import pytest

from tests.crashing import crash_at_every_step

HERE = sys.modules[__name__]
crashed = partial(crash_at_every_step, modules=[HERE])


def twice_in_place(folder, number):
    path = folder / str(number)
    path.write_text("[1]")
    path.write_text("[1, 2]")


def all_or_nothing(folder, number):
    path = folder / str(number)
    path.with_suffix(".new").write_text("[1, 2]")
    path.with_suffix(".new").rename(path)


def count_then_records(folder, number):
    path = folder / str(number)
    path.with_suffix(".count").write_text("2")
    path.write_text("[1, 2]")


def is_whole(folder, number):
    path = folder / str(number)
    assert not path.exists() or json.loads(path.read_text()) == [1, 2]


def is_what_the_count_says(folder, number):
    path = folder / str(number)
    assert path.with_suffix(".count").exists() == path.exists()


def is_never_there_but_first(folder, number):
    assert not number or not (folder / str(number)).exists()


def writes_in_a_loop(folder, number):
    for _ in range(3):
        (folder / str(number)).write_text("1")


def writes_thrice(folder, number):
    written(folder / str(number))
    written(folder / str(number))
    written(folder / str(number))


def written(path):
    path.write_text("1")


def says_nothing(_number):
    pass


def fails(_number):
    raise ValueError("by itself")


def fails_later(number):
    if number:
        raise ValueError("by itself")


def loops(_number):
    for _ in range(3):
        pass


@pytest.mark.parametrize(
    ("commit", "check", "line"),
    [(twice_in_place, is_whole, 3), (count_then_records, is_what_the_count_says, 3)],
)
def test_a_change_half_done_between_two_lines_is_caught(commit, check, line, tmp_path):
    with pytest.raises(AssertionError, match=rf"before line {line} that is run, test_crashing\.py:\d+\n") as caught:
        crashed(partial(commit, tmp_path), partial(check, tmp_path), every="line")
    assert "assert" in str(caught.value)


@pytest.mark.parametrize(
    ("commit", "check"), [(twice_in_place, is_whole), (count_then_records, is_what_the_count_says)]
)
def test_a_change_half_done_between_two_steps_is_caught(commit, check, tmp_path):
    with pytest.raises(AssertionError, match=r"before step 2 that is run, test_crashing\.py:\d+\n"):
        crashed(partial(commit, tmp_path), partial(check, tmp_path), every="step")


def test_an_error_at_the_end_is_caught(tmp_path):
    with pytest.raises(AssertionError, match="before step 3 that is run, its end\n"):
        crashed(partial(all_or_nothing, tmp_path), partial(is_never_there_but_first, tmp_path), every="step")


def test_an_atomic_change_passes(tmp_path):
    killed = crashed(partial(all_or_nothing, tmp_path), partial(is_whole, tmp_path), every="line")
    assert len(killed) == len(set(killed)) == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0", "3.new", "4"]


def test_lines_that_change_nothing_are_not_steps(tmp_path):
    killed = crashed(partial(all_or_nothing, tmp_path), partial(is_whole, tmp_path), every="step")
    assert len(killed) == len(set(killed)) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0", "2.new", "3"]


def test_lines_count_each_time_they_are_run():
    killed = crashed(loops, says_nothing, every="line")
    assert len(killed) > len(set(killed)) == 2


def test_a_step_in_a_loop_counts_twice(tmp_path):
    killed = crashed(partial(writes_in_a_loop, tmp_path), says_nothing, every="step")
    assert (len(killed), len(set(killed))) == (2, 1)


def test_a_step_counts_wherever_it_is_called_from(tmp_path):
    killed = crashed(partial(writes_thrice, tmp_path), says_nothing, every="step")
    assert (len(killed), len(set(killed))) == (3, 1)


def test_an_error_of_the_commit_itself_is_reported():
    with pytest.raises(AssertionError, match=r"without any crash\n(.|\n)*ValueError: by itself"):
        crashed(fails, says_nothing, every="line")


def test_an_error_of_the_commit_without_a_crash_is_reported():
    with pytest.raises(AssertionError, match=r"before any crash, number 1 ended with 1\n(.|\n)*ValueError: by itself"):
        crash_at_every_step(fails_later, says_nothing, [json])


def test_an_error_of_the_check_is_reported_with_the_location():
    with pytest.raises(AssertionError, match=r"test_crashing\.py:\d+\n(.|\n)*ValueError: by itself"):
        crashed(loops, fails_later, every="line")
