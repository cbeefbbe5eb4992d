"""A model with incidents of every kind, for tests."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from doge_datagen import Arrival, Clock, Incident, Model, Population, Rhythm, Stream, Transition
from doge_datagen.engine.waiting.incident_spans import Spans, edges_of, incident_spans
from tests.rhythms import DAY, EVENING, START

SEED = 7
INCIDENTS = {
    "outage": Incident(every="exponential(mean=2 d)", lasts="lognormal(median=3 h, sigma=1)", emit="log"),
    "sale": Incident("2026-01-05", "2026-01-07 12:00", emit="log"),
    "cable": Incident(every="exponential(mean=3 d)", lasts="12 h", per=["eu", "us"], emit=["log", "cables"]),
    "works": Incident(every="4 d", lasts="2 h", affects="region == 'eu'"),
    "bots": Incident(every="weibull(shape=2, scale=3 d)", lasts="uniform(1, 9) * 1 h"),
}
SILENT = {name: replace(INCIDENTS[name], emit=()) for name in ("outage", "sale", "cable", "bots")}
FIELDS = {
    "ts": "timestamp",
    "what": "incident",
    "of": "value",
    "n": "index",
    "begins": "begins",
    "ends": "ends",
}
SHOWN = {"who": "index", "ts": "timestamp", "what": "trigger", "region": "region", "down": "outage", "seen": "seen"}
SHOWN |= {"cut": "cable[region]", "begins": "outage.begins", "ends": "outage.ends", "works": "works"}


def market(days: float = 14, count: int = 40, *, warm_up: int = 0, start: int = START, **kwargs: Any) -> Model:
    """Customers whose rates, conditions and moments depend on incidents."""
    transitions = [
        Transition("buy", "here", rate="3/d * (0 if outage else 1) * (4 if sale else 1)", emit="orders"),
        Transition("give_up", "here", "away", rate="8/d", when="outage", emit="orders"),
        Transition("browse", "here", rate="1/d if cable[region] else 2/d", rhythm="busy", emit="orders"),
        Transition("notice", ["here", "away"], at="outage.begins", do="seen += 1", emit="orders"),
        Transition("hear", ["here", "away"], at="works.begins - 10 min", emit="orders"),
        Transition("back", "away", "here", at="outage.ends", emit="orders"),
    ]
    given: dict[str, Any] = {"rhythms": {"busy": Rhythm(hours=EVENING.hours, incidents={"bots": 5})}} | kwargs
    return Model(
        "market",
        Population("customer", count, {"region": "choice(['eu', 'us', 'asia'])", "seen": 0}),
        ["here", "away"],
        "here",
        transitions,
        {
            "orders": Stream(SHOWN),
            "log": Stream({**FIELDS, "long": "ends - begins > 2 h"}, key="f'{incident} {value}'"),
            "cables": Stream({"ts": "timestamp", "n": "index"}),
        },
        Clock(start, 1, int(days * DAY), warm_up=warm_up),
        incidents=INCIDENTS,
        **given,
    )


def arriving(rate: str, days: float = 14, rhythm: str | None = None) -> Model:
    """Customers who arrive at a rate that incidents change."""
    return Model(
        "market",
        Population("customer", None, {}, arrive=Arrival(rate, rhythm=rhythm, emit="customers")),
        ["here"],
        "here",
        [Transition("buy", "here", rate="1/d")],
        {"customers": Stream({"ts": "timestamp"})},
        Clock(START, 1, int(days * DAY)),
        incidents=SILENT,
        rhythms={"busy": Rhythm(hours=EVENING.hours, incidents={"bots": 5})},
    )


def spans(model: Model, name: str, value: str = "", seed: int = SEED) -> Spans:
    """The incidents of a value."""
    result = zip(model.program.histories, incident_spans(model.program.with_warm_up(), seed), strict=True)
    return next(it for history, it in result if (history.incident, history.value) == (name, value))


def edges(model: Model, name: str, value: str = "", seed: int = SEED) -> list[int]:
    """The starts and ends of incidents, alternating."""
    return edges_of(spans(model, name, value, seed)).tolist()
