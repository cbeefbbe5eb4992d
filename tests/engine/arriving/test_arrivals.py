"""How subjects arrive and leave: the law of arrivals, identical output of both engines, and memory after departure.

Significance is 1 in 1,000 for each test of a law; the seeds are fixed.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
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
from doge_datagen.engine.checkpoint import mismatches
from doge_datagen.errors import CalculationError
from doge_datagen.numeric.timelines import after, elapsed
from doge_datagen.run.simulation.engine_choice import Engine, make_engine
from tests.rhythms import DAY, EVENING, HOUR, OFFICE, START, columns

SIGNIFICANCE = 1e-3
SEED = 7
ENGINES = ["interpreted", "compiled"]
BUSY = replace(EVENING, growth="10 %/week", periods=[Period("sale", "2026-01-05", "2026-01-06 12:00", 4)])
RHYTHMS = {"evening": EVENING, "office": OFFICE, "busy": BUSY}
EVERYBODY = range(2**32)
Records = dict[str, list[tuple[Any, ...]]]


def arriving(days: float = 4, start: int = START, *, rate: str = "50/d", initially: int = 30, **kwargs: Any) -> Model:
    """Customers who join, buy and leave; records include everything that a subject can have."""
    attributes = {
        "born": "timestamp",
        "luck": "random()",
        "grade": "choice(['new', 'old'])",
        "n": "0",
        "name": "f'{index:05}-{randrange(0, 100)}' if luck < 0.5 else f'x{born}{100 // randrange(1, 3)}'",
        "mail": "name + '@example.com'",
        "due": "timestamp + 12 h",
    }
    given = {"trigger": "join", "emit": "customers", "do": "n = randrange(1, 9)", "rhythm": "evening"} | kwargs
    transitions = [
        Transition("buy", "active", rate="3/d", do="n += 1; luck = random()", emit="orders"),
        Transition("pause", "active", "idle", weight=3, emit="orders"),
        Transition("back", "idle", "active", after="uniform(0, 10) * 1 h"),
        Transition("remind", "active", at="due", do="grade = 'old'", emit="orders"),
        Transition("leave", ["active", "idle"], "gone", rate="0.5/d", rhythm="office", emit="orders"),
    ]
    shown = {"who": "index", "at": "timestamp", "what": "trigger", "source": "from_state", "target": "to_state"}
    shown |= {name: name for name in attributes} | {"since": "entered", "last": "previous"}
    return Model(
        "shop",
        Population("customer", None, attributes, arrive=Arrival(rate, initially, **given)),
        {"active": {"dwell": "exponential(mean=1 d)"}, "idle": None, "gone": "final"},
        {"active": 3, "idle": 1},
        transitions,
        {"customers": Stream(shown, key="mail"), "orders": Stream(shown, key="name", headers={"grade": "grade"})},
        Clock(start, 1, int(days * DAY)),
        rhythms=RHYTHMS,
    )


def engine_of(model: Model, engine: str = "interpreted", subjects: range | None = None, **kwargs: Any) -> Engine:
    return make_engine(model.program, SEED, engine=engine, subjects=subjects, **kwargs)


def records(engine: Engine, end: int, window: int = DAY // 3) -> Records:
    """The records of an engine before a tick, by stream, each as time, key, headers and fields."""
    actual: Records = {}
    while engine.tick < end:
        for name, batch in engine.window(min(end, engine.tick + window)).batches:
            shown = [it for it in (batch.keys, *batch.headers.values(), *batch.records.columns) if it is not None]
            times = [batch.timestamps.cast("int64").to_pylist(), *(it.to_pylist() for it in shown)]
            actual.setdefault(name, []).extend(zip(*times, strict=True))
    return actual


def whole(model: Model, engine: str = "interpreted", **kwargs: Any) -> Records:
    simulation = engine_of(model, engine, **kwargs)
    try:
        return records(simulation, model.clock.ticks)
    finally:
        simulation.close()


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


# -- engines, windows, workers, slices --------------------------------------------------------------------------------


@cache
def crowd() -> tuple[Model, Records]:
    """A run with more subjects at once than fit into a block, and its records."""
    model = arriving(3, rate="700/d")
    return model, whole(model)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2, 4])
def test_both_engines_give_the_same_records(workers: int):
    model, expected = crowd()
    engine = engine_of(model, "compiled", workers=workers)
    try:
        assert records(engine, model.clock.ticks, window=2 * DAY) == expected
    finally:
        engine.close()


@pytest.mark.slow
@pytest.mark.parametrize("window", [HOUR // 2, 11 * HOUR, 40 * DAY])
@pytest.mark.parametrize("engine", ENGINES)
def test_windows_of_any_length_give_the_same_records(engine: str, window: int):
    model = arriving(3)
    simulation = engine_of(model, engine)
    try:
        assert records(simulation, model.clock.ticks, window) == whole(model)
    finally:
        simulation.close()


@pytest.mark.parametrize("engine", ENGINES)
def test_shortened_windows_give_the_same_records(engine: str):
    model = arriving(3, rate="100/d", initially=100)
    simulation = engine_of(model, engine, workers=2)
    simulation.records = 40  # type: ignore[misc]  # of the engines an attribute
    try:
        assert records(simulation, model.clock.ticks, 2 * DAY) == whole(model)
    finally:
        simulation.close()


@pytest.mark.parametrize("workers", [1, 2])
def test_shortened_windows_do_not_become_ever_shorter(workers: int):
    """Many events beyond the end of a window shorten the next ones, but not down to single ticks."""
    model = arriving(3, rate="100/d", initially=100)
    engine = engine_of(model, "compiled", workers=workers)
    engine.records = 40  # type: ignore[misc]  # of the engines an attribute
    windows = 0
    while engine.tick < model.clock.ticks and windows < 1000:
        engine.window(model.clock.ticks)
        windows += 1
    engine.close()
    assert windows < 300


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("step", [2, 3])
def test_merged_slices_equal_the_whole_run(engine: str, step: int):
    model = arriving(3)
    parts = [whole(model, engine, subjects=EVERYBODY[first::step]) for first in range(step)]
    for name, rows in whole(model).items():
        assert sorted(row for it in parts for row in it[name]) == sorted(rows)


def test_a_slice_ends_with_its_last_index():
    rows = whole(arriving(3), subjects=range(10, 50))["customers"]
    assert [row[2] for row in rows] == list(range(10, 50))


# -- checkpoints and memory -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("subjects", [None, range(1, 2**32, 3)])
@pytest.mark.parametrize("first", ENGINES)
@pytest.mark.parametrize("second", ENGINES)
def test_an_engine_continues_from_the_others_checkpoint(first: str, second: str, subjects: range | None):
    model = arriving(4)
    one, other = engine_of(model, first, subjects), engine_of(model, second, subjects, workers=2)
    try:
        actual = records(one, int(1.7 * DAY))
        checkpoint = one.checkpoint()
        assert not list(mismatches(checkpoint, model.program, subjects))
        other.restore(checkpoint)
        for name, rows in records(other, model.clock.ticks).items():
            actual[name] += rows
    finally:
        one.close()
        other.close()
    assert actual == whole(model, subjects=subjects)


def test_both_engines_take_the_same_checkpoints():
    model = arriving(4)
    taken = []
    for engine in ENGINES:
        simulation = engine_of(model, engine)
        records(simulation, 2 * DAY)
        taken.append(simulation.checkpoint())
        simulation.close()
    one, other = taken
    assert (one.tick, one.arrived, one.subjects) == (other.tick, other.arrived, other.subjects)
    for name, column in {**one.walk, **one.attributes}.items():
        assert column.tolist() == ({**other.walk, **other.attributes})[name].tolist(), name


def test_a_checkpoint_of_other_subjects_is_refused():
    model = arriving(4)
    engine = engine_of(model)
    records(engine, DAY)
    taken = engine.checkpoint()
    ids = taken.walk["ids"]
    strange = [
        replace(taken, arrived=3),
        replace(taken, walk={**taken.walk, "ids": ids[::-1].copy()}),
        replace(taken, walk={**taken.walk, "ids": ids + np.uint32(10_000)}),
        replace(taken, subjects=range(0, 2**32, 2)),
    ]
    assert not list(mismatches(taken, model.program))
    assert all(list(mismatches(it, model.program)) for it in strange)


def churn(rate: str, days: float) -> Model:
    """Customers who stay for an hour."""
    stay = Transition("leave", "here", "gone", after="1 h")
    people = Population("customer", arrive=Arrival(rate, emit="e"), attributes={"name": "f'c{index}'"})
    stream = {"e": Stream({"who": "index"}, key="name")}
    clock = Clock(0, 1, int(days * DAY))
    return Model("m", people, {"here": None, "gone": "final"}, "here", [stay], stream, clock)


@pytest.mark.slow
def test_a_million_departed_subjects_need_no_memory():
    model = churn("1_000_000/d", 1.05)
    engine = engine_of(model, "compiled")
    most = 0
    try:
        while engine.tick < model.clock.ticks:
            engine.window(engine.tick + HOUR, with_records=False)
            most = max(most, engine._runner.columns.count)  # type: ignore[attr-defined]
        room = len(engine._runner.columns.arrays[0])  # type: ignore[attr-defined]
        checkpoint = engine.checkpoint()
    finally:
        engine.close()
    assert checkpoint.arrived > 1_000_000
    assert most < 3 * 1_000_000 / 24
    assert room < 8 * 1_000_000 / 24
    assert len(checkpoint.walk["ids"]) < 1.2 * 1_000_000 / 24


def test_the_interpreted_engine_forgets_departed_subjects():
    model = churn("4000/d", 3)
    engine = engine_of(model)
    while engine.tick < model.clock.ticks:
        engine.window(engine.tick + HOUR)
    assert engine.checkpoint().arrived > 10_000
    assert len(engine._walk) < 600  # type: ignore[attr-defined]


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
