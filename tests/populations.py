"""Small models with several populations, shared by several tests."""

from collections.abc import Iterable

import pyarrow as pa

from doge_datagen import Clock, Model, Population, Stream, Transition
from doge_datagen.engine.arriving.spawn_queue import Births
from doge_datagen.engine.population_engines import PopulationEngines
from doge_datagen.engine.recording.hidden_columns import SUBJECT
from doge_datagen.engine.recording.record_batches import schema_of
from doge_datagen.model.arrival import Arrival
from doge_datagen.run.run_config import RunConfig
from doge_datagen.run.simulation.engine_choice import make_engine
from doge_datagen.run.simulation.windows import windows

MINUTE = 60_000
SEED = 7

USER = Population(
    "user",
    40,
    {"number": "index", "balance": "randrange(10, 100)"},
    states=["away", "here"],
    initial={"away": 3, "here": 1},
    transitions=[
        Transition("come", "away", "here", 10, do="balance += 1", emit="visits"),
        Transition("buy", "here", "away", 25, do="require(balance > 20)\nbalance -= 5", emit=["visits", "sales"]),
    ],
)
"""With a probability per tick."""
SHOP = Population(
    "shop",
    7,
    {"number": "index + 1000", "balance": 0},
    states=["closed", "open"],
    initial="closed",
    transitions=[
        Transition("open", "closed", "open", rate="6/h", emit="visits"),
        Transition("close", "open", "closed", after="uniform(5 min, 20 min)", do="balance += 1", emit="visits"),
    ],
)
"""With transitions at moments."""
GUEST = Population(
    "guest",
    attributes={"number": "-index", "balance": "randrange(5)"},
    states={"in": None, "out": "final"},
    initial="in",
    transitions=[Transition("leave", "in", "out", rate="3/h", emit="visits")],
    arrive=Arrival("20/h", initially=3, emit="visits"),
)
"""Subjects that arrive and leave."""
PER_TICK = Population(
    "robot",
    5,
    {"number": "index", "balance": 1},
    states=["on", "off"],
    initial="on",
    transitions=[Transition("stop", "on", "off", 20, emit="visits"), Transition("start", "off", "on", 30)],
)
"""Like users, with a probability per tick."""
STREAMS = {
    "visits": Stream(
        {"ts": "timestamp", "who": "population", "id": "id", "number": "number", "what": "trigger", "luck": "random()"},
        key="f'{population}-{id}'",
        headers={"balance": "balance"},
    ),
    "sales": Stream({"ts": "timestamp", "id": "id", "balance": "balance"}),
}


def market(*populations: Population, ticks: int = 300, **parts: object) -> Model:
    """A model of these populations; all kinds of them by default."""
    among = populations or (USER, SHOP, GUEST)
    fed = {stream for one in among for event in one.events for stream in event.emit}
    streams = {name: it for name, it in STREAMS.items() if name in fed}
    return Model("market", populations=among, streams=streams, clock=Clock(0, MINUTE, ticks), **parts)


def tables(model: Model, *, subjects: range | None = None, **kwargs: object) -> dict[str, pa.Table]:
    """All records by stream, with keys, headers and timestamps."""
    result: dict[str, list[pa.RecordBatch]] = {name: [] for name in model.streams}
    with windows(model.program, RunConfig(SEED, **kwargs), SEED, subjects=subjects) as simulated:
        for window in simulated:
            for stream, batch in window.batches:
                result[stream].append(_whole(batch))
    schemas = {name: schema_of(shape) for name, shape in model.program.shapes.items()}
    return {name: pa.Table.from_batches(it) if it else schemas[name].empty_table() for name, it in result.items()}


def _whole(batch) -> pa.RecordBatch:
    columns = dict(zip(batch.records.schema.names, batch.records.columns, strict=True))
    columns |= {"_ts": batch.timestamps, **{f"_{name}": it for name, it in batch.headers.items()}}
    if batch.keys is not None:
        columns["_key"] = batch.keys
    return pa.RecordBatch.from_pydict(columns)


def rows(table: pa.Table, who: Iterable[str] = ()) -> list[dict[str, object]]:
    """The rows of a table; of these populations only, if there are any."""
    among = set(who)
    return [row for row in table.to_pylist() if not among or row["who"] in among]


class Hasty:
    """An engine whose windows end early, after a maximum number of ticks."""

    def __init__(self, engine, longest):
        self.engine, self.longest = engine, longest

    def __getattr__(self, name):
        return getattr(self.engine, name)

    def window(self, end, **kwargs):
        return self.engine.window(min(end, self.engine.tick + self.longest), **kwargs)


def hasty_engines(program, longest):
    """Interpreted engines of several populations, each with a maximum number of ticks per window."""
    births, most = Births(program, SEED), iter(longest)
    hidden = [SUBJECT] if any(it.births for it in program.parts) else []

    def hasty(part):
        engine = make_engine(part, SEED, engine="interpreted", births=births, hidden=hidden)
        return Hasty(engine, next(most))

    return PopulationEngines(program, hasty, births)
