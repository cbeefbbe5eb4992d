"""The time of day of a run in real time; tests do not sleep."""

import pytest

from doge_datagen.model.clock import Clock
from doge_datagen.run.pacing.pace import Pace
from doge_datagen.run.pacing.schedule import Schedule, WallClock


class Computer:
    """A wall clock that can be set, and a monotonic clock."""

    def __init__(self):
        self.set_by, self.steady = 0.0, 50.0

    def wall(self):
        return 1_000.0 + self.steady + self.set_by

    def sleep(self, seconds):
        self.steady += seconds


@pytest.fixture
def computer():
    return Computer()


@pytest.fixture
def clock(computer):
    return WallClock(computer.wall, lambda: computer.steady)


def test_it_is_the_wall_clock(computer, clock):
    assert clock() == computer.wall()
    computer.sleep(10)
    assert clock() == computer.wall()


def test_the_run_does_not_wait_for_a_clock_that_was_set_back_and_reports_it_once(computer, clock, caplog):
    before = clock()
    computer.set_by = -3600
    for second in range(1, 4):
        computer.sleep(1)
        assert clock() == before + second
    assert caplog.messages == ["the clock was set back by 3600 s; event time continues from where it was"]


def test_a_correction_of_less_than_a_second_is_not_reported(computer, clock, caplog):
    before = clock()
    computer.set_by = -0.5
    assert clock() == before
    assert caplog.messages == []


def test_a_clock_that_is_set_ahead_is_followed(computer, clock):
    """As after a laptop has slept, during which its monotonic clock stopped."""
    clock()
    computer.set_by = 3600
    assert clock() == computer.wall()


def test_a_clock_that_is_set_back_and_then_corrected_is_followed(computer, clock):
    clock()
    computer.set_by = -3600
    computer.sleep(60)
    clock()
    computer.set_by = 0
    assert clock() == computer.wall()


def test_a_run_in_real_time_is_not_idle_while_the_clock_is_set_back(computer, clock):
    pace, ticks = Pace.parse("realtime"), Clock(int(computer.wall() * 1000), 1000)
    plan = Schedule(pace, ticks, on_clock=True, now=clock, sleep=computer.sleep)
    plan.wait(plan.due(2))
    computer.set_by = -3600
    started = computer.steady
    assert plan.wait(plan.due(12))
    assert computer.steady - started == pytest.approx(10, abs=0.01)
