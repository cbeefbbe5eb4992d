"""The times of incidents. Significance is 1 in 1,000 for each test of a law; the seeds are fixed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from doge_datagen import Incident
from doge_datagen.errors import ModelError
from tests.incidents import DAY, INCIDENTS, SEED, START, market, spans

SIGNIFICANCE = 1e-3
LONG = market(3000, 1)


@pytest.mark.parametrize("value", ["eu", "us"])
def test_the_times_between_starts_follow_their_distribution(value):
    begins = np.concatenate([[START], spans(LONG, "cable", value).begins])
    gaps = np.diff(begins)
    assert len(gaps) > 900
    assert stats.kstest(gaps, stats.expon(scale=3 * DAY).cdf).pvalue > SIGNIFICANCE


def test_lengths_follow_their_distribution():
    actual = spans(LONG, "outage")
    lengths = actual.ends - actual.begins
    assert len(lengths) > 1300
    assert stats.kstest(np.log(lengths), stats.norm(np.log(3 * 3_600_000), 1).cdf).pvalue > SIGNIFICANCE


def test_gaps_and_lengths_are_independent():
    actual = spans(LONG, "bots")
    gaps, lengths = np.diff(actual.begins), (actual.ends - actual.begins)[1:]
    assert stats.kstest(gaps, stats.weibull_min(2, scale=3 * DAY).cdf).pvalue > SIGNIFICANCE
    assert stats.kstest(lengths / 3_600_000, stats.uniform(1, 8).cdf).pvalue > SIGNIFICANCE
    assert stats.spearmanr(gaps, lengths).pvalue > SIGNIFICANCE


def test_each_value_has_its_own_incidents():
    eu, us = (spans(LONG, "cable", value).begins[:900] for value in ("eu", "us"))
    assert stats.spearmanr(np.diff(eu), np.diff(us)).pvalue > SIGNIFICANCE


def test_constant_times_give_a_timetable():
    actual = spans(market(), "works")
    assert actual.begins[:3].tolist() == [START + 4 * DAY, START + 8 * DAY, START + 12 * DAY]
    assert set((actual.ends - actual.begins).tolist()) == {2 * 3_600_000}


def test_the_time_of_a_single_incident_is_local_to_its_zone():
    actual = spans(market(zone="Asia/Tokyo"), "sale")
    assert actual.begins.tolist() == [START + 4 * DAY - 9 * 3_600_000]


@pytest.mark.parametrize("days", [1, 5, 14])
def test_a_later_end_does_not_change_earlier_incidents(days):
    for name, value in (("outage", ""), ("cable", "us"), ("bots", "")):
        short, long = (spans(market(it), name, value) for it in (days, 60))
        count = len(short.begins)
        assert short.begins[-1] > START + days * DAY
        assert short.begins.tolist() == long.begins[:count].tolist()
        assert short.ends.tolist() == long.ends[:count].tolist()


def test_other_incidents_and_subjects_do_not_change_an_incident():
    other = replace(market(), incidents={"first": INCIDENTS["bots"], **INCIDENTS})
    assert spans(other, "outage").begins.tolist() == spans(market(), "outage").begins.tolist()
    assert spans(other, "first").begins.tolist() != spans(market(), "bots").begins.tolist()
    assert spans(market(), "outage", seed=8).begins.tolist() != spans(market(), "outage").begins.tolist()
    assert spans(market(count=3), "outage").begins.tolist() == spans(market(), "outage").begins.tolist()


def test_incidents_without_a_pause_are_an_error():
    model = replace(market(), incidents=INCIDENTS | {"bots": Incident(every="1 min", lasts="5 min")})
    with pytest.raises(ModelError, match=r"incidents\.bots: they follow one another without a pause"):
        spans(model, "bots")


@pytest.mark.slow
def test_too_many_incidents_are_an_error():
    model = replace(market(), incidents=INCIDENTS | {"bots": Incident(every="1 s", lasts="10 ms")})
    with pytest.raises(ModelError, match=r"incidents\.bots: there are more than 1,000,000 of them"):
        spans(model, "bots", seed=SEED)
