"""Incidents as records: emitted when they start, and never earlier."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, partial

import pytest

from doge_datagen import Clock, Incident, Model, Population, Stream, Transition
from doge_datagen.engine.recording.incident_records import IncidentRecords
from doge_datagen.engine.waiting.incident_spans import Spans, incident_spans
from doge_datagen.run.resuming.identity import identity
from tests.engine.models import records_of, windows
from tests.incidents import DAY, INCIDENTS, SEED, START, market, spans
from tests.run.ledger import Killed
from tests.run.resuming.named_runs import DieAtCall, ledgers, machine, rows, run, uninterrupted

__all__ = ["machine"]  # a fixture for each test here

HOUR = 3_600_000
MARKET = market()
records = cache(partial(records_of, MARKET.spec, SEED, engine="interpreted"))
complete = cache(partial(uninterrupted, MARKET))


def edges_of(model, names=("outage", "sale", "cable")):
    """The expected log of a model: time, key, incident, value, number, start and end."""
    result, start, end = [], model.clock.start, model.clock.timestamp(model.clock.ticks)
    for position, it in enumerate(model.program.histories):
        known = spans(model, it.incident, it.value) if it.incident in names else Spans([], [])
        for number, (begin, until) in enumerate(zip(*map(list, known), strict=True)):
            if start < until and begin < end:
                result.append((max(begin, start), position, it.incident, it.value, number, begin, until))
    return sorted(result)


def test_each_incident_is_emitted_at_its_start_with_its_end():
    expected = [(at, name, value, number, *edges) for at, _, name, value, number, *edges in edges_of(MARKET)]
    assert [(at, *fields[1:6]) for at, _, _, fields in records()["log"]] == expected
    assert [key for _, key, _, _ in records()["log"]] == [
        f"{name} {value}" for _, _, name, value, _, *_ in edges_of(MARKET)
    ]
    assert all(
        fields[0] == at and fields[6] == (fields[5] - fields[4] > 2 * HOUR) for at, _, _, fields in records()["log"]
    )


def test_a_stream_has_only_the_incidents_that_feed_it():
    assert [(at, number) for at, _, _, (_, number) in records()["cables"]] == [
        (at, number) for at, _, _, _, number, *_ in edges_of(MARKET, ["cable"])
    ]


@pytest.mark.parametrize("length", [7 * HOUR, 4 * DAY])
def test_no_window_has_an_incident_that_has_not_happened(length):
    actual = []
    for window in windows(MARKET.spec, SEED, engine="interpreted", length=length):
        for name, batch in window.batches:
            for row in batch.records.to_pylist() if name == "log" else ():
                assert window.start <= row["begins"].timestamp() * 1000 - START < window.end
                actual.append(row["n"])
    assert len(actual) == len(records()["log"])


def test_an_incident_that_is_active_at_the_start_is_emitted_then():
    model = market(14, warm_up=4 * DAY + HOUR)
    model = replace(model, incidents=INCIDENTS | {"works": replace(INCIDENTS["works"], emit="log")})
    first = [it for it in records_of(model.spec, SEED, engine="interpreted")["log"] if it[0] == START]
    assert ("works", "", 0, START - HOUR, START + HOUR) in [fields[1:6] for *_, fields in first]


def test_an_incident_that_ended_before_the_start_is_not_emitted():
    past = {"sale": Incident("2025-12-01", "2025-12-30", emit="log")}
    actual = records_of(replace(MARKET, incidents=INCIDENTS | past).spec, SEED, engine="interpreted")["log"]
    assert [fields[1] for *_, fields in actual].count("sale") == 0


def test_with_long_ticks_incidents_are_emitted_on_the_tick_of_their_start():
    records = IncidentRecords(MARKET.program, SEED)
    begin = spans(MARKET, "sale").begins[0]
    assert [name for name, _ in records.batches(int(begin), int(begin) + 1)] == ["log"]
    assert list(records.batches(int(begin) + 1, int(begin) + 2)) == []


def test_incidents_are_in_the_slice_of_the_first_subject():
    parts = [records_of(MARKET.spec, SEED, engine="interpreted", subjects=range(it, 40, 2)) for it in range(2)]
    assert parts[0]["log"] == records()["log"]
    assert parts[1]["log"] == []


@pytest.mark.parametrize("at", [1, 3, 15])
def test_a_killed_run_resumes_with_every_record_once(at):
    destinations = ledgers(MARKET)
    with pytest.raises(Killed):
        run(destinations, MARKET, window=6 * HOUR, engine="interpreted", stop=DieAtCall(at), checkpoint_every=0)
    run(destinations, MARKET, window=5 * DAY, engine="interpreted")
    assert rows(destinations) == complete()


def test_a_stopped_run_is_resumed_by_the_other_engine_from_its_checkpoint(caplog, machine):
    destinations, left = ledgers(MARKET), iter([False] * 20)
    run(destinations, MARKET, window=6 * HOUR, engine="interpreted", stop=lambda: next(left, True), checkpoint_every=0)
    assert 0 < len(rows(destinations)["log"]) < len(complete()["log"])
    run(destinations, MARKET, engine="compiled")
    assert rows(destinations) == complete()
    assert not caplog.text


def test_a_run_continues_with_a_later_end():
    destinations = ledgers(MARKET)
    run(destinations, MARKET.resized(ticks=5 * DAY), engine="interpreted")
    run(destinations, MARKET, engine="interpreted")
    assert rows(destinations) == complete()


@pytest.mark.parametrize(
    "other",
    [
        {"works": Incident(every="4 d", lasts="3 h", affects="region == 'eu'")},
        {"works": Incident(every="4 d", lasts="2 h", affects="region == 'us'")},
        {"cable": replace(INCIDENTS["cable"], per=["us", "eu"])},
        {"sale": Incident("2026-01-05", "2026-01-07", emit="log")},
    ],
    ids=["for", "affects", "per", "to"],
)
def test_changed_incidents_are_a_different_run(other):
    assert identity(replace(MARKET, incidents=INCIDENTS | other).program, SEED) != identity(MARKET.program, SEED)


def test_only_the_meaning_of_incidents_matters():
    same = {"works": Incident(every="(4 d)", lasts="2 h", affects="(region == 'eu')  # there")}
    assert identity(replace(MARKET, incidents=INCIDENTS | same).program, SEED) == identity(MARKET.program, SEED)


def test_several_populations_share_the_incidents_which_are_emitted_once():
    """Bots have no region, so incidents of a region do not affect them."""
    buy = Transition("buy", "here", rate="2/d * (0 if outage[region] else 1)", emit="orders")
    hit = Transition("hit", "on", rate="5/d", when="attack", emit="hits")
    customers = Population("customer", 20, {"region": "choice(['eu', 'us'])"}, states=["here"], initial="here")
    model = Model(
        "two",
        populations=[
            replace(customers, transitions=[buy]),
            Population("bot", 5, states=["on"], initial="on", transitions=[hit]),
        ],
        streams={
            "orders": Stream({"region": "region", "down": "outage[region]"}),
            "hits": Stream({"attack": "attack"}),
            "log": Stream({"what": "incident", "of": "value", "begins": "begins"}),
        },
        clock=Clock(START, 1, 20 * DAY),
        incidents={
            "outage": Incident(every="exponential(mean=3 d)", lasts="6 h", per=["eu", "us"], emit="log"),
            "attack": Incident(every="4 d", lasts="1 d", affects="True", emit="log"),
            "sale": Incident("2026-01-05", "2026-01-06", affects="region == 'eu'", emit="log"),
        },
    )
    actual = records_of(model.spec, SEED, engine="interpreted")
    assert len(actual["orders"]) > 500
    assert {fields for *_, fields in actual["orders"]} == {("eu", False), ("us", False)}
    assert {fields for *_, fields in actual["hits"]} == {(True,)}
    parts = model.program.populations
    assert [(at, *fields) for at, _, _, fields in actual["log"]] == sorted(
        (begin, history.incident, history.value, begin)
        for history, its in zip(parts[0].histories, incident_spans(parts[0], SEED), strict=True)
        for begin in its.begins.tolist()
        if begin < START + 20 * DAY
    )
