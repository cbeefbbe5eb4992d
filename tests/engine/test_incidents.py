"""The effect of incidents: exact waiting times, transitions at their edges, and identical output of both engines.

Significance is 1 in 1,000 for each test of a law; the seeds are fixed.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy import stats

from doge_datagen import Clock, Incident, Model, Population, Stream, Transition
from doge_datagen.engine.arriving.arrivals import ArrivalSchedule
from doge_datagen.engine.waiting.timelines import as_lists, columns_of, rhythm_tables
from doge_datagen.errors import CalculationError
from doge_datagen.numeric.timelines import elapsed
from doge_datagen.run.simulation.engine_choice import make_engine
from tests.engine.models import digest, records_of
from tests.incidents import DAY, SEED, SILENT, START, arriving, edges, market

SIGNIFICANCE = 1e-3
FIRST = 8
"""Waits tested per subject: every subject has at least this many, so that none is cut off by the end of the run."""
HOUR = 3_600_000
MARKET = market()
LONG_MARKET = market(60, 120)
WHO, TS, WHAT, REGION, DOWN, SEEN, CUT, BEGINS, ENDS, WORKS = range(10)


def under_way(result: list[int], moment: int) -> bool:
    return bisect_right(result, moment) % 2 == 1


def orders_of(model: Model) -> list[tuple[Any, ...]]:
    return [fields for _, _, _, fields in records_of(model.spec, SEED, engine="interpreted")["orders"]]


@cache
def orders() -> list[tuple[Any, ...]]:
    return orders_of(MARKET)


@cache
def of_two_months() -> list[tuple[Any, ...]]:
    return orders_of(LONG_MARKET)


def events(what: str, among: list[tuple[Any, ...]] | None = None) -> list[tuple[Any, ...]]:
    return [it for it in among or orders() if it[WHAT] == what]


# -- values -----------------------------------------------------------------------------------------------------------


def test_a_name_is_true_while_its_incident_is_under_way():
    outage, works = edges(MARKET, "outage"), edges(MARKET, "works")
    cables = {region: edges(MARKET, "cable", region) for region in ("eu", "us")} | {"asia": []}
    for it in orders():
        assert it[DOWN] == under_way(outage, it[TS])
        assert it[CUT] == under_way(cables[it[REGION]], it[TS])
        assert it[WORKS] == (it[REGION] == "eu" and under_way(works, it[TS]))
    assert {it[DOWN] for it in orders()} == {it[CUT] for it in orders()} == {True, False}


def test_start_and_end_are_those_of_the_current_or_next_incident():
    outage = edges(MARKET, "outage")
    for it in orders():
        index = bisect_right(outage, it[TS]) // 2 * 2
        assert [it[BEGINS], it[ENDS]] == outage[index : index + 2]


# -- rates ------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_rate_of_0_while_an_incident_is_under_way_is_exact_to_the_moment():
    assert len(events("buy", of_two_months())) > 10_000
    assert not any(it[DOWN] for it in events("buy", of_two_months()))
    assert all(it[DOWN] for it in events("give_up", of_two_months()))


def test_the_edges_themselves_are_exact():
    """Half a second up, half a second down, with events in every millisecond."""
    model = Model(
        "edges",
        Population("one", 300),
        ["on"],
        "on",
        [Transition("up", "on", rate="1_000_000/d", when="not outage", emit="ups")],
        {"ups": Stream({"ts": "timestamp"})},
        Clock(START, 1, 10_000),
        incidents={"outage": Incident(every="1 s", lasts="500 ms")},
    )
    actual = {
        (at - START) % 1000
        for at, *_ in records_of(model.spec, SEED, engine="interpreted")["ups"]
        if at >= START + 1000
    }
    assert actual == set(range(500, 1000))


@pytest.mark.slow
@pytest.mark.parametrize("what", ["buy", "give_up"])
def test_the_waits_of_a_rate_are_exponential_by_its_integral(what):
    """Time is measured by the integral of the rate, and stops while a subject is away."""
    outage, sale = edges(LONG_MARKET, "outage"), edges(LONG_MARKET, "sale")
    knots = sorted({START, *outage, *sale, START + 60 * DAY})
    rate = {True: {"buy": 0.0, "give_up": 8.0}, False: {"buy": 3.0, "give_up": 0.0}}

    def level(moment: int) -> float:
        return rate[under_way(outage, moment)][what] * (4 if what == "buy" and under_way(sale, moment) else 1)

    parts = [level(it) * (to - it) / DAY for it, to in pairwise(knots)]
    sums = np.concatenate([[0.0], np.cumsum(parts)])
    passed = []
    for rows in _by_subject(of_two_months()).values():
        here, since, spent, waits = True, START, 0.0, list[float]()
        for it in rows:
            spent += np.interp(it[TS], knots, sums) - np.interp(since, knots, sums) if here else 0.0
            since = it[TS]
            if it[WHAT] == what:
                waits.append(spent)
                spent = 0.0
            here = it[WHAT] == "back" or (here and it[WHAT] != "give_up")
        passed += waits[:FIRST]
    assert len(passed) == 120 * FIRST
    assert stats.kstest(passed, "expon").pvalue > SIGNIFICANCE


def _by_subject(orders: list[tuple[Any, ...]]) -> dict[int, list[tuple[Any, ...]]]:
    result: dict[int, list[tuple[Any, ...]]] = {}
    for it in orders:
        result.setdefault(it[WHO], []).append(it)
    return result


@pytest.mark.slow
def test_the_waits_of_a_rate_with_a_rhythm_are_exponential_by_their_integral():
    """All subjects browse in a rhythm, which bots multiply, and less while their region's cable is cut."""
    model = Model(
        "browsers",
        Population("one", 400),
        ["on"],
        "on",
        [Transition("browse", "on", rate="0.5/d if cable['eu'] else 2/d", rhythm="busy", emit="orders")],
        {"orders": Stream({"who": "index", "ts": "timestamp"})},
        Clock(START, 1, 40 * DAY),
        incidents=SILENT,
        rhythms=MARKET.rhythms,
    )
    cut = edges(model, "cable", "eu")
    table = as_lists(columns_of(rhythm_tables(model.program, SEED)[0]))
    knots = sorted({START, *(it for it in cut if it < START + 41 * DAY), START + 41 * DAY})
    parts = [(it, to, 0.5 if under_way(cut, it) else 2.0) for it, to in pairwise(knots)]
    before = np.concatenate([[0.0], np.cumsum([rate * elapsed(table, it, to) / DAY for it, to, rate in parts])])

    def integral(moment: int) -> float:
        index = bisect_right(knots, moment) - 1
        return float(before[index] + parts[index][2] * elapsed(table, knots[index], moment) / DAY)

    moments: dict[int, list[float]] = {who: [0.0] for who in range(400)}
    for at, _, _, (who, _) in records_of(model.spec, SEED, engine="interpreted")["orders"]:
        moments[who].append(integral(at))
    waits = np.concatenate([np.diff(each[:31]) for each in moments.values()])
    assert len(waits) == 400 * 30
    assert stats.kstest(waits, "expon").pvalue > SIGNIFICANCE


# -- moments ----------------------------------------------------------------------------------------------------------


def test_every_subject_notices_a_start_once_at_that_moment():
    begins = [it for it in edges(MARKET, "outage")[::2] if it < START + 14 * DAY]
    assert len(begins) > 3
    noticed = Counter(it[TS] for it in events("notice"))
    assert noticed == dict.fromkeys(begins, 40)
    assert all(it[SEEN] == begins.index(it[TS]) + 1 for it in events("notice"))


def test_an_end_brings_back_every_subject_that_gave_up():
    ends = edges(MARKET, "outage")[1::2]
    gave_up = Counter(bisect_right(ends, it[TS]) for it in events("give_up"))
    back = Counter(ends.index(it[TS]) for it in events("back"))
    assert gave_up == back
    assert sum(back.values()) > 20


def test_a_moment_before_a_start_fires_once_per_incident_that_affects_the_subject():
    times = [START + days * DAY - 600_000 for days in (4, 8, 12)]
    heard = Counter((it[TS], it[REGION]) for it in events("hear"))
    in_eu = sum(it[0][REGION] == "eu" for it in _by_subject(orders()).values())
    assert heard == {(at, "eu"): in_eu for at in times}


@pytest.mark.parametrize(
    ("moment", "offset"), [("works.ends + 1 h", 3 * HOUR), ("works.ends - 3 h", -HOUR), ("works.begins", 0)]
)
def test_a_moment_next_to_an_edge_fires_despite_other_events_in_between(moment, offset):
    transitions = [
        Transition("tick", "on", rate="50/d"),
        Transition("late", "on", at=moment, emit="orders"),
    ]
    model = Model(
        "late",
        Population("one", 20),
        ["on"],
        "on",
        transitions,
        {"orders": Stream({"who": "index"})},
        Clock(START, 1, 14 * DAY),
        incidents={"works": Incident(every="4 d", lasts="2 h")},
    )
    rows = records_of(model.spec, SEED, engine="interpreted")["orders"]
    assert Counter(at for at, *_ in rows) == {START + days * DAY + offset: 20 for days in (4, 8, 12)}


# -- arrivals ---------------------------------------------------------------------------------------------------------


def _arrivals(model: Model) -> np.ndarray[Any, Any]:
    schedule = ArrivalSchedule(model.program, SEED)
    hours = range(-(-model.clock.ticks // HOUR))
    return np.concatenate([schedule.moments(hour) for hour in hours]) + START


@pytest.mark.parametrize("rhythm", [None, "busy"])
def test_arrivals_follow_the_integral_of_their_rate(rhythm):
    model = arriving("2000/d * (0.1 if outage else 1) * (3 if sale else 1)", 60, rhythm)
    actual = _arrivals(model)
    knots = sorted({START, *edges(model, "outage"), *edges(model, "sale"), START + 60 * DAY})
    knots = [it for it in knots if it <= START + 60 * DAY]
    table = None if rhythm is None else as_lists(columns_of(rhythm_tables(model.program, SEED)[0]))
    means = []
    for it, to in pairwise(knots):
        factor = (0.1 if under_way(edges(model, "outage"), it) else 1) * (
            3 if under_way(edges(model, "sale"), it) else 1
        )
        means.append(2000 / DAY * factor * (to - it if table is None else elapsed(table, it, to)))
    counts = np.histogram(actual, knots)[0]
    expected = np.array(means)
    counts, expected = counts[expected > 5], expected[expected > 5]
    statistic = ((counts - expected) ** 2 / expected).sum()
    assert SIGNIFICANCE / 2 < stats.chi2.sf(statistic, len(expected)) < 1 - SIGNIFICANCE / 2


def test_a_rate_of_arrivals_that_becomes_negative_is_an_error():
    with pytest.raises(CalculationError, match=r"subjects\.arrive\.rate"):
        _arrivals(arriving("1/d - 2/d * int(sale)"))


# -- engines ----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    "kwargs", [{}, {"length": 5 * HOUR}, {"workers": 2}, {"workers": 4, "length": 3 * DAY}], ids=str
)
def test_both_engines_give_the_same_bits_with_any_windows_and_workers(kwargs):
    expected = records_of(MARKET.spec, SEED, engine="interpreted", length=DAY)
    assert records_of(MARKET.spec, SEED, engine="compiled", **kwargs) == expected


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["interpreted", "compiled"])
def test_merged_slices_equal_the_whole_run(engine):
    parts = [records_of(MARKET.spec, SEED, engine=engine, subjects=range(it, 40, 3)) for it in range(3)]
    for stream, rows in records_of(MARKET.spec, SEED, engine="interpreted").items():
        assert sorted(it for part in parts for it in part[stream]) == sorted(rows)


@pytest.mark.slow
def test_after_a_warm_up_incidents_equal_those_of_a_run_that_started_earlier():
    earlier = records_of(market(17, start=START - 3 * DAY).spec, SEED, engine="interpreted")
    actual = records_of(market(14, warm_up=3 * DAY).spec, SEED, engine="interpreted")
    assert actual["orders"] == [it for it in earlier["orders"] if it[0] >= START]
    assert [it for it in actual["log"] if it[0] > START] == [it for it in earlier["log"] if it[0] > START]


@pytest.mark.slow
def test_once_per_tick_incidents_are_values_of_actions_and_fields():
    model = Model(
        "lamps",
        Population("lamp", 30, {"bright": 0}),
        ["on"],
        "on",
        [Transition("glow", "on", "on", 5, do="bright += 0 if outage else 1", emit="glows")],
        {"glows": Stream({"ts": "timestamp", "down": "outage", "bright": "bright", "next": "outage.begins"})},
        Clock(START, HOUR, 400),
        incidents={"outage": Incident(every="exponential(mean=2 d)", lasts="10 h")},
    )
    actual = edges(model, "outage")
    expected = records_of(model.spec, SEED, engine="interpreted")["glows"]
    assert {down for _, _, _, (_, down, _, _) in expected} == {True, False}
    assert all(down == under_way(actual, at) for at, _, _, (_, down, _, _) in expected)
    assert records_of(model.spec, SEED, engine="compiled")["glows"] == expected


def test_a_checkpoint_is_taken_and_restored_during_an_incident():
    whole = records_of(MARKET.spec, SEED, engine="interpreted")
    begin = edges(MARKET, "outage")[0] - START + 60_000
    first, second = (make_engine(MARKET.program, SEED, engine=it) for it in ("interpreted", "compiled"))
    before = dict.fromkeys(whole, 0)
    for name, batch in first.window(begin).batches:
        before[name] += len(batch)
    second.restore(first.checkpoint())
    rest = {name: len(batch) for name, batch in second.window(MARKET.clock.ticks).batches}
    while second.tick < MARKET.clock.ticks:
        for name, batch in second.window(MARKET.clock.ticks).batches:
            rest[name] += len(batch)
    assert {name: before[name] + rest[name] for name in rest} == {name: len(whole[name]) for name in rest}
    second.close()


def test_the_records_are_unchanged():
    assert digest(records_of(MARKET.spec, SEED, engine="interpreted")) == "811ace4e288e4727"
