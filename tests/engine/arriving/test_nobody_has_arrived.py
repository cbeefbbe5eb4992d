"""References to arriving subjects before the first arrival: actions are rejected, anything else is an error."""

from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest

from doge_datagen import Arrival, Attribute, Lines, Model, Population, Rhythm, Stream, Transition
from doge_datagen.engine.arriving.arrived_so_far import ExpectedLists
from doge_datagen.errors import CalculationError
from doge_datagen.forecast.forecast import forecast
from doge_datagen.numeric.calendar import FAR
from tests.engine.arriving.test_arrived_references import (
    BUYER,
    ENGINES,
    MARKET,
    PARTS,
    RECENTLY,
    SELLER,
    START,
    STREAMS,
)
from tests.populations import MINUTE, rows, tables

LATE = replace(SELLER, arrive=Arrival("1/h", emit="sellers"))
CALM = PARTS | {"incidents": {}}


def visitor(do, fields=None, seller=LATE, on_arrival=None, rhythms=None, **kwargs):
    """A visitor who acts every minute, in a market whose sellers arrive late."""
    act = {"every": "1 min", "do": do, "emit": "acts"} | kwargs
    given = {"count": 1} if on_arrival is None else {"arrive": Arrival("4/h", initially=1, do=on_arrival)}
    population = Population(
        "visitor",
        attributes={"shop": Attribute("0"), "n": Attribute("0")},
        states=["in"],
        initial="in",
        transitions=[Transition("act", "in", "in", **act)],
        **given,
    )
    streams = {"sellers": STREAMS["sellers"], "acts": Stream(fields or {"ts": "timestamp", "shop": "shop", "n": "n"})}
    return Model("a", populations=[population, seller], **CALM | {"streams": streams, "rhythms": rhythms or {}})


def fault(model, subjects=None):
    faults = []
    for engine in ENGINES:
        with pytest.raises(CalculationError) as caught:
            tables(model, engine=engine, subjects=subjects)
        faults.append((str(caught.value), caught.value.dotted_path))
    assert faults[0] == faults[1]
    return faults[0]


LINES = {
    "field": Lines(2, {"of": "pick(seller).index + 1"}),
    "later field": Lines(2, {"x": 1, "seller": "pick(seller)", "of": "seller.index + x"}),
    "count": Lines("1 + pick(seller).index * 0", {"of": 1}),
}
SUM = "shop = sum(lines.of)"
ACTS = {
    "set": {"do": "shop = pick(seller).index + 1; n = 1"},
    "require": {"do": "n += 1; shop = 1 + pick(seller).index if n > 0 else 3; require(shop >= 0)"},
    "return": {
        "do": "if n:\n    shop = pick(seller).number\n"
        "else:\n    shop = pick(seller, recent=1 w).number\nreturn shop > 0"
    },
    **{f"{name} of lines": {"lines": lines} for name, lines in LINES.items()},
    **{f"{name} of lines, used": {"lines": lines, "do": SUM} for name, lines in LINES.items()},
}
"""Transitions that have no seller to draw before the first arrival."""
ONCE_PER_TICK = ("field of lines", "count of lines", "later field of lines, used")
TRIED = [(act, "timed") for act in ACTS] + [(act, "per tick") for act in ONCE_PER_TICK]


@cache
def visitors():
    """A market whose visitors each attempt one of the acts, once per tick or every minute."""
    streams = {
        "sellers": STREAMS["sellers"],
        "acts": Stream({"ts": "timestamp", "shop": "shop", "what": "trigger"}),
        "lines": Stream({"ts": "timestamp", "shop": "sum(lines.of)", "count": "len(lines)", "what": "trigger"}),
    }
    visitors = [
        acting("timed", ACTS, every="1 min"),
        acting("per tick", {it: ACTS[it] for it in ONCE_PER_TICK}, probability=30),
    ]
    return Model("a", populations=[*visitors, LATE], **CALM | {"streams": streams})


def acting(name, acts, **kwargs):
    """Visitors who attempt these transitions, each always the same one."""
    states = [f"{number}" for number, _ in enumerate(acts)]
    exits = [
        Transition(f"{act} {name}", it, it, emit="lines" if "lines" in parts else "acts", **parts, **kwargs)
        for it, (act, parts) in zip(states, acts.items(), strict=True)
    ]
    values = {"shop": Attribute("0"), "n": Attribute("0")}
    return Population(
        name.replace(" ", "_"), 40, values, states=states, initial=dict.fromkeys(states, 1), transitions=exits
    )


@pytest.mark.parametrize(("act", "kwargs"), TRIED)
def test_a_transition_without_a_subject_to_draw_is_rejected(act, kwargs):
    actual = tables(visitors(), engine="interpreted")
    first = rows(actual["sellers"])[0]["ts"]
    acts = [
        row for row in rows(actual["lines" if "lines" in ACTS[act] else "acts"]) if row["what"] == f"{act} {kwargs}"
    ]
    assert len(acts) > 20
    assert acts[0]["ts"] - first <= timedelta(minutes=1 if kwargs == "timed" else 5)
    assert all(row["ts"] > first and row["shop"] >= row.get("count", 1) > 0 for row in acts)


@pytest.mark.slow
def test_both_engines_reject_the_same_transitions():
    assert tables(visitors(), engine="compiled") == tables(visitors(), engine="interpreted")


FIRST_VALUE, FIELD, LINE = range(3)
"""The subjects of ``failing``, by the fault that each has."""


@cache
def failing():
    """A model in which each visitor has a different fault."""
    lines = Lines(2, {"of": f"1 // pick(seller).index if index == {LINE} else 1"})
    model = visitor(None, {"of": f"pick(seller).number if index == {FIELD} else 0"}, lines=lines)
    one, *others = model.populations
    shop = Attribute(f"pick(seller).index if index == {FIRST_VALUE} else 0")
    return replace(model, populations=[replace(one, count=3, attributes={**one.attributes, "shop": shop}), *others])


@pytest.mark.slow
def test_a_fault_in_lines_that_may_have_no_subject_to_draw_is_an_error():
    message, path = fault(failing(), range(LINE, LINE + 1))
    assert path == "populations.visitor.transitions.act.lines.fields.of"
    assert "division by zero" in message


def test_recent_excludes_a_subject_one_millisecond_too_old():
    actual = tables(visitor("shop = pick(seller, recent=10 min).index"), engine="interpreted")
    arrived = [row["ts"] for row in rows(actual["sellers"])]
    acts = {row["ts"] for row in rows(actual["acts"])}
    moments = [min(arrived).replace(microsecond=0, second=20) + timedelta(minutes=it) for it in range(100)]
    for moment in moments:
        assert (moment in acts) == any(timedelta(0) < moment - it <= RECENTLY for it in arrived)


def test_a_single_subject_cannot_draw_another():
    loner = replace(
        BUYER,
        attributes={"n": "0"},
        transitions=[Transition("call", "in", every="1 min", do="n = pick(buyer, other=True).index", emit="calls")],
        arrive=Arrival("1/h", initially=1),
    )
    streams = {"calls": Stream({"ts": "timestamp", "id": "id", "n": "n"})}
    model = Model("a", populations=[loner], **CALM | {"streams": streams})
    actual = rows(tables(model, engine="interpreted")["calls"])
    assert actual[0]["ts"].timestamp() * 1000 > START + 2 * MINUTE
    assert all(str(row["n"]) != row["id"] for row in actual)


@pytest.mark.slow
def test_a_first_value_without_a_subject_to_draw_ends_the_run():
    message, path = fault(failing(), range(FIRST_VALUE, FIRST_VALUE + 1))
    assert path == "populations.visitor.attributes.shop"
    assert "nobody has arrived whom pick can draw. Hint: let some be there initially" in message
    assert "(subject 0, at 2023-11-14T22:13:20Z)" in message


@pytest.mark.slow
def test_an_arrival_or_a_field_without_a_subject_to_draw_ends_the_run():
    assert fault(visitor("n = 1", on_arrival="n = pick(seller).number"))[1] == "populations.visitor.arrive"
    assert fault(failing(), range(FIELD, FIELD + 1))[1] == "streams.acts"


def test_too_many_arrivals_are_reported_with_their_population():
    busy = {"busy": Rhythm(hours={0: 2}, normalize=False)}
    many = replace(SELLER, arrive=Arrival("60_000_000/h", rhythm="busy", emit="sellers"))
    with pytest.raises(CalculationError) as caught:
        tables(visitor("shop = pick(seller).index", seller=many, rhythms=busy), engine="interpreted")
    assert caught.value.dotted_path == "populations.seller.arrive.rate"


# -- forecasts --------------------------------------------------------------------------------------------------------


def test_a_draw_that_may_have_no_subject_may_reject():
    (expected, _), (plain, *_) = (
        forecast(it.program, cost=50_000).populations for it in (visitor("shop = pick(seller).index"), MARKET)
    )
    assert expected.may_be_rejected == ("act",)
    assert expected.transitions[0].rejected == pytest.approx(30 / 240, abs=0.02)
    assert plain.may_be_rejected == ("scan",)


@pytest.mark.parametrize("lines", LINES.values(), ids=LINES)
def test_lines_that_may_have_no_subject_to_draw_may_reject(lines):
    expected, _ = forecast(visitor(None, {"ts": "timestamp"}, lines=lines).program, cost=50_000).populations
    assert expected.may_be_rejected == ("act",)
    assert expected.transitions[0].rejected == pytest.approx(30 / 240, abs=0.02)


def test_a_sample_uses_the_expected_moments():
    actual = ExpectedLists(visitor("shop = pick(seller).index").program.parts[0])
    assert actual.lists[0].tolist() == [30 * MINUTE, 90 * MINUTE, 150 * MINUTE, 210 * MINUTE, FAR]
