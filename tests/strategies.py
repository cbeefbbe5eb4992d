"""Hypothesis strategies for the values of a model; all specs are valid."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from doge_datagen.model import ENDLESS, Attribute, Clock, Destination, Population, Spec, Stream, Transition
from doge_datagen.program.time.checks import FIRST_MOMENT

EXPRESSIONS = (
    "index",
    "trigger",
    "timestamp",
    "tick",
    "balance",
    "str(balance)",
    "balance * 2",
    "f'{trigger}: {index}'",
)
STARTS = ("index", "randrange(0, 1000)", "randint(-5, 5)", "7 * index + 3", 0, -1, 10**12)
STATEMENTS = (
    "balance += randrange(500, 2000)",
    "balance -= 1; balance *= 2",
    "payment = randrange(10, 100)\nrequire(payment <= balance)\nbalance -= payment\n",
    "if balance > 10:\n    balance = 0\nelif index == 3:\n    balance = -1\nelse:\n    balance += 1",
)


def earn(subject, draw):
    subject.balance += draw.randrange(500, 2000)


def spend(subject, draw):
    payment = draw.randint(10, 100)
    if payment > subject.balance:
        return False
    subject.balance -= payment
    return True


ATTRIBUTES = {
    "loan": st.sampled_from([Attribute(0), Attribute(0.5), Attribute(1.0, "float"), Attribute("gauss(0, 1)")]),
    "active": st.sampled_from([Attribute(start=True), Attribute(start=False, type="boolean")]),
    "tier": st.sampled_from([Attribute("'on'"), Attribute("choice(['a', 'no'])", "string", ("a", "no", "1"))]),
    "born": st.just(Attribute("timestamp", "timestamp")),
}
MINUTE = 60_000
OTHER_SHARES = (np.float64(0.1), np.float32(3.3), np.int64(3), Fraction(1, 3), Decimal("0.1"))

names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12) | st.sampled_from(
    ["on", "no", "null", "1", "1e6", "010", "~", "<<", "a: b", "# x", "- x", "true", "2022-02-11", "x.y", "${HOME}"]
)
clocks = st.builds(
    Clock,
    st.integers(FIRST_MOMENT, 4 * 10**12),
    st.sampled_from([1, 500, 1000, MINUTE, 90 * MINUTE, 24 * 60 * MINUTE]) | st.integers(1, 10**9),
    st.integers(0, 10**5) | st.just(ENDLESS),
)
places = st.one_of(
    st.builds(Destination, st.just("file"), names),
    st.builds(Destination, st.just("database"), names.map("duckdb:///{}".format)),
    st.just(Destination("console")),
    st.builds(
        Destination,
        st.just("kafka"),
        names,
        st.dictionaries(
            st.sampled_from(["format", "topic", "options"]),
            names | st.integers() | st.booleans() | st.lists(names, max_size=2),
        ),
    ),
)
numbers = st.sampled_from([np.int64, np.float64, Fraction, Decimal, int])
populations = st.builds(
    lambda name, count, start, others: Population(name, count, {"balance": Attribute(start), **others}),
    names,
    st.integers(1, 2**32 - 1) | st.sampled_from([1e6, np.int64(7), np.uint32(2**32 - 1)]),
    st.sampled_from(STARTS) | st.builds(lambda kind: kind(3), numbers),
    st.fixed_dictionaries({}, optional=ATTRIBUTES),
)
constants = st.sampled_from([True, 3, -1.5, np.float64(0.25), np.int64(-2)])
streams = st.builds(
    Stream,
    st.dictionaries(names, st.sampled_from(EXPRESSIONS) | constants, min_size=1, max_size=3),
    st.none() | st.sampled_from(EXPRESSIONS),
    st.dictionaries(names, st.sampled_from(EXPRESSIONS), max_size=2),
)


@st.composite
def transitions(draw, states, streams, actions):
    """Transitions between the states with valid probabilities, which feed every stream."""
    edges = draw(st.lists(st.tuples(st.sampled_from(states), names), min_size=1, max_size=6, unique=True))
    share = st.sampled_from([0, 0.1, 1e-05, 10, 16.5, *OTHER_SHARES]) | st.floats(0, 16)
    created = [
        Transition(
            trigger,
            state,
            draw(st.sampled_from(states)),
            draw(share),
            do=draw(st.none() | st.sampled_from(actions)),
            emit=draw(st.lists(st.sampled_from(streams), unique=True)) if streams and position else streams,
        )
        for position, (state, trigger) in enumerate(edges)
    ]
    return tuple(created)


@st.composite
def specs(draw, actions=STATEMENTS):
    """Complete, valid models."""
    states = draw(st.lists(names, min_size=1, max_size=4, unique=True))
    outputs = draw(st.dictionaries(names, streams, max_size=3))
    start = st.lists(st.sampled_from(states), min_size=1, unique=True)
    weights = st.sampled_from([1, 0.5, 90, 1e-9, np.int64(2), Fraction(1, 3)])
    carried = st.dictionaries(st.sampled_from(list(outputs)), places, max_size=3) if outputs else st.just({})
    return Spec.of_one(
        draw(names),
        draw(populations),
        tuple(states),
        {state: draw(weights) for state in draw(start)},
        draw(transitions(states, list(outputs), actions)),
        outputs,
        draw(clocks),
        draw(st.dictionaries(names, carried, max_size=2)),
    )
