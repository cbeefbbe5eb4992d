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


def test_without_a_signal_there_is_no_stop():
    with stopping() as stop:
        assert not stop()


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_is_reported_only_when_stop_is_called(number):
    with stopping() as stop:
        signal.raise_signal(number)
        assert stop()


def test_a_second_ctrl_c_stops_at_once():
    with stopping():
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_the_callback_is_called_for_the_first_and_later_signals():
    reports = []
    with stopping(lambda: reports.append("first"), lambda: reports.append("again")):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGINT):
            signal.raise_signal(number)
    assert reports == ["first", "again", "again"]


def test_the_signals_of_a_closed_terminal_do_not_end_the_run_at_once():
    reports = []
    with stopping(lambda: reports.append("first"), lambda: reports.append("again")) as stop:
        signal.raise_signal(signal.SIGHUP)
        signal.raise_signal(signal.SIGHUP)
        assert stop()
    assert reports == ["first"]


def test_a_signal_after_those_of_a_closed_terminal_ends_the_run_at_once():
    reports = []
    with stopping(second=lambda: reports.append("again")):
        signal.raise_signal(signal.SIGHUP)
        signal.raise_signal(signal.SIGTERM)
    assert reports == ["again"]


def test_previous_handlers_are_restored():
    with stopping():
        assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


@pytest.mark.parametrize("number", SIGNALS)
def test_an_existing_handler_is_kept(number):
    """As nohup does, which ignores SIGHUP."""
    signal.signal(number, signal.SIG_IGN)
    with stopping():
        assert signal.getsignal(number) is signal.SIG_IGN


def test_other_threads_do_not_install_handlers():
    seen = []

    def run():
        with stopping() as stop:
            seen.extend([signal.getsignal(signal.SIGINT), stop()])

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert seen == [signal.default_int_handler, False]
