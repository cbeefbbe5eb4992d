from doge_datagen.monitor.tables import SECONDS, Rates, RecentRates
from doge_datagen.run.reporting.report import Progress


def after(*reports):
    recent = RecentRates()
    for at, events in reports:
        recent = recent.after(at, Progress(1, 9, events, {"trx": 2 * events}))
    return recent


def test_the_rate_is_unknown_at_first():
    assert after().rates(5.0) == Rates()
    assert after((1.0, 100)).rates(5.0) == Rates()


def test_a_rate_is_measured_between_reports():
    assert after((10.0, 100), (12.0, 300)).rates(12.0) == Rates(100.0, {"trx": 200.0})


def test_old_reports_do_not_count():
    recent = after((0.0, 0), (100.0, 1_000_000), (100.0 + SECONDS, 1_000_000 + 50))
    assert recent.rates(100.0 + SECONDS).events == 50 / SECONDS


def test_rare_reports_have_a_rate_too():
    assert after((0.0, 0), (60.0, 600)).rates(60.0).events == 10.0


def test_the_rate_of_a_stalled_run_falls():
    recent = after((0.0, 0), (1.0, 100))
    assert [recent.rates(now).events for now in (1.0, 2.0, 10.0)] == [100.0, 50.0, 10.0]


def test_a_new_stream_counts_from_zero():
    recent = RecentRates().after(0.0, Progress(1, 9, 0)).after(1.0, Progress(2, 9, 5, {"trx": 5}))
    assert recent.rates(1.0).records == {"trx": 5.0}


def test_two_simultaneous_reports_have_a_rate():
    assert after((1.0, 0), (1.0, 1)).rates(1.0).events > 0


def test_only_the_last_seconds_are_remembered():
    recent = after(*((number / 10, number) for number in range(1000)))
    assert len(recent.counts) <= 10 * SECONDS + 2


def test_without_reports_the_measured_interval_keeps_growing():
    assert after((0.0, 0), (4.0, 100), (5.0, 200)).rates(9.0).events == 20.0
