"""Deliveries that are late: what is skipped or made up for, how the lag is measured, and waiting."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doge_datagen.errors import ModelError
from doge_datagen.run.pacing.pace import Pace
from doge_datagen.run.pacing.schedule import SLICE, TOLERANCE
from tests.run.pacing.schedules import (
    CLOSE,
    MILLISECONDS,
    SECONDS,
    costs,
    deliver_records,
    dispatch,
    quick,
    schedule,
)
from tests.run.wall import Wall


class TestLate:
    def test_catching_up_delivers_everything_late_at_once_and_keeps_the_schedule(self):
        wall = Wall()
        plan = schedule("realtime", wall, MILLISECONDS)
        delivered = dispatch(plan, wall, 60_000, deliver=lambda number: 10.0 if number == 50 else 0.001)
        after = delivered[51]
        assert after.end - after.start == pytest.approx(9_900, abs=110)
        assert delivered[-1].at == pytest.approx(1000 + 59.999)
        assert plan.stretched == 0

    def test_stretch_shifts_the_schedule_by_the_delay(self):
        wall = Wall()
        plan = schedule("realtime", wall, MILLISECONDS, late="stretch")
        delivered = dispatch(plan, wall, 60_000, deliver=lambda number: 10.0 if number == 50 else 0.001)
        assert plan.stretched == pytest.approx(9.9)
        assert delivered[-1].at == pytest.approx(1000 + 59.999 + 9.9)
        assert plan.report(generated=0, confirmed=0).stretched == plan.stretched

    @quick
    @given(costs, st.sampled_from(["realtime", "60x"]))
    def test_stretch_never_exceeds_the_pace_by_more_than_the_tolerance(self, costs, text):
        wall = Wall()
        plan, speed = schedule(text, wall, MILLISECONDS, late="stretch"), Pace.parse(text).speed
        deliver = itertools.cycle(costs)
        delivered = dispatch(plan, wall, int(3000 * speed), deliver=lambda _: next(deliver))
        for first, last in itertools.combinations(delivered, 2):
            due_between = (last.end - first.end) / 1000 / speed
            assert last.at - first.at >= due_between - TOLERANCE - CLOSE

    @quick
    @given(costs)
    def test_stretch_never_exceeds_a_rate_by_more_than_the_tolerance(self, costs):
        wall = Wall()
        plan = schedule("1000/s", wall, late="stretch")
        delivered = deliver_records(plan, wall, 5000, deliver=lambda number: costs[number % len(costs)])
        for first, last in itertools.combinations(delivered, 2):
            assert last.at - first.at >= (last.end - first.end) / 1000 - TOLERANCE - CLOSE

    def test_a_small_delay_does_not_shift_the_schedule(self):
        wall = Wall()
        plan = schedule("realtime", wall, SECONDS, late="stretch")
        delivered = dispatch(plan, wall, 100, deliver=lambda _: 1.2 if wall.time < 1001 else 0.9)
        assert plan.stretched == 0
        assert delivered[-1].at == pytest.approx(1099)

    def test_stretch_does_not_lengthen_pieces_and_windows(self):
        wall = Wall()
        by_rate, by_speed = (
            schedule("5000/s", wall, late="stretch"),
            schedule("realtime", wall, MILLISECONDS, late="stretch"),
        )
        by_rate.wait(by_rate.due_records(0))
        by_speed.wait(by_speed.due(1))
        wall.work(30)
        assert (by_rate.portions.records(), by_speed.portions.longest(1)) == (500, 100)

    def test_a_delay_shifts_the_schedule_once_however_late_it_is_confirmed(self):
        wall = Wall()
        plan = schedule("realtime", wall, SECONDS, late="stretch")
        dues = [plan.due(end) for end in (1, 2)]
        plan.wait(dues[0])
        plan.wait(dues[1])
        wall.work(5)
        for due in dues:
            plan.lag.done(due)
        assert (plan.stretched, plan.lag.latest) == (0, 5)
        plan.wait(plan.due(3))
        assert plan.stretched == 4

    def test_an_unknown_policy_is_refused(self):
        with pytest.raises(ModelError, match=r"^late: 'drop' is unknown. Hint: known: 'catch-up', 'stretch'"):
            schedule("realtime", Wall(), late="drop")


class TestLag:
    def test_lag_is_the_time_from_due_to_confirmed(self):
        wall = Wall()
        delivered = dispatch(schedule("realtime", wall), wall, 4, deliver=lambda number: [0, 0.25, 3.5, 0][number])
        assert [it.lag for it in delivered] == pytest.approx([0, 0.25, 3.5, 2.5])

    def test_a_long_preparation_is_no_lag(self):
        wall = Wall()
        plan = schedule("realtime", wall, MILLISECONDS)
        assert plan.portions.longest(0) == 100
        wall.work(30)
        plan.begin()
        delivered = dispatch(plan, wall, 1000)
        assert delivered[0].at == pytest.approx(1030 + 0.099)
        assert [it.lag for it in delivered] == [0] * 10

    def test_a_second_start_changes_nothing(self):
        wall = Wall()
        plan = schedule("realtime", wall)
        plan.begin()
        wall.work(30)
        plan.begin()
        assert plan.due(1) == 1000

    def test_there_is_no_lag_before_anything_is_confirmed(self):
        plan = schedule("realtime", Wall())
        assert (plan.lag.latest, plan.lag.backfilling) == (None, False)

    def test_a_run_that_delivers_on_time_is_not_behind_however_late_confirmations_are(self):
        wall = Wall()
        plan = schedule("realtime", wall)
        dues = [plan.due(end) for end in range(1, 31)]
        for number, due in enumerate(dues):
            plan.wait(due)
            if number >= 3:
                plan.lag.done(dues[number - 3])
                assert plan.lag.latest == pytest.approx(3)
            assert plan.lag.behind() is None


class TestBehind:
    def test_a_run_that_cannot_keep_up_is_reported_once_with_its_actual_pace(self):
        wall = Wall()
        plan, messages = schedule("5000/s", wall), []
        for piece in plan.portions.pieces(200_000):
            plan.wait(plan.due_records(piece.stop - 1))
            wall.work((piece.stop - piece.start) / 3100)
            messages.append(plan.lag.behind())
        lines = [line for line in messages if line]
        assert len(lines) == 1
        assert lines[0].endswith(" s behind schedule: asked for 5,000 records/s, the run reaches 3,100/s")

    def test_a_run_that_stretches_repeatedly_by_a_little_is_reported_with_its_actual_pace(self):
        wall = Wall()
        plan = schedule("realtime", wall, MILLISECONDS, late="stretch")
        dispatch(plan, wall, 10_000, deliver=lambda _: 0.5)
        assert plan.lag.behind().endswith(" s behind schedule: asked for realtime, the run reaches 0.2x")

    def test_a_run_that_stretches_once_is_not_reported(self):
        wall = Wall()
        plan = schedule("realtime", wall, MILLISECONDS, late="stretch")
        dispatch(plan, wall, 30_000, deliver=lambda number: 10.0 if number == 50 else 0.01)
        assert plan.stretched > 9
        assert plan.lag.behind() is None

    def test_a_run_that_stretches_by_far_is_reported_with_its_actual_pace(self):
        wall = Wall()
        plan = schedule("realtime", wall, late="stretch")
        dispatch(plan, wall, 10, deliver=lambda _: 4.0)
        assert plan.lag.behind() == "3.0 s behind schedule: asked for realtime, the run reaches 0.25x"


class TestWaiting:
    def test_it_sleeps_in_slices_and_calls_stop_between_them(self):
        wall, calls = Wall(), []
        assert schedule("realtime", wall).wait(1001.02, lambda: bool(calls.append(wall.time)))
        assert max(wall.slept) <= SLICE
        assert len(calls) == len(wall.slept) == 21
        assert wall.time == pytest.approx(1001.02)

    def test_it_ends_when_it_is_stopped(self):
        wall = Wall()
        assert not schedule("realtime", wall).wait(5000.0, lambda: wall.time > 1003)
        assert wall.time == pytest.approx(1003.05)

    def test_there_is_no_wait_and_no_call_of_stop_for_what_is_due(self):
        wall = Wall()
        assert schedule("realtime", wall).wait(1000.0, lambda: pytest.fail("asked"))
        assert wall.slept == []

    def test_a_stop_while_waiting_is_no_lag(self):
        plan = schedule("realtime", Wall())
        assert not plan.wait(plan.due(100), lambda: True)
        assert plan.report(generated=0, confirmed=0).lag_max is None
