"""A model and a seed decide every record, whichever engine, windows, workers and batches make them."""

import ast
import inspect
from dataclasses import replace

import pytest

from doge_datagen import Attribute, Population, Stream, Transition
from doge_datagen.engine import initial_states
from doge_datagen.engine.compiled import event_buffers
from doge_datagen.engine.recording import record_batches as records
from doge_datagen.language.arithmetic import CHECKED_FLOATS, INTEGERS
from doge_datagen.language.calls import FUNCTIONS
from doge_datagen.language.operators import COMPARISONS
from doge_datagen.language.parse import statements
from doge_datagen.language.scope import WORDS
from doge_datagen.language.table_rows import PICK, PICKS
from doge_datagen.language.time.calls import ELAPSED
from tests.engine.models import (
    MODELS,
    SEED,
    digest,
    event_counts,
    events_in,
    model_named,
    records_in,
    records_of,
    windows,
)

GOLDEN = {
    "bank": {
        "clickstream": "4a0a990430b2e28a",
        "trx": "ab92d68d9a1b5bc7",
        "balance": "8c6c83c27b2cd1ae",
        "loan": "e9b0c0e8be04350e",
        "events": "aa9057cb2d6f0adf",
    },
    "shop": {"all": "422cd761d80ad8b7", "sales": "5115e98261679fc5", "events": "a58549377f246e39"},
    "dice": {"told": "f2c9fa9b1fbd69a2", "events": "bdf1733d5bade610"},
    "diary": {"notes": "3450018b366b0697", "events": "dd402e2472b33c58"},
    "club": {"visited": "51a8a226cfbb8d42", "events": "1587e0ef3883ea4a"},
    "alone": {"events": "a48552c6426952fb"},
}
"""A changed digest here would change the runs of every user."""
ENGINES = ("interpreted", "compiled")


pytestmark = pytest.mark.usefixtures("compiled_models")


def digests(spec, seed=SEED, **kwargs):
    """The digests of each stream's records, and of the number of events per transition."""
    created = list(windows(spec, seed, **kwargs))
    result = {name: digest(records) for name, records in records_in(created, spec).items()}
    return result | {"events": digest(events_in(created, spec))}


@pytest.fixture(params=MODELS)
def name(request):
    return request.param


@pytest.mark.parametrize("engine", ENGINES)
def test_a_seed_always_gives_the_same_records_on_every_machine(name, engine):
    assert digests(model_named(name), engine=engine) == GOLDEN[name]


@pytest.mark.parametrize("length", [1, 7, 1000])
@pytest.mark.parametrize("engine", ENGINES)
def test_records_do_not_depend_on_windows(name, engine, length):
    assert digests(model_named(name), engine=engine, length=length) == GOLDEN[name]


@pytest.mark.parametrize("workers", [2, 4, 7])
@pytest.mark.parametrize("length", [None, 7])
def test_records_do_not_depend_on_workers(name, workers, length):
    assert digests(model_named(name), engine="compiled", workers=workers, length=length) == GOLDEN[name]


@pytest.mark.parametrize(("workers", "length"), [(1, None), (3, 7), (1, 1000)])
def test_records_do_not_depend_on_batches_or_the_growth_of_buffers(name, workers, length, monkeypatch):
    monkeypatch.setattr(event_buffers, "ROOM", 1)
    monkeypatch.setattr(records, "ROWS", 3)
    kwargs = {"engine": "compiled", "workers": workers, "length": length, "records": 5}
    assert digests(model_named(name), **kwargs) == GOLDEN[name]


def test_records_of_the_interpreted_engine_do_not_depend_on_the_size_of_windows(name):
    assert digests(model_named(name), engine="interpreted", records=5) == GOLDEN[name]


@pytest.mark.parametrize("engine", ENGINES)
def test_records_do_not_depend_on_the_maximum_bytes_of_batches_and_windows(name, engine, monkeypatch):
    monkeypatch.setattr(records, "BYTES", 300)
    monkeypatch.setattr(records, "WINDOW_BYTES", 900)
    monkeypatch.setattr(initial_states, "LARGEST", 100)
    assert digests(model_named(name), engine=engine) == GOLDEN[name]


@pytest.mark.parametrize("engine", ENGINES)
def test_another_seed_gives_different_records(name, engine):
    other = digests(model_named(name), 7, engine=engine)
    assert not set(other.items()) & set(GOLDEN[name].items())


@pytest.mark.parametrize(("engine", "more"), [("interpreted", 20), ("compiled", 1200)])  # a block is 512
def test_more_subjects_change_nothing_for_the_others(name, engine, more):
    spec = model_named(name)
    count = spec.subjects.count
    many = records_of(spec.resized(subjects=count + more), engine=engine)
    first = {stream: [it for it in records if OWNER[stream](it) < count] for stream, records in many.items()}
    assert first == records_of(spec, engine=engine)


OWNER = {
    "clickstream": lambda record: int(record[3][0]),
    "trx": lambda record: int(record[3][0]),
    "balance": lambda record: record[3][1],
    "loan": lambda record: record[3][1],
    "all": lambda record: int(record[1]),
    "sales": lambda record: record[3][0],
    "told": lambda record: record[3][0],
    "notes": lambda record: int(record[1]),
    "visited": lambda record: record[3][0],
}
"""The position of the subject's index in the records of each stream."""


@pytest.mark.parametrize("engine", ENGINES)
def test_a_longer_run_starts_with_the_records_of_a_shorter_one(name, engine):
    long = model_named(name)
    short = records_of(long.resized(ticks=long.clock.ticks // 3), engine=engine)
    assert {
        stream: records[: len(short[stream])] for stream, records in records_of(long, engine=engine).items()
    } == short


def without_events(result):
    return {stream: one for stream, one in result.items() if stream != "events"}


NEEDING_OTHERS = ("town", "name", "mail", "wait")


def test_the_order_of_states_transitions_streams_and_attributes_does_not_matter(name):
    spec = model_named(name)
    given = spec.subjects.attributes
    free = [one for one in reversed(given) if one not in NEEDING_OTHERS]
    attributes = {one: given[one] for one in (*free, *(one for one in NEEDING_OTHERS if one in given))}
    changed = replace(
        spec,
        states=spec.states[::-1],
        transitions=sorted(spec.transitions, key=lambda it: it.from_state),  # transitions of one state keep their order
        streams=dict(reversed(spec.streams.items())),
        subjects=Population(spec.subjects.name, spec.subjects.count, attributes),
    )
    assert records_of(changed, engine="interpreted") == records_of(spec, engine="interpreted")


def with_a_stream(spec):
    fed = [replace(it, emit=("more", *it.emit)) for it in spec.transitions]
    return replace(spec, streams={"more": Stream({"x": "random()"}), **spec.streams}, transitions=fed)


def with_attributes(spec):
    drawn = {"first_one": Attribute("gauss()"), "second_one": Attribute("f'{first_one}'")}
    return replace(spec, subjects=replace_attributes(spec.subjects, drawn | dict(spec.subjects.attributes)))


def replace_attributes(population, attributes):
    return Population(population.name, population.count, attributes)


def with_a_state_that_nobody_enters(spec):
    exits = [
        Transition("go", "nowhere", spec.states[0], 50, do="x = random()"),
        Transition("stay", "nowhere", "nowhere", 9),
    ]
    return replace(spec, states=("nowhere", *spec.states), transitions=[*exits, *spec.transitions])


def with_transitions_that_nobody_takes(spec):
    return replace(spec, transitions=[*(Transition("no", it, it, 0) for it in spec.states), *spec.transitions])


ADDITIONS = (with_a_stream, with_attributes, with_a_state_that_nobody_enters, with_transitions_that_nobody_takes)


@pytest.mark.parametrize("add", ADDITIONS, ids=lambda it: it.__name__)
def test_additions_elsewhere_change_no_record(name, add):
    assert without_addition(records_of(add(model_named(name)), engine="interpreted")) == without_events(GOLDEN[name])


def test_additions_elsewhere_change_no_record_of_the_compiled_engine():
    """All additions at once, and for one model only, as it has to be compiled."""
    name = "shop"
    spec = model_named(name)
    for add in ADDITIONS:
        spec = add(spec)
    events = event_counts(spec, engine="compiled")[-len(model_named(name).transitions) :]
    assert without_addition(records_of(spec, engine="compiled")) | {"events": digest(events)} == GOLDEN[name]


OPERATORS = (*INTEGERS, *CHECKED_FLOATS, *COMPARISONS, ast.In, ast.NotIn, ast.And, ast.Or, ast.Not, ast.USub)
PARTS = (ast.Assign, ast.AugAssign, ast.If, ast.Return, ast.IfExp, ast.JoinedStr, ast.FormattedValue, ast.Subscript)


def test_the_models_together_use_every_part_of_the_language():
    used = {type(node) for name in MODELS for tree in trees(model_named(name)) for node in ast.walk(tree)}
    names = {it for name in MODELS for tree in trees(model_named(name)) for it in names_in(tree)}
    assert not {*OPERATORS, *PARTS} - used
    of_others = {ELAPSED, PICK, PICKS}  # covered by test_rhythms and test_tables
    assert {*FUNCTIONS, *WORDS, "require"} - names == of_others


def trees(model):
    """The syntax trees of all expressions and actions of a model."""
    actions = [it.do for it in model.transitions if it.do is not None]
    starts = [it.start for it in model.subjects.attributes.values()]
    shown = [it for stream in model.streams.values() for it in (*stream.fields.values(), *stream.headers.values())]
    texts = [*starts, *shown, *(stream.key for stream in model.streams.values())]
    for text in (*actions, *texts):
        tree = ast.parse(inspect.getsource(text)).body if callable(text) else statements(str(text))
        yield ast.Module(tree, [])


def names_in(tree):
    for node in ast.walk(tree):
        yield node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")


def without_addition(result):
    return {stream: digest(records) for stream, records in result.items() if stream != "more"}
