"""How subjects arrive and leave: the law of arrivals, identical output of both engines, and memory after departure.

Significance is 1 in 1,000 for each test of a law; the seeds are fixed.
"""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy import stats

from doge_datagen import Arrival, Clock, Model, Period, Population, Rhythm, Stream, Transition
from doge_datagen.engine.arriving.arrivals import (
    FEW,
    ArrivalQueue,
    ArrivalSchedule,
    ExpectedArrivals,
    moments_after,
    uniform_numbers,
)
from doge_datagen.errors import CalculationError
from doge_datagen.numeric.timelines import after, elapsed
from tests.engine.arriving.arriving_models import (
    ENGINES,
    EVERYBODY,
    RHYTHMS,
    SEED,
    arriving,
    engine_of,
    records,
    whole,
)
from tests.rhythms import DAY, EVENING, HOUR, START, columns

SIGNIFICANCE = 1e-3


def moments(model: Model, seed: int = SEED) -> np.ndarray[Any, Any]:
    """The arrival moments of all but the initial subjects, in milliseconds since the epoch."""
    schedule = ArrivalSchedule(model.program, seed)
    hours = range(-(-model.clock.ticks // HOUR))
    actual = np.concatenate([schedule.moments(hour) for hour in hours])
    return actual[model.subjects.at_start :] + model.clock.start


# -- the law of arrivals ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rhythm", [None, *RHYTHMS])
def test_arrivals_per_hour_are_poisson_with_the_rhythms_integral(rhythm: str | None):
    model = arriving(14, rate="3000/d", rhythm=rhythm)
    edges = [START + it * HOUR for it in range(14 * 24 + 1)]
    table = None if rhythm is None else columns(RHYTHMS[rhythm])
    means = np.array([3000 / DAY * (HOUR if table is None else elapsed(table, *it)) for it in pairwise(edges)])
    counts = np.histogram(moments(model), edges)[0]
    assert counts[means == 0].sum() == 0
    counts, means = counts[means > 5], means[means > 5]
    statistic = ((counts - means) ** 2 / means).sum()
    assert SIGNIFICANCE / 2 < stats.chi2.sf(statistic, len(means)) < 1 - SIGNIFICANCE / 2


@pytest.mark.slow
@pytest.mark.parametrize("rate", ["0.5/h", "8/h", "40/h", "2000/h"])
def test_arrivals_at_any_rate_are_poisson(rate: str):
    schedule = ArrivalSchedule(arriving(days=34, rate=rate, rhythm=None).program, SEED)
    counts = [len(schedule.moments(hour)) for hour in range(1, 801)]
    mean = float(rate.removesuffix("/h"))
    limits = np.unique(stats.poisson(mean).ppf(np.linspace(0, 1, 12)[1:-1]))
    chances = np.diff([0.0, *stats.poisson(mean).cdf(limits), 1.0])
    seen = np.bincount(np.searchsorted(limits, counts), minlength=len(chances))
    assert stats.chisquare(seen, 800 * chances / chances.sum()).pvalue > SIGNIFICANCE


@pytest.mark.parametrize("rhythm", [None, *RHYTHMS])
def test_moments_within_an_hour_follow_the_rhythms_integral(rhythm: str | None):
    model = arriving(rate="480_000/d", rhythm=rhythm)
    since = START + 8 * HOUR
    actual = moments(model)
    actual = actual[(actual >= since) & (actual < since + HOUR)]
    table = None if rhythm is None else columns(RHYTHMS[rhythm])
    passed = [float(it - since) if table is None else elapsed(table, since, int(it)) for it in actual]
    length = float(HOUR) if table is None else elapsed(table, since, since + HOUR)
    assert len(actual) > 5000
    assert stats.kstest(np.array(passed) / length, "uniform").pvalue > SIGNIFICANCE


@pytest.mark.parametrize("rhythm", RHYTHMS.values(), ids=RHYTHMS)
def test_moments_calculated_together_have_the_same_bits_as_single_ones(rhythm: Rhythm):
    table = columns(rhythm)
    for hour in range(0, 14 * 24, 5):
        since = START + hour * HOUR + 1234
        amounts = np.array([0.0, 1e-9, 0.4, *np.random.default_rng(hour).uniform(0, 3 * DAY, 40), 1e15])
        actual = moments_after((np.array(table[0]), table[1]), since, amounts)
        assert actual.tolist() == [after(table, since, float(it)) for it in amounts]


@pytest.mark.parametrize("few", [0, 1, FEW - 1])
def test_short_columns_have_the_same_bits_as_the_start_of_long_ones(few: int):
    many = uniform_numbers((3, 5), (7, 2**32 - 1, 1), 2 * FEW)
    assert uniform_numbers((3, 5), (7, 2**32 - 1, 1), few).tobytes() == many[:few].tobytes()


def test_initial_subjects_arrive_at_the_start():
    rows = whole(arriving(1, initially=30))["customers"]
    assert [(row[0], row[2]) for row in rows[:30]] == [(START, index) for index in range(30)]
    assert rows[30][0] > START


def test_subjects_are_numbered_in_order_of_arrival():
    rows = whole(arriving())["customers"]
    assert [row[2] for row in rows] == list(range(len(rows)))
    assert len(rows) > 150


def test_a_longer_run_starts_with_the_same_arrivals():
    short, long = (moments(arriving(days, START + 1_800_000, rate="3000/d", rhythm="busy")) for days in (2.01, 6))
    assert long[: len(short)].tolist() == short[short < START + 1_800_000 + 3 * DAY].tolist()


def test_a_run_may_start_at_any_moment_of_an_hour():
    model = arriving(2, START + 777_777, rate="3000/d")
    assert moments(model).min() >= START + 777_777


def test_the_expected_moments_are_quantiles_of_the_integral():
    model = arriving(14, rate="3000/d", rhythm="busy")
    expected = ExpectedArrivals(model.program)
    actual = moments(model) - START
    assert abs(len(actual) - expected.count) < 4 * expected.count**0.5
    for share in (0.1, 0.5, 0.9):
        assert abs(float(np.mean(actual < expected.moment(share))) - share) < 0.01


# -- events of arriving subjects --------------------------------------------------------------------------------------


def test_an_arrival_precedes_everything_else_of_its_subject():
    actual = whole(arriving())
    arrived = {row[2]: row[0] for row in actual["customers"]}
    assert len(actual["orders"]) > 300
    assert all(row[0] > arrived[row[3]] for row in actual["orders"])


def test_first_values_are_drawn_when_the_subject_arrives():
    model = arriving()
    names = list(model.streams["customers"].fields)
    rows = [dict(zip(names, row[2:], strict=True)) for row in whole(model)["customers"]]
    assert all(row["born"] == row["at"] == row["since"] == row["last"] for row in rows)
    assert len({row["luck"] for row in rows}) == len(rows)
    assert all(0 < row["n"] < 9 for row in rows)  # the action has already run


def test_the_event_of_an_arrival_has_no_source_state():
    rows = whole(arriving())["customers"]
    assert {row[4:6] for row in rows} == {("join", "")}
    counts = [sum(row[6] == state for row in rows) for state in ("active", "idle")]
    assert stats.chisquare(counts, np.array([0.75, 0.25]) * len(rows)).pvalue > SIGNIFICANCE


def test_strings_assigned_at_the_start_do_not_change():
    model = arriving()
    actual = whole(model)
    mails = {row[2]: row[1] for row in actual["customers"]}
    assert all(f"{row[1]}@example.com" == mails[row[3]] for row in actual["orders"])


def test_a_probability_is_not_attempted_at_the_moment_of_arrival():
    transitions = [Transition("go", "on", "off", 100)]
    stream = {"e": Stream({"at": "timestamp", "what": "trigger"})}
    people = Population("user", arrive=Arrival("0/d", 5, emit="e"))
    clock = Clock(0, 60_000, 3)
    actual = Model("m", people, {"on": None, "off": "final"}, "on", [replace(transitions[0], emit="e")], stream, clock)
    rows = whole(actual)["e"]
    assert [(row[0], row[2]) for row in rows] == [(0, "arrive")] * 5 + [(60_000, "go")] * 5


def test_an_additional_stream_of_arrivals_changes_no_other_event():
    model = arriving()
    given = model.subjects.arrive
    assert given is not None
    people = replace(model.subjects, arrive=replace(given, emit="orders", trigger="come"))
    other = replace(model, subjects=people, streams={"orders": model.streams["orders"]})
    assert [row for row in whole(other)["orders"] if "come" not in row] == whole(model)["orders"]


def test_a_seed_always_gives_the_same_arrivals_on_every_machine():
    rows = [(row[0], row[1], row[2], row[8]) for row in whole(arriving(2))["customers"]]
    assert sha256(repr(rows).encode()).hexdigest()[:16] == "0785585cb9df832c"


# -- limits and faults ------------------------------------------------------------------------------------------------


def test_the_number_of_subjects_is_limited_by_their_indexes():
    queue = ArrivalQueue(arriving(rate="3000/h", rhythm=None).program, SEED, EVERYBODY)
    queue.go_to(HOUR, 2**32 - 1000)
    with pytest.raises(CalculationError, match="more than 4,294,967,296 subjects arrive"):
        queue.take(HOUR, 2 * HOUR, 10_000)


def test_too_many_arrivals_in_one_hour_are_an_error():
    sale = replace(EVENING, periods=[Period("sale", "2026-01-03", "2026-01-04", 1e6)])
    model = replace(arriving(rate="1_000_000/d"), rhythms=RHYTHMS | {"evening": sale})
    queue = ArrivalQueue(model.program, SEED, EVERYBODY)
    with pytest.raises(CalculationError, match=r"subjects\.arrive\.rate: .* expected to arrive in one hour"):
        queue.take(0, 4 * DAY, 10**9)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("attribute", "do", "path"),
    [
        ("1 // (80 - index)", "n = 1", "subjects.attributes.n"),
        ("0", "n = 1 // (80 - index)", "subjects.arrive"),
    ],
)
def test_an_error_on_arrival_names_its_location(engine: str, attribute: str, do: str, path: str):
    people = Population("u", arrive=Arrival("300/d", 10, do=do, emit="e"), attributes={"n": attribute})
    model = Model("m", people, ["on"], "on", [], {"e": Stream({"n": "n"})}, Clock(0, 1, 3 * DAY))
    simulation = engine_of(model, engine)
    with pytest.raises(CalculationError, match="division by zero") as caught:
        records(simulation, model.clock.ticks)
    simulation.close()
    assert (caught.value.dotted_path, caught.value.subject) == (path, 80)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_an_error_in_a_field_of_an_arrival_record_is_reported(engine: str):
    people = Population("u", arrive=Arrival("300/d", 10, emit="e"))
    stream = {"e": Stream({"n": "1 // (40 - index)"})}
    model = Model("m", people, ["on"], "on", [], stream, Clock(0, 1, 3 * DAY))
    simulation = engine_of(model, engine)
    with pytest.raises(CalculationError, match="division by zero") as caught:
        records(simulation, model.clock.ticks)
    simulation.close()
    assert (caught.value.dotted_path, caught.value.transition) == ("streams.e", "subjects.arrive")
