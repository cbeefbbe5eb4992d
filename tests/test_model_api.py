"""The public ``Model``: checks, files, Arrow."""

import pickle
from dataclasses import replace
from datetime import timedelta

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from doge_datagen import Clock, Model, Population, Stream, Transition
from doge_datagen.errors import InvalidModelError, ModelError
from doge_datagen.model.spec import Spec
from tests.engine.models import BANK, bank, dice, shop
from tests.populations import SHOP, STREAMS, USER, market

UTC_MS = pa.timestamp("ms", tz="UTC")


def visits(**given):
    """Visitors come and go."""
    said = {
        "name": "visits",
        "subjects": Population("visitor", 30, {"times": 0}),
        "states": ["away", "here"],
        "initial": "away",
        "transitions": [
            Transition("come", "away", "here", 30, do="times += 1", emit="seen"),
            Transition("go", "here", "away", 60, emit=["seen", "gone"]),
        ],
        "streams": {
            "seen": Stream({"who": "index", "what": "trigger", "times": "times", "at": "timestamp", "x": "random()"}),
            "gone": Stream({"who": "index", "here": "times > 1"}),
        },
        "clock": Clock(1_644_549_708_000, 60_000, 40),
    }
    return Model(**(said | given))


def test_all_errors_are_reported_at_once():
    with pytest.raises(InvalidModelError) as caught:
        visits(
            initial="hree",
            transitions=[
                Transition("come", "away", "here", 130, do="tims += 1", emit="sen"),
                Transition("go", "here", "away", 60, emit=["seen", "gone"]),
            ],
        )
    assert [it.dotted_path for it in caught.value.problems] == [
        "initial",
        "transitions[0].probability",
        "transitions[0].emit[0]",
        "transitions[0].do",
    ]


def test_a_spec_becomes_a_model_and_is_checked():
    wrong, right = (
        Spec.of_one("visits", Population("visitor", 3), ["away"], initial, [], {}, Clock(0, 1, 1))
        for initial in ("here", "away")
    )
    with pytest.raises(InvalidModelError, match="'here' is not a state"):
        Model.of(wrong)
    assert Model.of(right).spec == right


@pytest.mark.parametrize("model", [visits, bank, shop, dice], ids=lambda it: it.__name__)
def test_a_model_that_was_dumped_and_loaded_gives_the_same_records(model, tmp_path):
    one = model().resized(subjects=10, ticks=15)
    path = tmp_path / "model.yaml"
    path.write_text(one.dump())
    again = Model.load(path)
    for stream in one.streams:
        assert again.table(stream, seed=7) == one.table(stream, seed=7)


def test_a_model_loaded_from_a_file_accepts_overrides_by_path():
    assert Model.load(BANK, {"subjects.count": "77"}).subjects.count == 77


def test_a_model_is_a_value():
    assert visits() == visits()
    assert visits() != visits().resized(ticks=3)
    with pytest.raises(AttributeError):
        visits().name = "other"


def test_a_changed_copy_is_checked():
    assert replace(visits(), name="calls").table("gone", seed=7) == visits().table("gone", seed=7)
    with pytest.raises(InvalidModelError, match="'hree' is not a state"):
        replace(visits(), initial="hree")


def test_a_model_is_pickled_without_its_caches():
    model = visits()
    assert pickle.loads(pickle.dumps(model)) == model
    assert len(pickle.dumps(model)) < len(pickle.dumps(model.spec)) + 200


def test_resized_changes_only_what_is_given():
    assert (visits().resized(subjects=3).subjects.count, visits().resized(subjects=3).clock) == (3, visits().clock)
    assert (visits().resized(ticks=3).clock.ticks, visits().resized(ticks=3).subjects) == (3, visits().subjects)
    assert type(visits().resized(ticks=3)) is Model


@pytest.mark.parametrize("size", [{"subjects": 0}, {"ticks": -1}, {"subjects": "many"}])
def test_an_invalid_size_is_reported(size):
    with pytest.raises(InvalidModelError):
        visits().resized(**size)


def test_batches_have_the_names_of_streams_and_are_in_time_order():
    actual = list(visits().batches(seed=7, window=10))
    assert [name for name, _ in actual] == ["seen", "gone"] * 4
    times = [time for name, batch in actual if name == "seen" for time in batch.column("at").to_pylist()]
    assert times == sorted(times)


def test_batches_of_one_stream_equal_those_among_all():
    only = [batch for _, batch in visits().batches("gone", seed=7, window=10)]
    assert only == [batch for name, batch in visits().batches(seed=7, window=10) if name == "gone"]


def test_iterating_over_batches_can_stop_early():
    batches = visits().resized(ticks=2**48).batches(seed=7, window=1, engine="interpreted")
    assert next(batches)[0] == "seen"
    batches.close()


def test_a_table_has_the_types_of_the_fields_and_no_nulls():
    schema = visits().table("seen", seed=7).schema
    types = [pa.int64(), pa.string(), pa.int64(), UTC_MS, pa.float64()]
    assert schema.types == types
    assert not any(field.nullable for field in schema)
    assert visits().table("gone", seed=7).schema.types == [pa.int64(), pa.bool_()]


def test_a_table_without_records_has_its_columns():
    table = visits().resized(ticks=0).table("seen", seed=7)
    assert (table.num_rows, table.column_names) == (0, ["who", "what", "times", "at", "x"])


def test_a_table_does_not_depend_on_engine_workers_or_windows():
    table = visits().table("seen", seed=7)
    assert visits().table("seen", seed=7, window=3, engine="interpreted", workers=2).equals(table)
    assert not visits().table("seen", seed=8).equals(table)


def test_without_a_seed_each_table_is_different():
    assert visits().table("seen") != visits().table("seen")


def test_pandas_converts_a_table_to_a_frame():
    table = visits().table("seen", seed=7)
    frame = table.to_pandas()
    assert list(frame["times"]) == table["times"].to_pylist()
    assert str(frame["at"].dtype) == "datetime64[ms, UTC]"
    pd.testing.assert_frame_equal(pd.DataFrame.from_arrow(table), frame)


def test_polars_reads_a_table_directly():
    table = visits().table("seen", seed=7)
    assert pl.DataFrame(table)["times"].sum() == sum(table["times"].to_pylist())


def test_duckdb_reads_a_table_directly():
    seen = visits().table("seen", seed=7)
    with duckdb.connect() as database:
        database.register("seen", seen)
        (counted,) = database.execute("SELECT count(*) FROM seen WHERE what = 'come'").fetchone()
    assert counted == seen["what"].to_pylist().count("come")


def test_a_table_of_a_model_without_end_is_rejected():
    with pytest.raises(
        ModelError, match=r"^clock: the model has no end, but a table must have one. Hint: give ticks: .*resized"
    ):
        visits(clock=Clock(0, 1000)).table("seen")


@pytest.mark.parametrize("ask", [lambda model: model.table("sen"), lambda model: next(model.batches("sen"))])
def test_an_unknown_stream_is_reported_with_the_nearest_name(ask):
    with pytest.raises(ModelError, match=r"^streams: 'sen' is not a stream. Hint: did you mean 'seen'\?"):
        ask(visits())


def test_a_destination_may_be_a_pathlib_path(tmp_path):
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    model = visits(targets={"local": {"seen": first}})
    for target in (None, {"seen": second}):
        model.run(target, seed=3)
    assert first.read_text().startswith('"who","what"')
    assert second.read_text() == first.read_text()


@pytest.mark.parametrize(
    "ask",
    [
        lambda model: model.table("seen", worker=2),
        lambda model: next(model.batches(worker=2)),
        lambda model: model.run({"seen": "console"}, worker=2),
    ],
)
def test_an_unknown_parameter_is_reported_with_the_nearest_name(ask):
    with pytest.raises(TypeError, match=r"^'worker' is not a parameter. Hint: did you mean 'workers'\?"):
        ask(visits())


@pytest.mark.parametrize("given", [{"pace": "60x"}, {"run_id": "demo"}, {"patience": 1}])
def test_parameters_only_for_runs_are_not_accepted_by_tables_and_batches(given):
    (name,) = given
    for ask in (lambda: visits().table("seen", **given), lambda: next(visits().batches(**given))):
        with pytest.raises(TypeError, match=rf"^'{name}' is not a parameter. Hint: use it with run\(\)"):
            ask()


def test_a_table_starts_and_ends_where_requested():
    model = visits(clock=Clock(0, 1000, 40))
    whole, part = model.table("seen", seed=7), model.table("seen", seed=7, start=5_000, until=9_000)
    shifted = [{**it, "at": it["at"] + timedelta(seconds=5)} for it in whole.to_pylist()]
    assert part.to_pylist() == [it for it in shifted if it["at"].timestamp() < 9]
    assert 0 < len(part) < len(whole)


def test_a_model_without_end_has_a_table_up_to_a_given_moment():
    endless, ending = (visits(clock=Clock(0, 1000, *ticks)) for ticks in ((), (9,)))
    assert endless.table("seen", seed=7, until=9_000).equals(ending.table("seen", seed=7))


@pytest.mark.parametrize("number", [0, 2.5, "2", True])
def test_an_invalid_number_of_workers_is_an_error(number):
    with pytest.raises(ModelError, match=r"^workers: "):
        visits().table("seen", workers=number)


def test_overrides_may_be_numbers(tmp_path):
    path = tmp_path / "visits.yaml"
    path.write_text(visits().dump())
    model = Model.load(path, {"subjects.count": 5, "clock.ticks": "7", "transitions.come.probability": 2.5})
    assert (model.subjects.count, model.clock.ticks, model.transitions[0].probability) == (5, 7, 2.5)


# -- several populations ----------------------------------------------------------------------------------------------


def test_a_model_of_several_populations_has_them_and_no_parts_of_a_single_one():
    model = market(USER, SHOP)
    assert model.populations == (USER, SHOP)
    assert (model.subjects, model.states, model.transitions) == (None, (), ())
    assert replace(model, name="other").populations == model.populations
    assert pickle.loads(pickle.dumps(model)) == model


def test_a_single_population_equals_the_short_form():
    model = market(USER)
    assert model.populations == ()
    assert model.subjects == replace(USER, states=(), initial={}, transitions=())
    assert replace(model, name="market") == model


def test_the_number_of_subjects_is_changed_by_name():
    model = market(USER, SHOP).resized(subjects={"shop": 2})
    assert [it.count for it in model.spec.populations] == [40, 2]
    assert [it.spec.population.count for it in model.program.parts] == [40, 2]
    with pytest.raises(
        ModelError, match=r"there are 2 populations: user, shop\. Hint: say of which: --set populations"
    ):
        model.resized(subjects=5)
    with pytest.raises(ModelError, match=r"'shp' is not a population\. Hint: did you mean 'shop'"):
        model.resized(subjects={"shp": 5})
    with pytest.raises(InvalidModelError, match=r"^populations\.shop\.count: 0 is too small"):
        model.resized(subjects={"shop": 0})


def test_populations_exclude_the_parts_of_a_single_one():
    with pytest.raises(ModelError, match="populations: they exclude states"):
        Model("a", states=["on"], populations=[USER], streams=STREAMS, clock=Clock(0, 1, 1))
    with pytest.raises(TypeError, match="needs clock, subjects, states, initial, transitions"):
        Model("a", streams={})
