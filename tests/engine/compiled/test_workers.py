"""Work shared by threads: results come in order, and no thread is still working at the end."""

from threading import Barrier, Event, current_thread, main_thread

import pytest

from doge_datagen.engine.compiled.workers import Workers


@pytest.fixture(params=[1, 2, 4])
def count(request):
    return request.param


@pytest.fixture
def workers(count):
    created = Workers(count)
    yield created
    created.close()


def test_results_are_in_the_order_of_the_parts(workers):
    work = [2_000 * (20 - part) for part in range(20)]  # the first parts take longest
    assert workers.each(lambda part: sum(range(work[part])) and part * part, range(20)) == [n * n for n in range(20)]


def test_without_parts_there_are_no_results(workers):
    assert workers.each(lambda part: part, []) == []


def test_all_workers_work_at_once_and_the_caller_is_one_of_them(workers, count):
    together = Barrier(count, timeout=240)
    actual = workers.each(lambda _: together.wait() >= 0 and current_thread(), range(count))
    assert len(set(actual)) == count
    assert main_thread() in actual


def test_a_worker_that_has_finished_takes_the_next_part():
    workers, done = Workers(2), Event()
    others = iter(range(8))

    def do(part):
        """The first part takes as long as all the others together."""
        if part == 0:
            assert done.wait(60)
        elif next(others) == 7:
            done.set()

    workers.each(do, range(9))
    workers.close()


def test_an_error_is_raised_after_all_workers_have_finished(workers, count):
    at_work, failed = [], Event()

    def do(part):
        if part == count - 1:
            failed.set()
            raise ValueError(f"part {part}")
        at_work.append(part)
        assert failed.wait(240)
        sum(range(100_000))  # still working while the error propagates
        at_work.remove(part)

    with pytest.raises(ValueError, match=f"part {count - 1}"):
        workers.each(do, range(10))
    assert at_work == []
