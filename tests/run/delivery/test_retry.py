"""Which errors are retried, how often and for how long; tests do not sleep."""

import math
from itertools import pairwise

import pytest

from doge_datagen.errors import RefusedError, UnreachableError
from doge_datagen.run.delivery.retry import Retry


class Time:
    def __init__(self):
        self.now = 0.0
        self.pauses = []

    def pause(self, seconds):
        self.pauses.append(seconds)
        self.now += seconds


class Fails:
    """A function that raises an error a number of times before it succeeds, and records when it was called."""

    def __init__(self, times, error, time=None):
        self.left, self.error = times, error
        self.time, self.calls = time or Time(), []

    def __call__(self):
        self.calls.append(self.time.now)
        if self.left:
            self.left -= 1
            raise self.error
        return "done"


AWAY = UnreachableError("topic", "nobody answers")


def retry(time, patience, **more):
    return Retry(patience, now=lambda: time.now, pause=time.pause, **more)


def test_a_success_is_not_repeated():
    time = Time()
    assert retry(time, 60).until_done(Fails(0, AWAY)) == "done"
    assert time.pauses == []


def test_pauses_double_up_to_five_seconds():
    time = Time()
    again, fails = retry(time, 60), Fails(9, AWAY, time)
    assert again.until_done(fails) == "done"
    between = [later - earlier for earlier, later in pairwise(fails.calls)]
    assert between == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5, 5, 5])
    assert again.connection_errors == {"UnreachableError": 9}


def test_patience_counts_from_the_first_failure_of_each_operation():
    time = Time()
    again = retry(time, 1)
    for _ in range(3):
        assert again.until_done(Fails(3, AWAY)) == "done"
    started = time.now
    with pytest.raises(UnreachableError) as caught:
        again.until_done(Fails(100, UnreachableError("topic", "nobody answers")))
    assert time.now - started == pytest.approx(1)
    assert caught.value.__notes__[-1].startswith("tried ")


def test_without_patience_there_is_one_attempt():
    time = Time()
    with pytest.raises(UnreachableError):
        retry(time, 0).until_done(Fails(1, AWAY))
    assert time.pauses == []


def test_a_permanent_error_is_not_retried():
    time = Time()
    with pytest.raises(RefusedError):
        retry(time, 60).until_done(Fails(1, RefusedError("topic", "no")))
    assert time.pauses == []


def test_after_a_stop_retries_last_at_most_five_more_seconds():
    time = Time()
    with pytest.raises(UnreachableError):
        retry(time, 3600, stop=lambda: time.now > 0.5).until_done(Fails(1000, AWAY))
    assert time.now <= 5.001


def test_a_stop_interrupts_a_long_pause():
    time = Time()
    with pytest.raises(UnreachableError):
        retry(time, 3600, stop=lambda: time.now > 100.2).until_done(Fails(1000, AWAY))
    assert time.now == pytest.approx(100.2, abs=0.11)


def waits(time, again, seconds):
    """A sink that waits for a response, as long as allowed or until it arrives."""

    def wait():
        since = time.now
        while time.now < since + seconds:
            if again.seconds_left(since) <= 0:
                raise UnreachableError("topic", "nobody answers")
            time.now += 0.1
        return "done"

    return wait


def test_waiting_for_a_response_counts_as_patience():
    time = Time()
    again = retry(time, 8)
    with pytest.raises(UnreachableError):
        again.until_done(waits(time, again, 1000))
    assert time.now == pytest.approx(8, abs=0.11)


def test_a_sink_that_waited_before_it_failed_is_retried_for_the_remaining_time():
    time = Time()
    again = retry(time, 60)

    def fails_late():
        again.seconds_left(time.now)
        time.now += 50
        raise UnreachableError("topic", "nobody answers")

    with pytest.raises(UnreachableError):
        again.until_done(fails_late)
    assert time.now == pytest.approx(100, abs=1)


def test_time_with_progress_before_a_failure_does_not_count():
    time = Time()
    again, tries = retry(time, 60), []

    def slow():
        tries.append(time.now)
        for _ in range(5):
            assert again.seconds_left(time.now) > 0
            time.now += 50
            again.progressed()
        raise UnreachableError("topic", "nobody answers")

    with pytest.raises(UnreachableError):
        again.until_done(slow)
    assert len(tries) == 2


def test_a_sink_waits_for_a_response_that_comes_in_time():
    time = Time()
    again = retry(time, 60)
    assert again.until_done(waits(time, again, 59)) == "done"


def test_each_attempt_may_wait_a_second():
    time = Time()
    again, calls = retry(time, 2), []

    def answers_in_a_moment():
        calls.append(time.now)
        if len(calls) == 1:
            time.now += 1.9
            raise UnreachableError("topic", "nobody answers")
        return waits(time, again, 0.8)()

    assert again.until_done(answers_in_a_moment) == "done"


def test_after_a_stop_a_sink_waits_five_more_seconds():
    time = Time()
    again = retry(time, 3600, stop=lambda: True)
    with pytest.raises(UnreachableError):
        again.until_done(waits(time, again, 1000))
    assert time.now == pytest.approx(5, abs=0.11)


def test_without_a_stop_a_client_has_only_its_own_limits():
    stopped = []
    again = retry(Time(), 1, stop=lambda: bool(stopped))
    assert again.seconds_left_after_stop(0) == math.inf
    stopped.append(True)
    assert again.seconds_left_after_stop(0) == 5


def test_only_our_own_errors_are_retried():
    with pytest.raises(ZeroDivisionError):
        retry(Time(), 60).until_done(lambda: 1 // 0)
