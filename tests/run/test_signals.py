import signal
import threading

import pytest

from doge_datagen.run.signals import stopping

SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@pytest.fixture(autouse=True)
def usual_handlers():
    before = {number: signal.getsignal(number) for number in SIGNALS}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_nothing_is_to_stop_while_nothing_is_pressed():
    with stopping() as stop:
        assert not stop()


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_is_reported_when_it_is_asked_for_and_not_before(number):
    with stopping() as stop:
        signal.raise_signal(number)
        assert stop()


def test_a_second_ctrl_c_stops_at_once():
    with stopping():
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_what_is_to_be_done_is_done_at_the_first_and_at_those_after_it():
    reported = []
    with stopping(lambda: reported.append("first"), lambda: reported.append("again")):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGINT):
            signal.raise_signal(number)
    assert reported == ["first", "again", "again"]


def test_a_terminal_that_is_closed_sends_more_than_one_signal_and_ends_nothing_at_once():
    reported = []
    with stopping(lambda: reported.append("first"), lambda: reported.append("again")) as stop:
        signal.raise_signal(signal.SIGHUP)
        signal.raise_signal(signal.SIGHUP)
        assert stop()
    assert reported == ["first"]


def test_a_signal_after_that_of_a_closed_terminal_ends_it_at_once():
    reported = []
    with stopping(second=lambda: reported.append("again")):
        signal.raise_signal(signal.SIGHUP)
        signal.raise_signal(signal.SIGTERM)
    assert reported == ["again"]


def test_the_handlers_before_are_there_after():
    with stopping():
        assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


@pytest.mark.parametrize("number", SIGNALS)
def test_a_handler_that_is_there_stays(number):
    """As nohup leaves SIGHUP ignored."""
    signal.signal(number, signal.SIG_IGN)
    with stopping():
        assert signal.getsignal(number) is signal.SIG_IGN


def test_a_thread_of_its_own_leaves_the_handlers_alone():
    seen = []

    def run():
        with stopping() as stop:
            seen.extend([signal.getsignal(signal.SIGINT), stop()])

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert seen == [signal.default_int_handler, False]
