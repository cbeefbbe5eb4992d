"""A model whose subjects arrive, and its records from any engine."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from doge_datagen import Arrival, Clock, Model, Period, Population, Stream, Transition
from doge_datagen.run.simulation.engine_choice import Engine, make_engine
from tests.rhythms import DAY, EVENING, OFFICE, START

Records = dict[str, list[tuple[Any, ...]]]
SEED = 7
ENGINES = ["interpreted", "compiled"]
BUSY = replace(EVENING, growth="10 %/week", periods=[Period("sale", "2026-01-05", "2026-01-06 12:00", 4)])
RHYTHMS = {"evening": EVENING, "office": OFFICE, "busy": BUSY}
EVERYBODY = range(2**32)


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
