import signal

import pytest

from doge_datagen.demo.interrupt import stopping_between_ticks
from doge_datagen.run.report import Progress

SOME = Progress(1, 10, 5)


@pytest.fixture(autouse=True)
def usual_handler():
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_progress_is_passed_on_while_nothing_is_pressed():
    told = []
    with stopping_between_ticks(told.append) as listener:
        listener(SOME)
    assert told == [SOME]


def test_ctrl_c_waits_for_the_next_progress():
    with stopping_between_ticks(lambda progress: None) as listener:
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            listener(SOME)


def test_a_second_ctrl_c_stops_at_once():
    with stopping_between_ticks(lambda progress: None):
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_the_handler_before_is_there_after():
    with stopping_between_ticks(lambda progress: None):
        assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_handler_that_is_there_stays():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with stopping_between_ticks(lambda progress: None):
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
