"""The laws of rhythms, and that both engines follow them bit for bit.

Significance is 1 in 1,000 for each test of a law; the seed is fixed.
"""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats

from doge_datagen import Clock, Holidays, Model, Period, Population, Rhythm, Stream, Transition
from doge_datagen.numeric.timelines import after, elapsed
from tests.engine.models import digest
from tests.rhythms import DAY, EVENING, HOUR, OFFICE, START, columns

SIGNIFICANCE = 1e-3
BUSY = replace(EVENING, growth="10 %/week", periods=[Period("sale", "2026-01-08", "2026-01-10 12:00", 4)])
RHYTHMS = {"evening": EVENING, "office": OFFICE, "busy": BUSY}


def model(
    *transitions: Transition, states: Any = ("on",), days: int = 14, count: int = 300, **rhythms: Rhythm
) -> Model:
    fed = [replace(it, emit="e") for it in transitions]
    streams = {"e": Stream({"time": "timestamp", "user": "index", "trigger": "trigger"})}
    clock = Clock(START, 1, days * DAY)
    return Model("m", Population("user", count), states, "on", fed, streams, clock, rhythms=RHYTHMS | rhythms)


def events(of: Model, **kwargs: Any) -> list[tuple[int, int, str]]:
    """The moment, subject and trigger of each event."""
    table = of.table("e", seed=7, **({"engine": "interpreted"} | kwargs))
    return [
        (round(row["time"].timestamp() * 1000), row["user"], row["trigger"])
        for row in sorted(table.to_pylist(), key=lambda row: (row["time"], row["user"]))
    ]


def go(trigger: str = "go", to: str | None = "on", **kwargs: Any) -> Transition:
    return Transition(trigger, "on", to, **kwargs)


def follows(moments: list[int], rhythm: Rhythm, days: int, expected: float) -> bool:
    """Assert that counts per 3 hours are those of a Poisson process with a rhythm (chi-square)."""
    table, edges = columns(rhythm), [START + it * HOUR for it in range(0, days * 24 + 1, 3)]
    each = [expected * elapsed(table, begin, end) for begin, end in itertools.pairwise(edges)]
    counts = np.histogram(moments, edges)[0]
    means = np.array(each)
    assert counts[means == 0].sum() == 0
    counts, means = counts[means > 0], means[means > 0]
    assert means.min() > 5
    return bool(stats.chi2.sf(((counts - means) ** 2 / means).sum(), len(means)) > SIGNIFICANCE)


@pytest.mark.slow
@pytest.mark.parametrize("name", RHYTHMS)
def test_counts_of_three_hours_follow_the_integral(name):
    moments = [moment for moment, _, _ in events(model(go(rate="12/d", rhythm=name), count=150))]
    assert follows(moments, RHYTHMS[name], 14, 150 * 12 / DAY)


@pytest.mark.slow
def test_a_rate_with_a_rhythm_has_its_own_mean_over_a_week():
    actual = events(model(go(rate="3/d", rhythm="evening"), days=7, count=2000))
    assert abs(len(actual) - 2000 * 21) < 3.3 * (2000 * 21) ** 0.5


@pytest.mark.slow
def test_rates_that_share_a_rhythm_compete_in_proportion():
    actual = events(model(go("a", rate="3/d", rhythm="evening"), go("b", rate="9/d", rhythm="evening"), count=150))
    counts = Counter(trigger for _, _, trigger in actual)
    total = counts.total()
    assert stats.chisquare([counts["a"], counts["b"]], [total / 4, total * 3 / 4]).pvalue > SIGNIFICANCE
    assert follows([moment for moment, _, _ in actual], EVENING, 14, 150 * 12 / DAY)


@pytest.mark.slow
def test_rates_with_different_rhythms_compete_independently():
    transitions = go("a", rate="8/d", rhythm="evening"), go("b", rate="12/d", rhythm="office"), go("c", rate="5/d")
    actual = events(model(*transitions, count=150))
    for trigger, rhythm, rate in (("a", EVENING, 8), ("b", OFFICE, 12), ("c", Rhythm(), 5)):
        moments = [moment for moment, _, name in actual if name == trigger]
        assert follows(moments, rhythm, 14, 150 * rate / DAY), trigger


def test_a_state_that_is_left_at_once_uses_the_rhythm_of_that_moment():
    leave = Transition("leave", "on", "off", rate="2/d", rhythm="evening")
    firsts = [moment for moment, _, _ in events(model(leave, states=("on", "off"), count=3000))]
    table = columns(EVENING)
    passed = [elapsed(table, START, moment) for moment in firsts]
    assert len(firsts) == 3000
    assert stats.kstest(passed, stats.expon(scale=DAY / 2).cdf).pvalue > SIGNIFICANCE


def test_a_timer_with_a_rhythm_runs_on_its_clock():
    one = model(Transition("done", "on", "off", after="12 h", rhythm="office"), states=("on", "off"), count=1)
    friday_nine = START + DAY + 8 * HOUR  # the first of January 2026 is a thursday; nine is at eight in UTC
    assert events(one) == [(friday_nine + 4 * HOUR, 0, "done")]


def test_a_periodic_transition_runs_on_its_clock():
    actual = [moment for moment, _, _ in events(model(go(to=None, every="4 h", rhythm="office"), count=1, days=5))]
    thursday, friday, monday = (START + day * DAY for day in (0, 1, 4))
    one, five = 12 * HOUR, 16 * HOUR
    assert actual == [thursday + one, thursday + five, friday + one, friday + five, monday + one, monday + five]


def test_a_dwell_time_runs_on_the_clock_of_its_state():
    states = {"on": {"dwell": "20 h", "rhythm": "office"}, "off": None}
    actual = events(model(Transition("leave", "on", "off", weight=1), states=states, count=1))
    assert actual == [(START + 4 * DAY + 12 * HOUR, 0, "leave")]


def test_a_random_wait_follows_its_law_on_the_clock_of_its_rhythm():
    transitions = Transition("leave", "on", "off", after="1 d * expovariate(1)", rhythm="evening")
    firsts = [moment for moment, _, _ in events(model(transitions, states=("on", "off"), count=2000, days=30))]
    table = columns(EVENING)
    passed = [elapsed(table, START, moment) for moment in firsts]
    assert stats.kstest(passed, stats.expon(scale=DAY).cdf).pvalue > SIGNIFICANCE


def test_a_rate_of_zero_never_fires():
    stopped = Rhythm(periods=[Period("end", "2026-01-02", "2026-01-03", ramp=(0, 0), hold=True)])
    transitions = go(rate="24/d", rhythm="stopped"), Transition("late", "on", "off", after="25 h", rhythm="stopped")
    actual = events(model(*transitions, states=("on", "off"), stopped=stopped))
    assert {trigger for _, _, trigger in actual} == {"go"}
    assert max(moment for moment, _, _ in actual) <= START + DAY


EVERYTHING = (
    go("a", rate="3/d", rhythm="evening"),
    go("b", rate="1/d", rhythm="evening"),
    go("c", rate="0.5/d"),
    go("d", to=None, rate="2/d * (1 + index % 3)", rhythm="office"),
    go("e", to="off", rate="1/d", rhythm="busy"),
    Transition("f", "off", "on", after="8 h", rhythm="office"),
    Transition("g", "off", None, every="2 h * expovariate(1)", rhythm="busy"),
    Transition("h", "off", "work", rate="1/d"),
    Transition("i", "work", "on", weight=1),
)
STATES = {"on": None, "off": None, "work": {"dwell": "3 h", "rhythm": "office"}}


GOLDEN = "7d2c930647208519"
"""The digest of the records of ``EVERYTHING``; if it changes, every run with rhythms does."""


@pytest.mark.slow
def test_both_engines_and_any_workers_give_the_same_records():
    one = model(*EVERYTHING, states=STATES, count=150)
    reference = one.table("e", seed=3, engine="interpreted")
    assert digest(events(one)) == GOLDEN
    assert len(set(reference["trigger"].to_pylist())) == len(EVERYTHING)
    for kwargs in (
        {"engine": "compiled"},
        {"engine": "compiled", "workers": 2},
        {"engine": "interpreted", "window": 7_777_777},
    ):
        assert one.table("e", seed=3, **kwargs).equals(reference), kwargs


def test_a_longer_run_starts_like_a_shorter_one():
    short, long = (model(*EVERYTHING, states=STATES, count=50, days=days) for days in (3, 9))
    first = events(short)
    assert events(long)[: len(first)] == first


def test_each_transition_with_its_own_rhythm_has_its_own_draws():
    transitions = go("a", rate="8/d", rhythm="evening"), go("b", rate="8/d", rhythm="other")
    actual = events(model(*transitions, count=50, other=EVENING))
    times = {trigger: {it[:2] for it in actual if it[2] == trigger} for trigger in "ab"}
    assert not times["a"] & times["b"]


def test_both_engines_know_holidays():
    quiet = Rhythm("Europe/Warsaw", holidays=Holidays("PL", 0))
    one = model(go(rate="12/d", rhythm="quiet"), quiet=quiet, count=50, days=7)
    new_year, epiphany = START - HOUR, START + 5 * DAY - HOUR
    moments = [moment for moment, _, _ in events(one)]
    assert moments
    assert not any(begin <= moment < begin + DAY for begin in (new_year, epiphany) for moment in moments)


@pytest.mark.slow
@pytest.mark.parametrize("kwargs", [{"rate": "12/d"}, {"probability": 2}])
def test_both_engines_measure_elapsed_on_the_clock_of_a_rhythm(kwargs):
    fields = {"ts": "timestamp", "since": "begun", "worked": "elapsed(begun, timestamp, office)"}
    one = Model(
        "m",
        Population("user", 40, {"begun": "timestamp - 9 d", "seen": "0 s"}),
        ["on"],
        "on",
        [go(do="seen = elapsed(begun, timestamp, office)\nrequire(seen >= 16 h)\nbegun += 1 d", emit="e", **kwargs)],
        {"e": Stream(fields)},
        Clock(START, HOUR, 240),
        rhythms=RHYTHMS,
    )
    actual = one.table("e", seed=7, engine="interpreted")
    table = columns(OFFICE)
    for row in actual.to_pylist():
        since, until = (round(row[name].timestamp() * 1000) for name in ("since", "ts"))
        assert as_milliseconds(row["worked"]) == elapsed(table, since, until)
    assert actual.num_rows > 50
    assert one.table("e", seed=7, engine="compiled").equals(actual)


def as_milliseconds(value: Any) -> int:
    return round(value.total_seconds() * 1000) if hasattr(value, "total_seconds") else int(value)


def test_after_is_what_the_engine_uses():
    table = columns(OFFICE)
    assert after(table, START, 12.0 * HOUR) == START + DAY + 12 * HOUR
