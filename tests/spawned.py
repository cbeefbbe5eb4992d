"""A small model of customers, their orders and parcels, shared by several tests."""

from dataclasses import replace

from doge_datagen import Born, Clock, Model, Population, Spawn, Stream, Transition

HOUR, DAY = 3_600_000, 86_400_000
START = 1_767_225_600_000

CUSTOMER = Population(
    "customer",
    30,
    {"total": 0.0, "level": "choice(['gold', 'blue'])"},
    states=["here"],
    initial="here",
    transitions=[
        Transition(
            "buy",
            "here",
            rate="2/d",
            do="total = 5.0 + 10.0 * random()",
            emit="carts",
            spawn=Spawn("order", {"amount": "total", "level": "level"}, "randint(0, 2)"),
        )
    ],
)
ORDER = Population(
    "order",
    attributes={"paid": 0, "code": "f'O-{id}-{randrange(1000)}'"},
    born=Born(emit="orders"),
    states={"open": None, "closed": "final"},
    initial="open",
    transitions=[
        Transition(
            "pay",
            "open",
            "open",
            rate="2/d",
            when="paid < 2",
            do="paid += 1",
            emit="orders",
            spawn=[Spawn("parcel", {"of": "paid"})],
        ),
        Transition("close", "open", "closed", after="36 h", emit="orders"),
    ],
)
PARCEL = Population(
    "parcel",
    born=Born(emit="parcels", trigger="send", do="weight = 0.5 + random()"),
    attributes={"weight": 0.0},
    states={"under_way": None, "lost": "final", "there": "final"},
    initial={"under_way": 9, "lost": 1},
    transitions=[Transition("deliver", "under_way", "there", after="uniform(8 h, 20 h)", emit="parcels")],
)
STREAMS = {
    "carts": Stream({"ts": "timestamp", "id": "id", "total": "total", "level": "level"}, key="id"),
    "orders": Stream(
        {
            "ts": "timestamp",
            "what": "trigger",
            "id": "id",
            "customer": "parent",
            "number": "ordinal",
            "amount": "amount",
            "level": "level",
            "paid": "paid",
            "code": "code",
            "luck": "random()",
        },
        key="id",
    ),
    "parcels": Stream(
        {"ts": "timestamp", "what": "trigger", "id": "id", "order": "parent", "of": "of", "weight": "weight"}, key="id"
    ),
    "all": Stream({"ts": "timestamp", "who": "population", "id": "id", "root": "index", "what": "trigger"}),
}


def shop(*populations: Population, days: float = 5, warm_up: int = 0, everything: bool = False) -> Model:
    """A model of these populations; of customers, orders and parcels by default.

    Args:
        populations: the populations.
        days: the length of the run.
        warm_up: the length of the warm-up in milliseconds.
        everything: whether every event also feeds one common stream.
    """
    among = tuple(map(_with_all, populations or DEFAULT)) if everything else populations or DEFAULT
    fed = {stream for one in among for event in one.events for stream in event.emit}
    clock = Clock(START, 1, int(days * DAY), warm_up=warm_up)
    return Model(
        "shop", populations=among, streams={name: STREAMS[name] for name in STREAMS if name in fed}, clock=clock
    )


def _with_all(population: Population) -> Population:
    exits = [replace(it, emit=(*it.emit, "all")) for it in population.transitions]
    arrive = population.arrive and replace(population.arrive, emit=(*population.arrive.emit, "all"))
    return replace(population, transitions=exits, arrive=arrive)


DEFAULT = (CUSTOMER, ORDER, PARCEL)
