"""A generator with a pace, on a wall clock that the tests control."""

import hashlib
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doge_datagen import AlreadyStartedError, DataOnlineGenerator, EventSink, ModelError, SubjectFactory
from doge_datagen.run.pacing.pace import Pace
from doge_datagen.run.pacing.schedule import SLICE, Schedule
from tests.run.wall import Wall

TICK = 1000


class Numbers(SubjectFactory):
    def __init__(self, wall=None, seconds=0):
        self.made, self.wall, self.seconds = 0, wall, seconds

    def create(self):
        self.made += 1
        if self.wall:
            self.wall.work(self.seconds)
        return [self.made]


class Recorder(EventSink):
    """A sink that records events and the second of their arrival; collecting takes a given time."""

    delivered = 0

    def __init__(self, wall, seconds=0.0):
        self.wall, self.seconds, self.log, self.at, self.closed = wall, seconds, [], [], 0

    def collect(self, timestamp, subject, transition):
        self.log.append((timestamp, subject[0], transition.trigger))
        self.at.append(self.wall.time - 1000)
        self.wall.work(self.seconds)
        self.delivered += 1

    def close(self):
        self.closed += 1


class Quiet(EventSink):
    def collect(self, timestamp, subject, transition):
        pass


def generator(sink, *, chance=100, subjects=2, ticks=5, factory=None, **options):
    datagen = DataOnlineGenerator(
        ["x", "y"], "x", factory or Numbers(), subjects, TICK, ticks, 7_000_000, seed=7, **options
    )
    datagen.add_transition("go", "x", "y", chance, event_sinks=[sink])
    datagen.add_transition("back", "y", "x", chance, event_sinks=[sink])
    return datagen


@pytest.fixture(scope="module")
def wall():
    """The wall clock of all schedules in this file; each test sets it to 1,000 s."""
    created = Wall()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("doge_datagen.generator.Schedule", partial(Schedule, now=created.now, sleep=created.sleep))
        yield created


@pytest.fixture(autouse=True)
def _at_the_beginning(wall):
    wall.time, wall.slept = 1000.0, []


@pytest.mark.parametrize(("pace", "speed"), [("realtime", 1), ("2x", 2), ("0.5x", 0.5), (Pace.parse("4x"), 4)])
def test_ticks_follow_the_pace_and_the_first_is_immediate(wall, pace, speed):
    sink = Recorder(wall)
    generator(sink).start(pace=pace)
    assert [it[0] for it in sink.log] == [7_000_000 + TICK * tick for tick in range(5) for _ in range(2)]
    assert sink.at == pytest.approx([tick / speed for tick in range(5) for _ in range(2)])


@pytest.mark.parametrize("rate", [1, 0.5, 4, 1000])
def test_at_a_rate_a_tick_waits_until_one_more_event_is_due(wall, rate):
    sink = Recorder(wall)
    generator(sink).start(pace=f"{rate}/s")
    assert sink.at == pytest.approx([2 * tick / rate for tick in range(5) for _ in range(2)])


def test_without_a_pace_there_is_no_wait(wall):
    report = generator(Recorder(wall)).start()
    assert (wall.slept, report.pace) == ([], None)


@settings(max_examples=30)
@given(
    st.sampled_from(["realtime", "7x", "3/s", "1000/s"]),
    st.sampled_from(["catch-up", "stretch"]),
    st.floats(0, 3),
    st.floats(1, 50),
)
def test_events_and_their_order_do_not_depend_on_the_pace(wall, pace, late, seconds, chance):
    plain, paced = Recorder(wall), Recorder(wall, seconds)
    first = generator(plain, chance=chance, subjects=5, ticks=40).start()
    second = generator(paced, chance=chance, subjects=5, ticks=40).start(pace=pace, late=late, stop=lambda: False)
    assert hashlib.sha256(repr(plain.log).encode()).digest() == hashlib.sha256(repr(paced.log).encode()).digest()
    assert (first.events, first.transitions, first.seed) == (second.events, second.transitions, second.seed)


def test_a_slow_factory_is_not_lag(wall):
    sink = Recorder(wall)
    report = generator(sink, factory=Numbers(wall, 30)).start(pace="realtime")
    assert sink.at == pytest.approx([60 + tick for tick in range(5) for _ in range(2)])
    assert report.pace.lag_max == 0


def test_a_delay_of_a_sink_is_caught_up(wall):
    sink = Recorder(wall)
    sink.collect = lambda timestamp, *_: (
        wall.work(3.5 if timestamp == 7_001_000 else 0) or sink.at.append(wall.time - 1000)
    )
    sink.delivered = None
    report = generator(sink, subjects=1, ticks=8).start(pace="realtime")
    assert sink.at == pytest.approx([0, 4.5, 4.5, 4.5, 4.5, 5, 6, 7])
    assert (report.pace.lag_max, report.pace.lag_p50) == (pytest.approx(3.5), 0)


def test_with_stretch_the_ticks_after_a_delay_keep_their_distance(wall):
    sink = Recorder(wall)
    sink.collect = lambda timestamp, *_: (
        wall.work(3.5 if timestamp == 7_001_000 else 0) or sink.at.append(wall.time - 1000)
    )
    sink.delivered = None
    report = generator(sink, subjects=1, ticks=6).start(pace="realtime", late="stretch")
    assert sink.at == pytest.approx([0, 4.5, 4.5, 5.5, 6.5, 7.5])
    assert (report.pace.late, report.pace.stretched) == ("stretch", pytest.approx(2.5))


def test_the_report_has_the_requested_pace_and_the_rates_and_lag(wall):
    report = generator(Recorder(wall, 0.1)).start(pace="realtime")
    assert (report.events, report.pace.asked, report.pace.late) == (10, "realtime", "catch-up")
    assert report.pace.generated_per_second == report.pace.confirmed_per_second == pytest.approx(10 / 4.2)
    assert report.pace.lag_max == pytest.approx(0.2)
    assert report.pace.lag_p50 == pytest.approx(0.2, rel=0.05)


def test_confirmed_is_unknown_if_a_sink_does_not_count(wall):
    assert generator(Quiet()).start(pace="realtime").pace.confirmed_per_second is None


def test_progress_includes_the_lag(wall):
    reports = []
    generator(Recorder(wall, 0.1)).start(pace="realtime", progress=reports.append)
    assert reports[-1].lag == pytest.approx(0.2)


def test_progress_has_no_lag_without_a_pace(wall):
    reports = []
    generator(Recorder(wall)).start(progress=reports.append)
    assert reports[-1].lag is None


def test_a_run_ends_after_the_last_event_and_its_time_is_one_tick_past_the_last(wall):
    datagen = DataOnlineGenerator(["x", "y"], "x", Numbers(), 1, TICK, 100, seed=7)
    datagen.add_transition("go", "x", "y", 100)
    datagen.start(pace="realtime")
    assert (datagen.timestamp, wall.time) == (100 * TICK, 1000)


def test_event_time_does_not_advance_while_the_run_waits_for_a_tick(wall):
    datagen, seen = generator(Recorder(wall)), []
    datagen.start(pace="realtime", stop=lambda: bool(seen.append((wall.time, datagen.timestamp))))
    assert {timestamp for now, timestamp in seen if 1000 < now < 1001} == {7_000_000}


class TestStop:
    def test_stop_ends_a_run_that_waits_for_a_tick_and_closes_the_sinks(self, wall):
        sink = Recorder(wall)
        datagen = generator(sink)
        report = datagen.start(pace="realtime", stop=lambda: wall.time >= 1001.5)
        assert (report.events, report.sinks[0].delivered, sink.closed) == (4, 4, 1)
        assert sum(wall.slept) <= 1.5 + 2 * SLICE
        assert datagen.timestamp == 7_002_000

    def test_stop_ends_a_run_without_a_pace_before_the_next_tick(self, wall):
        sink, requested = Recorder(wall), []
        report = generator(sink).start(stop=lambda: bool(requested.append(1)) or len(requested) == 4)
        assert (report.events, len(sink.log), sink.closed, len(requested)) == (6, 6, 1, 4)

    def test_stop_is_called_before_the_first_tick(self, wall):
        sink = Recorder(wall)
        datagen = generator(sink)
        report = datagen.start(pace="1/s", stop=lambda: True)
        assert (report.events, sink.closed, datagen.timestamp) == (0, 1, 7_000_000)
        assert report.pace.lag_max is None

    def test_progress_ends_where_the_run_was_stopped(self, wall):
        reports = []
        generator(Recorder(wall)).start(pace="realtime", stop=lambda: wall.time >= 1001.5, progress=reports.append)
        assert (reports[-1].ticks_done, reports[-1].ticks, reports[-1].events) == (2, 5, 4)

    def test_the_events_delivered_are_a_prefix_of_the_full_run(self, wall):
        whole, part = Recorder(wall), Recorder(wall)
        generator(whole, chance=20, subjects=5, ticks=40).start()
        generator(part, chance=20, subjects=5, ticks=40).start(pace="2x", stop=lambda: wall.time > 1010)
        assert 0 < len(part.log) < len(whole.log)
        assert part.log == whole.log[: len(part.log)]


@pytest.mark.parametrize(
    ("kwargs", "problem"),
    [
        ({"pace": "5 trx/s"}, r"^pace: '5 trx/s': a generator has no streams. Hint: give '5/s' for all events"),
        ({"pace": "1234567.5 trx/s"}, r"give '1,234,567.5/s'"),
        ({"pace": "fast"}, "^pace: 'fast' is not a pace"),
        ({"pace": 60}, "^pace: 60 is not a pace"),
        ({"pace": "60x", "late": "drop"}, "^late: 'drop' is unknown"),
        ({"late": "drop"}, "^late: 'drop' is unknown"),
    ],
)
def test_an_invalid_pace_is_rejected_before_anything_starts(wall, kwargs, problem):
    sink = Recorder(wall)
    datagen = generator(sink)
    with pytest.raises(ModelError, match=problem):
        datagen.start(**kwargs)
    assert (datagen.subject_factory.made, sink.closed) == (0, 0)
    assert datagen.start().events == 10
    with pytest.raises(AlreadyStartedError):
        datagen.start(pace="realtime")
