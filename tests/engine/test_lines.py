"""Several records per event: lines add up to their event, whatever the engine, workers and windows."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from scipy import stats

from doge_datagen import Clock, Lines, Model, Population, Stream, Table, Transition
from doge_datagen.engine.compiled.engine import CompiledEngine
from doge_datagen.engine.interpreted.engine import InterpretedEngine
from doge_datagen.engine.recording.hidden_columns import LINE
from doge_datagen.errors import CalculationError, InvalidModelError
from doge_datagen.forecast.forecast import forecast
from doge_datagen.language.event_lines import MOST_LINES
from doge_datagen.run.resuming.identity import identity
from tests.run.ledger import Killed
from tests.run.resuming.named_runs import DieAtCall, ledgers, machine, rows, run

__all__ = ["machine"]  # a fixture for each test here
SIGNIFICANCE = 1e-3
MINUTE, DAY = 60_000, 86_400_000
TABLES = {"products": Table(rows=[{"sku": "x", "price": 2}, {"sku": "y", "price": 21}, {"sku": "z", "price": 7}])}
FIELDS = {"product": "pick(products)", "quantity": "randint(1, 3)", "amount": "product.price * quantity"}
LINES = Lines("randint(0, 5)", FIELDS)
DO = "require(len(lines) > 0); total = sum(lines.amount); orders += 1"
ORDERS = Stream({"user": "index", "n": "orders", "total": "total", "count": "len(lines)", "most": "max(lines.amount)"})
EACH = {
    "user": "index",
    "n": "orders",
    "line": "line.number",
    "sku": "line.product.sku",
    "amount": "line.amount",
    "drawn": "randint(1, 1000)",
}
EMIT = {"orders": True, "lines": True, "large": "line.amount > 20"}


def model(*, timed: bool = True, lines: Any = LINES, do: str = DO, emit: Any = EMIT, **streams: Stream) -> Model:
    causes: list[dict[str, Any]] = [{"rate": "3/h"}, {"rate": "9/h"}] if timed else [{"probability": 20}] * 2
    transitions = [
        Transition("buy", "in", "out", lines=lines, do=do, emit=emit, **causes[0]),
        Transition("rest", "out", "in", **causes[1]),
    ]
    known = {
        "orders": ORDERS,
        "lines": Stream(EACH, "str(index)", each="lines"),
        "large": Stream({"amount": "line.amount"}, each="lines"),
    }
    fed = {name: it for name, it in (known | streams).items() if name in emit}
    clock = Clock(0, 1, DAY) if timed else Clock(0, MINUTE, 300)
    population = Population("user", 60, {"total": 0, "orders": 0})
    return Model("m", population, ["in", "out"], "in", transitions, fed, clock, tables=TABLES)


def tables(of: Model, **kwargs: Any) -> dict[str, list[dict[str, Any]]]:
    result: dict[str, list[dict[str, Any]]] = {name: [] for name in of.streams}
    for name, batch in of.batches(seed=5, **({"engine": "interpreted"} | kwargs)):
        result[name] += batch.to_pylist()
    return result


@cache
def recorded(timed: int = 1) -> dict[str, list[dict[str, Any]]]:
    return tables(model(timed=bool(timed)))


@pytest.mark.slow
@pytest.mark.parametrize("timed", [True, False])
def test_the_lines_of_an_order_are_numbered_contiguous_and_add_up_to_it(timed):
    actual, lines = recorded(timed), defaultdict(list)
    for row in actual["lines"]:
        lines[row["user"], row["n"]].append(row)
    assert len(actual["orders"]) == len(lines) > 1000
    for order in actual["orders"]:
        own = lines[order["user"], order["n"]]
        assert [it["line"] for it in own] == list(range(1, order["count"] + 1))
        assert (sum(it["amount"] for it in own), max(it["amount"] for it in own)) == (order["total"], order["most"])
    in_order = [(it["user"], it["n"]) for it in actual["lines"]]
    assert list(dict.fromkeys(in_order)) == [(it["user"], it["n"]) for it in actual["orders"]]
    assert [it["amount"] for it in actual["large"]] == [it["amount"] for it in actual["lines"] if it["amount"] > 20]


def test_the_number_of_lines_and_their_values_follow_their_distributions():
    actual = recorded()
    counts, skus = ([row[key] for row in actual[name]] for name, key in (("orders", "count"), ("lines", "sku")))
    assert stats.chisquare([counts.count(it) for it in range(1, 6)]).pvalue > SIGNIFICANCE
    assert stats.chisquare([skus.count(it) for it in "xyz"]).pvalue > SIGNIFICANCE
    drawn = [row["drawn"] for row in actual["lines"]]
    assert stats.kstest(drawn, stats.randint(1, 1001).cdf).pvalue > SIGNIFICANCE


@pytest.mark.slow
@pytest.mark.parametrize("timed", [True, False])
def test_both_engines_with_any_workers_and_windows_give_the_same_records(timed):
    for kwargs in ({"workers": 1}, {"workers": 3, "window": 5_000_000 if timed else 7}):
        assert tables(model(timed=timed), engine="compiled", **kwargs) == recorded(timed)


@pytest.mark.slow
@pytest.mark.parametrize("timed", [True, False])
def test_windows_that_hold_few_records_are_shortened_and_lose_none(timed):
    actual, engine = defaultdict(list), CompiledEngine(model(timed=timed).program, 5, workers=2)
    engine.records, ticks = 400, model(timed=timed).clock.ticks
    while engine.tick < ticks:
        for name, batch in engine.window(ticks).batches:
            actual[name] += batch.records.to_pylist()
    engine.close()
    assert actual == recorded(timed)


@pytest.mark.slow
def test_events_with_the_maximum_number_of_lines_fit():
    many = Lines(str(MOST_LINES), {"amount": "randint(1, 9)"})
    of = model(
        lines=many,
        do="total = sum(lines.amount)",
        emit=["plain"],
        plain=Stream({"line": "line.number", "total": "total"}, each="lines"),
    )
    actual = tables(of.resized(ticks=DAY // 4))
    assert tables(of.resized(ticks=DAY // 4), engine="compiled") == actual
    assert [it["line"] for it in actual["plain"]][: 2 * MOST_LINES] == [*range(1, MOST_LINES + 1)] * 2


@pytest.mark.parametrize("engine", [InterpretedEngine, CompiledEngine])
def test_merged_slices_equal_the_whole_run(engine):
    of, actual = model(timed=False), []
    for first in (0, 1):
        part = engine(of.program, 5, subjects=range(first, 60, 2))
        while part.tick < of.clock.ticks:
            for name, batch in part.window(of.clock.ticks).batches:
                actual += batch.records.to_pylist() if name == "lines" else []
        part.close()
    assert sorted(actual, key=str) == sorted(recorded(0)["lines"], key=str)


@pytest.mark.parametrize("engine", [InterpretedEngine, CompiledEngine])
def test_a_record_can_be_identified_by_its_line(engine):
    simulation = engine(model(timed=False).program, 5, hidden=(LINE,))
    for name, batch in simulation.window(20).batches:
        shown = batch.hidden[LINE].to_pylist()
        assert shown == (batch.records.column("line").to_pylist() if name == "lines" else shown)
        assert name != "orders" or set(shown) == {0}
    simulation.close()


@pytest.mark.slow
def test_more_fields_and_more_lines_change_no_other_draw():
    plain = recorded(0)["lines"]
    more = tables(model(timed=False, lines=Lines("randint(0, 5)", {"extra": "random()", **FIELDS})))["lines"]
    assert more == plain
    longer = tables(model(timed=False, lines=Lines("5", FIELDS), do="orders += 1"))["lines"]
    of_user = [[(it["sku"], it["amount"]) for it in its if it["user"] == 7] for its in (plain, longer)]
    assert set(of_user[0]) <= set(of_user[1])


@pytest.mark.slow
def test_an_event_without_lines_still_counts(tmp_path):
    of = model(timed=False, lines=Lines("0", FIELDS), do="orders += 1", emit=["lines"])
    for engine in ("interpreted", "compiled"):
        report = of.run({"lines": tmp_path / f"{engine}.jsonl"}, seed=5, engine=engine)
        assert report.transitions["in", "buy"] > 1000
        assert report.sinks[0].delivered == 0


def test_a_killed_run_resumes_with_every_record_once():
    of, expected = model(), ledgers(model())
    destinations = ledgers(of)
    with pytest.raises(Killed):
        run(destinations, of, window=DAY // 20, engine="interpreted", stop=DieAtCall(7), checkpoint_every=0)
    run(destinations, of, engine="compiled", workers=2)
    run(expected, of, engine="interpreted")
    assert rows(destinations) == rows(expected)


def test_the_forecast_counts_lines_by_a_sample():
    for timed in (True, False):
        for it in forecast(model(timed=timed).program, cost=100_000).streams:
            assert it.records.low < len(recorded(timed)[it.name]) < it.records.high


def test_a_model_with_lines_is_written_and_read_back(tmp_path):
    path = tmp_path / "m.yaml"
    path.write_text(model().dump())
    assert Model.load(path) == model()


def test_changed_lines_are_a_different_run():
    others = (
        model(),
        model(lines=Lines("randint(1, 5)", FIELDS)),
        model(lines=Lines("randint(0, 5)", {**FIELDS, "quantity": "randint(1, 4)"})),
    )
    assert len({identity(it.program, 1) for it in others}) == 3


BAD_COUNT = "transitions.buy.lines.count: the number of lines is {}, not from 0 to 100"
BAD_FIELD = "transitions.buy.lines.fields.bad: division by zero"
FAILING = {"count": "101 if index == 1 else 3", "fields": {**FIELDS, "bad": "100 // (index - 2)"}}
"""Lines whose number fails for subject 1, and whose field fails for subject 2."""


@pytest.mark.slow
@pytest.mark.parametrize(("subject", "where"), [(1, BAD_COUNT.format(101)), (2, BAD_FIELD)])
@pytest.mark.parametrize(
    ("engine", "timed"), [(InterpretedEngine, True), (InterpretedEngine, False), (CompiledEngine, True)]
)
def test_an_error_in_lines_names_its_location(engine, timed, subject, where):
    of = model(timed=timed, lines=Lines(**FAILING), do="total = max(lines.amount)")
    simulation = engine(of.program, 5, subjects=range(subject, subject + 1))
    with pytest.raises(CalculationError) as error:
        simulation.window(of.clock.ticks)
    simulation.close()
    assert str(error.value).startswith(where)
    assert f"(subject {subject}, " in str(error.value)


@pytest.mark.parametrize(
    ("count", "where"),
    [
        ("randint(101, 101)", BAD_COUNT.format(101)),
        ("randint(-1, -1)", BAD_COUNT.format(-1)),
        ("0", "transitions.buy: there are no lines"),
    ],
)
def test_an_invalid_number_of_lines_names_its_location(count, where):
    with pytest.raises(CalculationError) as error:
        tables(model(lines=Lines(count, FIELDS), do="total = max(lines.amount)"))
    assert str(error.value).startswith(where)
    assert "(subject " in str(error.value)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"lines": None, "do": "orders += 1"}, "'lines' has a record for each line, and 'buy' has no lines"),
        ({"do": "total = sum(lines.amuont)"}, "'amuont' is not a field of the lines. Hint: did you mean 'amount'?"),
        (
            {"do": "total = lines.amount"},
            "lines.amount is not allowed. Hint: write sum(lines.amount), or its min",
        ),
        ({"do": "total = sum(lines)"}, "sum takes one field of the lines, such as sum("),
        ({"do": "total = sum(lines.amount * 2)"}, "sum(lines.amount * 2): sum takes one field of the lines, such as"),
        ({"do": "total = max(lines)"}, "max takes one field of the lines, such as max("),
        ({"do": "total = line.amount"}, "line.amount is of one line, and there is none here"),
        ({"do": "total = sum(lines.product)"}, "lines.product is a row of products, which sum does not take"),
        ({"lines": Lines("2", {**FIELDS, "total": "1"})}, "'total' is an attribute, too. Hint: rename one of the two"),
        ({"lines": Lines("2", {**FIELDS, "number": "1"})}, "'number' already has a meaning in expressions"),
        (
            {"lines": Lines("101", FIELDS)},
            "count (line 1, column 1): 101 is not from 0 to 100. Hint: give such a number of lines",
        ),
        ({"lines": Lines("-1", FIELDS)}, "-1 is not from 0 to 100"),
        ({"lines": Lines("0 - 1", FIELDS)}, "0 - 1 is not from 0 to 100"),
        ({"lines": Lines("2 * 60", FIELDS)}, "2 * 60 is not from 0 to 100"),
        ({"lines": Lines("2.5", FIELDS)}, "2.5 is a float, but an integer is required"),
        ({"orders": replace(ORDERS, each="line")}, "'line' is not known. Hint: write 'lines', or leave it out"),
    ],
)
def test_mistakes_are_reported_when_the_model_is_created(parts, message):
    with pytest.raises(InvalidModelError) as error:
        model(**parts)
    assert message in str(error.value)


def test_a_stream_may_use_only_fields_that_all_its_transitions_have():
    other = Transition("gift", "in", "out", rate="1/h", lines=Lines("1", {"amount": "5"}), emit="lines")
    with pytest.raises(InvalidModelError, match="the lines of 'gift' have no field 'product'"):
        replace(model(), transitions=[*model().transitions, other])
    changed = replace(other, lines=Lines("1", {**FIELDS, "amount": "5.0"}))
    with pytest.raises(
        InvalidModelError, match="it is a float here, and an integer in the lines of another transition"
    ):
        replace(model(), transitions=[*model().transitions, changed])
