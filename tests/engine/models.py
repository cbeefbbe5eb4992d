"""Models that together use everything a model can express, and the output of an engine for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from doge_datagen import Attribute, Clock, Model, Population, Stream, Transition
from doge_datagen.engine.window import Window
from doge_datagen.model.spec import Spec
from doge_datagen.run.simulation.engine_choice import make_engine
from doge_datagen.run.simulation.windows import iterate_windows
from tests.compiling import program_of

BANK = Path(__file__).parents[2] / "examples" / "bank" / "bank.yaml"
TOWNS = "['Riga', 'Oslo', 'Bonn', 'Rome', 'Bern', 'Kyiv', 'Cork', 'Lyon', 'Graz', '']"  # more than are compared
SIZES = "[1, 2, 3, 5, 8, 13, 21, 34, 55, -89]"
STOCK = 3


def sell(shop: Any, draw: Any) -> bool:
    """An action as a Python function."""
    wanted = draw.randint(1, 4)
    if wanted > shop.stock:
        return False
    shop.stock -= wanted
    shop.sold = shop.sold + wanted
    if shop.stock == 0:
        shop.mood = "sad"
    elif shop.stock < STOCK:
        shop.mood = "calm"
    else:
        shop.mood = "glad"
    return True


def bank() -> Model:
    """The bank, with more events."""
    return Model.load(BANK, {f"transitions.{number}.probability": str(20 + number) for number in range(3)}).resized(
        subjects=60, ticks=90
    )


def shop() -> Model:
    """States of every kind, control flow, strings of every kind, streams of every shape."""
    attributes = {
        "stock": "index % 7",
        "sold": 0,
        "größe": 1.5,
        "mood": Attribute("choice(['glad', 'calm'])"),
        "tier": Attribute("'basic'", values=["basic", "silver", "gold"]),
        "open": "index % 2 == 0",
        "since": Attribute("timestamp - randrange(0, 10**9)", "timestamp"),
        "town": f"choice({TOWNS})",
        "name": "f'{town}-{index:03d}' if index % 3 else ''",
        "mail": "name + '@' + choice(['a', 'β']) + '.example/' + str(größe)",
    }
    upgrade = """
steps = 1 if tier == 'basic' else 2
if tier == 'gold' or not open:
    require(sold > 10)
    tier = 'basic'
elif steps == 1 and from_state == 'busy':
    tier = 'silver'
else:
    tier = 'gold'
    größe *= 1.25
größe += steps
"""
    texts = {
        "who": "name",
        "what": "'up' if tier == 'gold' else f'{trigger}: {tier}' if open else mood + '!'",
        "rounded": "f'{größe:.2f} of {stock:>4d}'",
        "way": "from_state + '->' + to_state",
    }
    return Model(
        name="shop",
        subjects=Population("läden", 40, attributes),
        states=["quiet", "busy", "shut", "gone", "never"],
        initial={"quiet": 3, "busy": 1.5, "shut": 0.1},
        transitions=[
            Transition("sell", "busy", "quiet", 60, do=sell, emit=["sales", "all"]),
            Transition("upgrade", "busy", "busy", 40, do=upgrade, emit="all"),
            Transition("wake", "quiet", "busy", 25, do="stock += randrange(0, 9, 2)"),
            Transition("close", "quiet", "shut", 0.5, emit="all"),
            Transition("impossible", "quiet", "never", 0, do="sold = -1", emit="all"),
            Transition("open", "shut", "quiet", 100, do="open = not open; require(open)", emit=["all", "sales"]),
            Transition("leave", "busy", "gone", 0, emit="all"),
            Transition("appear", "never", "busy", 50, emit="all"),
        ],
        streams={
            "all": Stream(texts | {"tick": "tick", "at": "timestamp"}, key="index", headers={"mood": "mood"}),
            "sales": Stream(
                {"index": "index", "open": "open", "since": "since", "mood": "mood", "luck": "gauss(0, größe)"},
                key="mail",
                headers={"n": "sold", "at": "timestamp", "both": "f'{town}/{trigger}'", "fixed": "'x'"},
            ),
        },
        clock=Clock(start=-1000, tick_ms=250, ticks=120),
    )


def dice() -> Model:
    """Every draw and every mathematical function."""
    attributes = {"gain": 0.0, "town": f"choice({TOWNS})", "size": "0", "few": "choices(['a', 'b'], [1, 3])[0]"}
    throw = f"""
x = random() + uniform(-1, 1) + triangular(0, 10, 3) + triangular(low=-1) + expovariate(0.5)
x += gauss(mu=1) + normalvariate(0, 2) + lognormvariate(0, 0.25) + paretovariate(3) + weibullvariate(2, 1.5)
n = randrange(10) + randrange(1, 9) + randrange(100, -100, -7) + randint(-3, 3)
size = choice({SIZES}) + choice([n, 2 * n, -n])
town = choices({TOWNS}, weights=[1, 2, 3, 4, 5, 6, 7, 8, 9, 0])[0]
gain = x + n / 3
"""
    reckon = """
y = abs(gain) + 1
gain = sqrt(y) + exp(-y) + log(y) + log2(y) + log10(y) + sin(y) + cos(y) + tan(y) + y ** 0.5 + size % 7 + size // 3
size = int(y) + round(gain) + floor(y / 3) + ceil(y) + max(size, 3, -size) % 2 + min(2, size) ** 2 + abs(-size)
gain = round(float(gain), 3) if bool(size) else 0.0
"""
    fields = {
        "index": "index",
        "gain": "gain",
        "size": "size",
        "town": "town",
        "few": "few",
        "drawn": "random() * expovariate()",
        "many": f"choice({SIZES})",
        "either": "random() < 0.25",
    }
    return Model(
        name="dice",
        subjects=Population("player", 25, attributes),
        states=["play"],
        initial="play",
        transitions=[
            Transition("throw", "play", "play", 30, do=throw, emit="told"),
            Transition("reckon", "play", "play", 45.5, do=reckon, emit="told"),
        ],
        streams={"told": Stream(fields, key="few", headers={"size": "size"})},
        clock=Clock(start=1_644_549_708_000, tick_ms=60_000, ticks=60),
    )


def diary() -> Model:
    """Moments, durations and parts of timestamps, assignments of every kind, more than two thousand ticks."""
    attributes = {
        "last": Attribute("timestamp - randrange(0, 10**10)", "timestamp"),
        "due": Attribute("timestamp('2022-03-01T06:30:00Z')"),
        "energy": "20 + index % 5",
        "mood": 1.5,
        "place": Attribute("'home'", values=["home", "work", "gym"]),
        "late": False,
    }
    go = """
require(weekday(timestamp) not in (6, 7) and 6 <= hour(timestamp) < 22 or index == 0)
late = timestamp >= due + duration('2 h') and not late
last = timestamp
if place in ['home', 'gym']:
    place = 'work'
elif energy != 7:
    place = choice(['home', 'gym'])
due = timestamp + randrange(1, 72) * duration('1 h')
"""
    rest = """
energy += day(timestamp) - month(last)
energy -= year(last) % 7
energy *= 3
energy //= 2
energy %= 50
mood /= 3
mood **= 0.5
mood += minute(last) / (1 + second(last))
mood %= 9.5
mood //= 0.25
"""
    fields = {
        "last": "last",
        "due": "due",
        "ago": "timestamp - last",
        "energy": "energy",
        "mood": "mood",
        "seen": "f'{place} {hour(due):02d}:{minute(due):02d}' if place != 'gym' else str(late)",
        "soon": "due - duration('30 min') <= timestamp + duration('1 d')",
    }
    return Model(
        name="diary",
        subjects=Population("person", 6, attributes),
        states=["still"],
        initial="still",
        transitions=[
            Transition("go", "still", "still", 6, do=go, emit="notes"),
            Transition("rest", "still", "still", 4, do=rest, emit="notes"),
        ],
        streams={"notes": Stream(fields, key="index", headers={"weekday": "weekday(timestamp)"})},
        clock=Clock(start=1_638_316_800_000, tick_ms=3_667_000, ticks=2_300),
    )


def club() -> Model:
    """Durations with units, local time with daylight saving, and every distribution with readable parameters."""
    attributes = {
        "pace": "gamma(mean=1.5, shape=3, min=0.1) + gamma(scale=0.5, shape=0.5)",
        "joined": "add_months(timestamp, -(index % 7)) - weibull(scale=3 d, shape=0.8)",
        "renews": "never",
        "wait": Attribute("exponential(mean=90 min * pace, max=3 d)", "duration"),
        "visits": "poisson(mean=12) + poisson(2)",
        "level": "zipf(1.2, 5)",
    }
    visit = """
wait = lognormal(median=20 min, sigma=0.8) * pace + lognormal(median=20 s, p95=2 min, max=1 h)
if timestamp - joined > 30 d and renews == never:
    renews = next('02:30', weekdays='mon-fri')
elif renews < timestamp:
    renews = next(9 h + wait % 8 h, after=add_months(joined, visits), zone='America/New_York')
visits += 1
pace += beta(2, 3) - 0.5 + normal(mean=0, sd=0.1, min=-1, max=1)
level = empirical([1, 2, 3, 5], weights=[5, 3, 2, 1], max=4)
"""
    fields = {
        "index": "index",
        "wait": "wait + pareto(scale=1 s, shape=1.5, max=1 d)",
        "hours": "(timestamp - joined) / 1 h",
        "today": "floor_to(timestamp, 1 d)",
        "renews": "renews",
        "level": "level",
        "local": "f'{weekday(timestamp)} {hour(timestamp):02d}'",
    }
    return Model(
        name="club",
        subjects=Population("member", 12, attributes),
        states=["in"],
        initial="in",
        transitions=[Transition("visit", "in", "in", 20, do=visit, emit="visited")],
        streams={"visited": Stream(fields, key="index", headers={"visits": "visits"})},
        clock=Clock(start=1_711_800_000_000, tick_ms=3_600_000, ticks=60),
        zone="Europe/Warsaw",
    )


def alone() -> Model:
    """One subject, no attributes, no streams."""
    return Model(
        name="alone",
        subjects=Population("one", 1),
        states=["on", "off"],
        initial="off",
        transitions=[Transition("on", "off", "on", 30), Transition("off", "on", "off", 70)],
        streams={},
        clock=Clock(0, 1, 300),
    )


MODELS = {"bank": bank, "shop": shop, "dice": dice, "diary": diary, "club": club, "alone": alone}
SEED = 2022


@cache
def model_named(name: str) -> Model:
    """The model with the given name, created once."""
    return MODELS[name]()


def windows(
    spec: Spec, seed: int = SEED, *, length: int | None = None, records: int | None = None, **how: Any
) -> Iterator[Window]:
    """The windows of an engine; ``records`` is the target size of each."""
    program = program_of(spec)
    engine = make_engine(program, seed, **how)
    if records is not None:
        engine.records = records
    try:
        yield from iterate_windows(engine, program.spec, length=length)
    finally:
        engine.close()


Record = tuple[Any, ...]


def records_of(spec: Spec, seed: int = SEED, **how: Any) -> dict[str, list[Record]]:
    """The records of each stream as timestamp, key, headers and fields, in plain Python values."""
    return records_in(windows(spec, seed, **how), spec)


def records_in(made: Iterable[Window], spec: Spec) -> dict[str, list[Record]]:
    """The same, from the given windows."""
    found: dict[str, list[Record]] = {name: [] for name in spec.streams}
    for window in made:
        for name, batch in window.batches:
            moments = batch.timestamps.cast("int64").to_pylist()
            assert window.start <= (moments[0] - spec.clock.start) // spec.clock.tick_ms
            assert (moments[-1] - spec.clock.start) // spec.clock.tick_ms < window.end
            keys = [None] * len(batch) if batch.keys is None else batch.keys.to_pylist()
            headers = list(zip(*(it.to_pylist() for it in batch.headers.values()), strict=True)) or [()] * len(batch)
            fields = zip(*(_plain(column) for column in batch.records.columns), strict=True)
            found[name] += list(zip(moments, keys, headers, fields, strict=True))
    return found


def event_counts(spec: Spec, seed: int = SEED, **how: Any) -> list[int]:
    """The number of events of each transition."""
    return events_in(windows(spec, seed, **how), spec)


def events_in(made: Iterable[Window], spec: Spec) -> list[int]:
    """The same, from the given windows."""
    total = [0] * len(program_of(spec).spec.population.transitions)
    for window in made:
        for number, count in window.events.items():
            total[number] += count
    return total


def _plain(column: Any) -> list[Any]:
    kind = str(column.type)
    return (column.cast("int64") if kind.startswith("timestamp") else column).to_pylist()


def digest(value: object) -> str:
    """A short digest of a value."""
    return sha256(repr(value).encode()).hexdigest()[:16]
