"""The wait for a server that does not respond, and the messages meanwhile; tests do not sleep."""

import logging
import math

import pytest

from doge_datagen.sinks.server_wait import FOREVER, AtMost, Wait


class Time:
    now = 100.0


@pytest.fixture
def warnings(caplog):
    caplog.set_level(logging.WARNING)
    return caplog


def waiting(limit=60.0):
    time = Time()
    return time, Wait("topic trx", AtMost(limit, lambda: time.now), now=lambda: time.now)


def test_a_wait_ends_when_there_was_no_progress_for_the_limit():
    time, wait = waiting()
    time.now += 59.9
    assert not wait.is_over()
    time.now += 0.1
    assert wait.is_over()
    assert wait.seconds == pytest.approx(60)


def test_progress_restarts_the_wait():
    time, wait = waiting()
    for _ in range(10):
        time.now += 59
        assert not wait.is_over()
        wait.progressed()
    assert wait.seconds == 0


def test_a_wait_is_reported_after_three_seconds_and_then_every_ten(warnings):
    time, wait = waiting()
    for _ in range(290):
        time.now += 0.1
        wait.is_over()
    assert [it.split(" for ")[1] for it in warnings.messages] == ["3 s; waiting,", "13 s; waiting,", "23 s; waiting,"]
    assert warnings.messages[0] == "topic trx: the server has not answered for 3 s; waiting, for 57 s more at most"


def test_a_short_wait_is_not_reported(warnings):
    time, wait = waiting()
    time.now += 2.9
    wait.is_over()
    wait.progressed()
    assert warnings.messages == []


def test_a_response_is_reported_if_the_wait_was(warnings):
    time, wait = waiting()
    time.now += 30
    wait.is_over()
    wait.progressed()
    assert warnings.messages[1:] == ["topic trx: resumed after 30 s"]


def test_a_client_with_its_own_limits_gets_no_other(warnings):
    time, wait = waiting(math.inf)
    time.now += 1e9
    assert not wait.is_over()
    assert warnings.messages[0].endswith("; waiting")
    assert FOREVER.seconds_left_after_stop(0) == math.inf
