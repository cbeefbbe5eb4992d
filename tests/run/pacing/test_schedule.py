"""Each test acts like a run, on its own wall clock: plan a window, simulate it, wait, deliver it, confirm it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doge_datagen.errors import ModelError
from doge_datagen.model import ENDLESS, Clock
from doge_datagen.run.pacing.due_times import MOST_RECORDS, PIECE
from doge_datagen.run.pacing.lag import PRESENT
from doge_datagen.run.pacing.pace import Pace
from doge_datagen.run.pacing.schedule import Schedule
from tests.run.pacing.schedules import (
    CLOSE,
    DAY,
    MILLISECONDS,
    SECONDS,
    costs,
    deliver_records,
    dispatch,
    quick,
    schedule,
    without_a_gap,
)
from tests.run.wall import Wall

speeds = st.sampled_from(["realtime", "0.5x", "60x", "3600x", "1000000x"])
clocks = st.builds(Clock, st.integers(-(10**12), 10**13), st.sampled_from([1, 7, 100, 1000]))


class TestBySpeed:
    @quick
    @given(speeds, clocks, st.integers(0, 10**6), st.integers(1, 100))
    def test_a_tick_is_due_after_its_event_time_divided_by_the_speed(self, text, clock, first, count):
        wall = Wall()
        plan, speed = schedule(text, wall, clock, first), Pace.parse(text).speed
        for it in dispatch(plan, wall, first + count, first=first, most=50):
            after = (clock.timestamp(it.end - 1) - clock.timestamp(first)) / 1000 / speed
            assert it.at == pytest.approx(1000 + after, abs=CLOSE)

    @quick
    @given(speeds, clocks, st.integers(1, 100), costs, st.sampled_from(["catch-up", "stretch"]))
    def test_nothing_is_early_or_missing(self, text, clock, count, costs, late):
        wall = Wall()
        plan, speed = schedule(text, wall, clock, late=late), Pace.parse(text).speed
        delivered = dispatch(plan, wall, count, most=50, deliver=lambda number: costs[number % len(costs)])
        assert (delivered[0].start, delivered[-1].end, without_a_gap(delivered)) == (0, count, True)
        assert all(it.at >= 1000 + (it.end - 1) * clock.tick_ms / 1000 / speed - CLOSE for it in delivered)

    def test_a_window_is_a_tenth_of_a_second_of_wall_time_and_at_least_a_tick(self):
        wall = Wall()
        assert schedule("realtime", wall, MILLISECONDS).portions.longest(0) == 100
        assert schedule("60x", wall, MILLISECONDS).portions.longest(0) == 6000
        assert schedule("realtime", wall, SECONDS).portions.longest(0) == 1
        assert schedule("1000000x", wall, SECONDS).portions.longest(7) == 100_000

    def test_a_late_window_has_everything_that_is_due(self):
        wall = Wall()
        plan = schedule("realtime", wall, MILLISECONDS)
        plan.begin()
        wall.work(12.5)
        assert plan.portions.longest(2500) == 10_001
        assert plan.due(2500 + 10_001) == pytest.approx(wall.time)

    def test_the_number_of_records_does_not_matter(self):
        plan = schedule("realtime", Wall())
        assert plan.portions.records() is None
        assert plan.due_records(10**9) == 1000
        assert list(plan.portions.pieces(10**6)) == [slice(0, 10**6)]

    def test_a_resumed_run_starts_with_its_first_tick(self):
        wall = Wall()
        plan = schedule("realtime", wall, first_tick=5_000)
        assert [plan.due(5_001), plan.due(5_003)] == [1000, 1002]
        wall.work(60)
        assert plan.portions.longest(5_000) == 61


class TestByRate:
    @quick
    @given(st.sampled_from(["5000/s", "0.5/s", "7/s", "33.3 trx/s", "1000000/s"]), st.integers(1, 3000), costs)
    def test_no_record_is_early_or_missing(self, text, count, costs):
        wall = Wall()
        plan, rate = schedule(text, wall), Pace.parse(text).rate
        delivered = deliver_records(plan, wall, count, deliver=lambda number: costs[number % len(costs)])
        assert (delivered[0].start, delivered[-1].end, without_a_gap(delivered)) == (0, count, True)
        assert all(it.at >= 1000 + (it.end - 1) / rate - CLOSE for it in delivered)

    @quick
    @given(st.sampled_from(["5000/s", "0.5/s", "7/s", "33.3 trx/s"]), st.integers(1, 3000))
    def test_a_piece_is_delivered_when_its_last_record_is_due(self, text, count):
        wall = Wall()
        plan, rate = schedule(text, wall), Pace.parse(text).rate
        for it in deliver_records(plan, wall, count):
            assert it.at == pytest.approx(1000 + (it.end - 1) / rate, abs=CLOSE)
            assert it.end - it.start <= max(1, rate * PIECE * 1.2)

    def test_pieces_are_a_tenth_of_a_second_at_least_a_record(self):
        assert schedule("5000/s", Wall()).portions.records() == 500
        assert schedule("5/s", Wall()).portions.records() == 1
        assert schedule("0.01/s", Wall()).portions.records() == 1

    def test_a_late_piece_has_what_is_due_up_to_a_bound(self):
        wall = Wall()
        plan = schedule("5000/s", wall)
        plan.wait(plan.due_records(0))
        wall.work(3)
        assert plan.portions.records() == 15_000
        wall.work(DAY)
        assert plan.portions.records() == MOST_RECORDS

    def test_the_number_of_ticks_does_not_matter(self):
        wall = Wall()
        plan = schedule("5000/s", wall)
        assert plan.portions.longest(0) == ENDLESS
        assert plan.due(10**9) == 1000


class TestOnClock:
    """Event time is the wall clock, which starts at 1,000 s."""

    def test_a_tick_is_due_at_its_timestamp(self):
        wall = Wall(1_644_549_700.0)
        plan = schedule("realtime", wall, Clock(1_644_549_708_123, 1), on_clock=True)
        delivered = dispatch(plan, wall, 1000)
        assert delivered[0].at == pytest.approx(1_644_549_708.123 + 0.099, abs=CLOSE)

    @quick
    @given(
        st.integers(-1_000_000, 1_000_000),
        st.sampled_from([1, 10, 1000, 60_000]),
        st.floats(0, 20),
        st.floats(0, 0.04),
        st.integers(1, 10**5),
    )
    def test_the_past_is_delivered_at_once_and_the_rest_on_time_without_a_gap(
        self, start, tick_ms, created, cost, most
    ):
        wall, clock = Wall(), Clock(start, tick_ms)
        plan = schedule("realtime", wall, clock, on_clock=True)
        wall.work(created)
        ticks = min(10**5, max(1, int((1_060_000 - start) / tick_ms)))
        delivered = dispatch(plan, wall, ticks, most=max(most, ticks // 500), make=cost, deliver=lambda _: cost)
        assert (delivered[0].start, delivered[-1].end, without_a_gap(delivered)) == (0, ticks, True)
        assert all(it.at >= clock.timestamp(it.end - 1) / 1000 for it in delivered)
        assert plan.stretched == 0

    def test_the_past_is_no_lag_and_lag_starts_with_the_present(self):
        wall = Wall(1000.0 + DAY)
        plan = schedule("realtime", wall, Clock(1_000_000, 100), on_clock=True)
        delivered = dispatch(plan, wall, 10 * DAY + 3000, most=10_000, deliver=lambda _: 0.05)
        live = next(number for number, it in enumerate(delivered) if it.lag is not None)
        assert live >= 10 * DAY // 10_000
        assert all(it.lag is None for it in delivered[:live])
        assert all(it.at - it.due < PRESENT for it in delivered[live:])
        assert max(it.lag for it in delivered[live:]) < PRESENT + 0.05
        assert not plan.lag.backfilling
        assert plan.report(generated=1, confirmed=1).lag_max == max(it.lag for it in delivered[live:])

    def test_a_window_that_is_mostly_in_the_past_is_no_lag(self):
        wall = Wall(1000.0 + DAY)
        plan = schedule("realtime", wall, Clock(1_000_000, 100), on_clock=True)
        delivered = dispatch(plan, wall, 10 * DAY + 3000, deliver=lambda number: 0.01 if number else 100.0)
        assert delivered[0].end == 10 * DAY + 1
        assert [it.lag is None for it in delivered[:3]] == [True, True, False]
        assert delivered[2].lag < 0.1

    def test_a_run_that_never_reaches_the_present_has_no_lag(self):
        wall = Wall(1000.0 + DAY)
        plan = schedule("realtime", wall, Clock(1_000_000, 1000), on_clock=True)
        dispatch(plan, wall, 100, most=10, deliver=lambda _: 20.0)
        report = plan.report(generated=5, confirmed=5)
        assert (plan.lag.backfilling, plan.lag.latest, plan.lag.behind()) == (True, None, None)
        assert (report.lag_max, report.lag_p50, report.lag_p99) == (None, None, None)

    def test_a_run_without_waits_that_keeps_up_is_in_the_present(self):
        wall = Wall(1000.0 + DAY)
        plan = schedule("realtime", wall, Clock(1_000_000, 1), on_clock=True)
        delivered = dispatch(plan, wall, 1000 * DAY + 60_000, deliver=lambda _: 0.3)
        assert [it.lag is None for it in delivered[:3]] == [True, False, False]
        assert delivered[-1].lag == pytest.approx(0.3, abs=0.05)

    def test_late_confirmation_of_the_past_is_no_lag(self):
        wall = Wall(1500.0)
        plan = schedule("realtime", wall, SECONDS, on_clock=True)
        past, live = plan.due(1001), plan.due(1510)
        assert plan.wait(past)
        assert plan.wait(live)
        plan.lag.done(past)
        assert plan.lag.latest is None
        plan.lag.done(live)
        assert plan.lag.latest == 0

    def test_before_the_start_a_window_has_all_of_the_past(self):
        plan = schedule("realtime", Wall(1500.0), SECONDS, on_clock=True)
        assert plan.portions.longest(0) == 1501

    def test_a_run_waits_for_a_start_in_the_future(self):
        wall = Wall()
        plan = schedule("realtime", wall, Clock(1_060_000, 1000), on_clock=True)
        assert [it.at for it in dispatch(plan, wall, 2)] == pytest.approx([1060, 1061])

    @pytest.mark.parametrize("text", ["60x", "0.5x", "5/s", "5 trx/s"])
    def test_a_pace_other_than_the_clocks_is_refused(self, text):
        with pytest.raises(ModelError, match=rf"^pace: '{text}' cannot be kept .* use 'realtime'"):
            schedule(text, Wall(), on_clock=True)

    def test_stretch_is_refused(self):
        with pytest.raises(ModelError, match=r"^late: 'stretch' cannot be .* use 'catch-up'"):
            schedule("realtime", Wall(), on_clock=True, late="stretch")


class TestReport:
    def test_it_has_the_requested_and_the_actual_pace(self):
        wall = Wall()
        plan = schedule("60 x", wall, MILLISECONDS)
        dispatch(plan, wall, 600_000, deliver=lambda number: 0.5 if number == 98 else 0.02)
        report = plan.report(generated=5000, confirmed=4000)
        seconds = wall.time - 1000
        assert (report.asked, report.late, report.stretched) == ("60 x", "catch-up", 0)
        assert (report.generated_per_second, report.confirmed_per_second) == (5000 / seconds, 4000 / seconds)
        assert (report.reached, report.kept) == ("57.6x", True), "half a second of ten was still to be made up for"
        assert report.lag_max == pytest.approx(0.5)
        assert report.lag_p50 == pytest.approx(0.02, rel=0.05)
        assert report.lag_p99 == pytest.approx(0.5, rel=0.2)

    @pytest.mark.parametrize("late", ["catch-up", "stretch"])
    def test_it_has_the_actual_values_of_a_missed_pace(self, late):
        wall = Wall()
        plan = schedule("5000/s", wall, late=late)
        for piece in plan.portions.pieces(100_000):
            plan.wait(plan.due_records(piece.stop - 1))
            wall.work((piece.stop - piece.start) / 2500)
            plan.lag.done(plan.due_records(piece.stop - 1))
        report = plan.report(generated=0, confirmed=0)
        assert not report.kept
        assert 2400 < float(report.reached.removesuffix("/s").replace(",", "")) < 2600

    def test_records_waiting_for_a_commit_are_late_until_then(self):
        wall = Wall()
        plan = schedule("realtime", wall)
        for tick in range(1, 4):
            due = plan.due(tick)
            plan.wait(due)
            plan.lag.done(due, held=True)
        wall.work(1.5)
        plan.lag.committed()
        plan.lag.committed()
        report = plan.report(generated=3, confirmed=3)
        first, last = plan.due(1), plan.due(3)
        assert (report.lag_max, report.commit_lag_max) == (0, last + 1.5 - first)
        assert report.commit_lag_p50 == pytest.approx(last + 1.5 - plan.due(2), rel=0.05)

    def test_without_commits_there_is_no_commit_lag(self):
        plan = schedule("60x", Wall())
        plan.lag.done(plan.due(1))
        plan.lag.committed()
        assert plan.report(generated=1, confirmed=1).commit_lag_max is None

    def test_a_run_without_deliveries_has_a_report_too(self):
        report = schedule("60x", Wall()).report(generated=0, confirmed=None)
        assert (report.generated_per_second, report.confirmed_per_second, report.lag_max) == (0, None, None)


def test_time_is_the_wall_clock_if_event_time_is_and_a_monotonic_clock_otherwise():
    epoch, since = time.time(), time.monotonic()
    on_clock = Schedule(Pace.parse("realtime"), Clock(int(epoch * 1000) - 5000, 1000), on_clock=True)
    assert 6 <= on_clock.portions.longest(0) < 600
    assert since <= Schedule(Pace.parse("realtime"), SECONDS).due(1) <= time.monotonic()
