"""Conditions of streams in ``emit``: which events are recorded, by both engines, and what does not depend on them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from scipy import stats

from doge_datagen import Arrival, Clock, Matrix, Model, Population, Stream, Transition
from doge_datagen.errors import CalculationError, InvalidModelError, ModelError
from doge_datagen.forecast.forecast import forecast
from doge_datagen.forecast.in_words import notes
from doge_datagen.graph.drawing import label
from doge_datagen.run.resuming.identity import identity
from tests.run.ledger import Killed
from tests.run.resuming.named_runs import DieAtCall, ledgers, machine, rows, run

__all__ = ["machine"]  # a fixture for each test here
SIGNIFICANCE = 1e-3
MINUTE, DAY = 60_000, 86_400_000
EMIT = {"orders": True, "alerts": "amount > 1500 and random() < 0.5", "odd": "amount % 2 == 1"}
FIELDS = {"user": "index", "amount": "amount", "trigger": "trigger", "drawn": "random()"}


def model(emit: Any, *, timed: bool = True, count: int = 200, **parts: Any) -> Model:
    """Subjects that buy for amounts drawn uniformly from 0 to 1999."""
    causes: list[dict[str, Any]] = [{"rate": "3/h"}, {"rate": "9/h"}] if timed else [{"probability": 20}] * 2
    do = "amount = randrange(0, 2000)"
    transitions = [
        Transition("buy", "in", "out", do=do, emit=emit, **causes[0]),
        Transition("rest", "out", "in", **causes[1]),
    ]
    streams = {name: Stream(FIELDS) for name in (*(emit if isinstance(emit, dict) else (emit,)),)}
    clock = Clock(0, 1, DAY) if timed else Clock(0, MINUTE, 300)
    return Model(
        "m",
        parts.pop("subjects", Population("user", count, {"amount": 0})),
        ["in", "out"],
        "in",
        transitions,
        streams,
        clock,
        **parts,
    )


def tables(of: Model, **kwargs: Any) -> dict[str, list[dict[str, Any]]]:
    result: dict[str, list[dict[str, Any]]] = {name: [] for name in of.streams}
    for name, batch in of.batches(seed=5, **({"engine": "interpreted"} | kwargs)):
        result[name] += batch.to_pylist()
    return result


@cache
def recorded(timed: int = 1) -> dict[str, list[dict[str, Any]]]:
    return tables(model(EMIT, timed=timed))


@pytest.mark.slow
@pytest.mark.parametrize("timed", [True, False])
def test_an_event_is_recorded_if_its_condition_holds_after_the_action(timed):
    actual = recorded(timed)
    assert actual["odd"] == [
        row | {"drawn": other["drawn"]}
        for row, other in zip([it for it in actual["orders"] if it["amount"] % 2], actual["odd"], strict=True)
    ]
    assert all(row["amount"] > 1500 for row in actual["alerts"])


@pytest.mark.parametrize("timed", [True, False])
def test_the_share_of_records_follows_the_condition(timed):
    actual = recorded(timed)
    share = stats.binomtest(len(actual["alerts"]), len(actual["orders"]), 499 / 2000 / 2)
    assert share.pvalue > SIGNIFICANCE


@pytest.mark.slow
@pytest.mark.parametrize("timed", [True, False])
def test_both_engines_with_any_workers_and_windows_give_the_same_records(timed):
    window = 5_000_000 if timed else 7
    for kwargs in ({"workers": 1}, {"workers": 3, "window": window}):
        assert tables(model(EMIT, timed=timed), engine="compiled", **kwargs) == recorded(timed)


@pytest.mark.slow
def test_events_happen_and_are_counted_whether_they_are_recorded_or_not(tmp_path):
    none, some = model({"alerts": "False"}), model(EMIT)
    for engine in ("interpreted", "compiled"):
        happened = [
            it.run({name: tmp_path / f"{name}.jsonl" for name in it.streams}, seed=5, engine=engine).transitions
            for it in (none, some)
        ]
        assert happened[0] == happened[1]
    assert tables(none) == {"alerts": []}


@pytest.mark.slow
def test_a_condition_changes_no_other_draw():
    plain, free = tables(model({"orders": True, "odd": "True"}))["orders"], recorded()["orders"]
    assert plain == free


def test_a_mapping_without_conditions_equals_a_list():
    one, other = model({"orders": True}), model(["orders"][0])
    assert one == other
    assert identity(one.program, 1) == identity(other.program, 1)
    assert Transition("a", "b", emit={"x": True, "y": True}).emit == ("x", "y")


def test_a_changed_condition_is_a_different_run():
    one, other = (identity(model({"orders": f"amount > {least}"}).program, 1) for least in (1, 2))
    assert one != other


def test_a_model_with_conditions_is_written_and_read_back(tmp_path):
    path = tmp_path / "m.yaml"
    path.write_text(model(EMIT).dump())
    assert Model.load(path) == model(EMIT)


@pytest.mark.slow
def test_the_forecast_counts_records_by_a_sample():
    for timed in (True, False):
        expected = forecast(model(EMIT, timed=timed).program)
        for it in expected.streams:
            assert it.records.low < len(recorded(timed)[it.name]) < it.records.high
        assert "The numbers of records of alerts, odd are estimated from the sample." in [*notes(expected)]


def test_a_forecast_without_intervals_includes_the_share():
    expected = {
        it.name: it.records.total
        for it in forecast(model(EMIT, timed=False).program, intervals=False, cost=300_000).streams
    }
    assert expected["odd"] == pytest.approx(expected["orders"] / 2, rel=0.05)


@pytest.mark.slow
def test_arrivals_and_matrices_can_have_conditions():
    subjects = Population(
        "user", None, {"amount": "randrange(0, 10)"}, arrive=Arrival("50/d", 20, emit={"joined": "amount > 4"})
    )
    matrix = Matrix({"in": {"out": 1}}, emit={"moves": "from_state == 'in' and amount < 3"})
    streams = {"joined": Stream(FIELDS), "moves": Stream(FIELDS)}
    states = {"in": {"dwell": "1 h"}, "out": "final"}
    of = Model("m", subjects, states, "in", [], streams, Clock(0, 1, DAY, warm_up=DAY), matrix=matrix)
    actual = tables(of)
    assert {it["amount"] for it in actual["joined"]} == {5, 6, 7, 8, 9}
    assert {it["amount"] for it in actual["moves"]} == {0, 1, 2}
    assert tables(of, engine="compiled") == actual


@pytest.mark.slow
@pytest.mark.parametrize(("engine", "timed"), [("interpreted", True), ("interpreted", False), ("compiled", True)])
def test_an_error_in_a_condition_names_its_location(engine, timed):
    of = model({"orders": True, "alerts": "100 // (amount % 7) > 20"}, timed=timed)
    with pytest.raises(CalculationError) as error:
        tables(of, engine=engine)
    assert str(error.value).startswith("transitions.buy.emit.alerts: division by zero")


@pytest.mark.slow
def test_a_killed_run_resumes_with_every_record_once():
    of = model(EMIT)
    destinations = ledgers(of)
    with pytest.raises(Killed):
        run(destinations, of, window=DAY // 20, engine="interpreted", stop=DieAtCall(7), checkpoint_every=0)
    run(destinations, of, engine="compiled", workers=2)
    expected = ledgers(of)
    run(expected, of, engine="interpreted")
    assert rows(destinations) == rows(expected)


def test_a_graph_shows_the_conditions():
    assert (
        label(Transition("buy", "in", rate="3/h", emit={"orders": True, "odd": "amount % 2"}))
        == "buy rate 3/h (orders + odd if amount % 2)"
    )


@pytest.mark.parametrize(
    ("emit", "message"),
    [
        (
            {"orders": "amuont > 5"},
            "transitions[0].emit.orders (line 1, column 1): 'amuont' is unknown. Hint: did you mean 'amount'?",
        ),
        (
            {"orders": "'x'"},
            "transitions[0].emit.orders (line 1, column 1): 'x' is a string, but a boolean is required",
        ),
    ],
)
def test_an_invalid_condition_is_reported_when_the_model_is_created(emit, message):
    with pytest.raises(InvalidModelError) as error:
        model(emit)
    assert message in str(error.value)


def test_an_unknown_stream_with_a_condition_is_named():
    with pytest.raises((InvalidModelError, ModelError), match="'ordres' is not a stream"):
        replace(
            model({"orders": "amount > 5"}),
            transitions=[Transition("buy", "in", rate="1/h", emit={"orders": True, "ordres": "amount"})],
        )
