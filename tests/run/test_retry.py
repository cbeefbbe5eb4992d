"""What is tried again, how often and for how long; no time passes here."""

import pytest

from doge_datagen.errors import RefusedError, UnreachableError
from doge_datagen.run.retry import Retry


class Time:
    def __init__(self):
        self.now = 0.0
        self.pauses = []

    def pause(self, seconds):
        self.pauses.append(seconds)
        self.now += seconds


class Fails:
    """Raises so many errors before it succeeds."""

    def __init__(self, times, error):
        self.left, self.error = times, error

    def __call__(self):
        if self.left:
            self.left -= 1
            raise self.error
        return "done"


AWAY = UnreachableError("topic", "nobody answers")


def retry(time, patience, **more):
    return Retry(patience, now=lambda: time.now, pause=time.pause, **more)


def test_what_succeeds_is_done_once():
    time = Time()
    assert retry(time, 60).until_done(Fails(0, AWAY)) == "done"
    assert time.pauses == []


def test_pauses_double_up_to_five_seconds():
    time = Time()
    again = retry(time, 60)
    assert again.until_done(Fails(9, AWAY)) == "done"
    assert time.pauses == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5, 5, 5]
    assert again.troubles == {"UnreachableError": 9}


def test_patience_counts_from_the_first_failure_of_each_thing():
    time = Time()
    again = retry(time, 1)
    for _ in range(3):
        assert again.until_done(Fails(3, AWAY)) == "done"
    with pytest.raises(UnreachableError) as caught:
        again.until_done(Fails(100, UnreachableError("topic", "nobody answers")))
    assert sum(time.pauses[9:]) == pytest.approx(1)
    assert caught.value.__notes__[-1].startswith("tried ")


def test_without_patience_there_is_one_try():
    time = Time()
    with pytest.raises(UnreachableError):
        retry(time, 0).until_done(Fails(1, AWAY))
    assert time.pauses == []


def test_what_is_for_good_is_not_tried_again():
    time = Time()
    with pytest.raises(RefusedError):
        retry(time, 60).until_done(Fails(1, RefusedError("topic", "no")))
    assert time.pauses == []


def test_who_wants_an_end_waits_five_seconds_more_at_the_most():
    time = Time()
    with pytest.raises(UnreachableError):
        retry(time, 3600, stop=lambda: time.now > 0.5).until_done(Fails(1000, AWAY))
    assert time.now <= 5.001


def test_an_error_of_ours_alone_is_tried_again():
    with pytest.raises(ZeroDivisionError):
        retry(Time(), 60).until_done(lambda: 1 // 0)
