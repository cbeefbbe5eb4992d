"""What the tests of sinks share: a process that Ctrl-C interrupts."""

import signal

import pytest


@pytest.fixture
def heeding_ctrl_c():
    """As on a terminal; a background process of a script ignores Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
