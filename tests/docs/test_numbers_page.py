"""The statements about infinity and nan on the page about numbers, for each destination."""

import duckdb
import psycopg
import pytest

from doge_datagen import Clock, DogeError, Model, Population, Stream, Transition
from tests.docs.pages import ROOT
from tests.sinks.files.read_back import read_back

PAGE = (ROOT / "docs" / "explanation" / "numbers.md").read_text()
TAKEN = ["x.parquet", "x.arrow", "x.avro", "x.csv"]
REFUSED = {"x.jsonl": ("inf", "nan"), "sqlite:///x.db": ("nan",)}
EXPRESSIONS = {"inf": "a * 10", "nan": "a * 10 - a * 10"}


def model(number):
    return Model(
        name="numbers",
        subjects=Population("user", 1, {"a": 1e308}),
        states=["here"],
        initial="here",
        transitions=[Transition("show", "here", "here", 100, emit="shown")],
        streams={"shown": Stream({"x": EXPRESSIONS[number], "happened": "timestamp"})},
        clock=Clock(start=1644549708000, tick_ms=1000, ticks=1),
    )


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("number", EXPRESSIONS)
def test_a_table_contains_them(number):
    assert str(model(number).table("shown").column("x")[0].as_py()) == number


@pytest.mark.parametrize("number", EXPRESSIONS)
@pytest.mark.parametrize("destination", TAKEN)
def test_these_files_contain_them(destination, number, tmp_path):
    model(number).run({"shown": destination})
    assert [str(record["x"]) for record in read_back(tmp_path / destination)] == [number]


@pytest.mark.parametrize("number", EXPRESSIONS)
def test_duckdb_and_postgres_contain_them(number, database, table_name):
    model(number).run({"shown": "duckdb:///x.duckdb"})
    with duckdb.connect("x.duckdb") as connection:
        assert str(connection.execute("SELECT x FROM shown").fetchone()[0]) == number
    model(number).run({"shown": {"database": database, "table": table_name}})
    with psycopg.connect(database) as connection:
        assert str(connection.execute(f"SELECT x FROM {table_name}").fetchone()[0]) == number


@pytest.mark.parametrize(
    ("destination", "number"), [(destination, number) for destination, all_ in REFUSED.items() for number in all_]
)
def test_these_destinations_refuse_them(destination, number):
    with pytest.raises(DogeError):
        model(number).run({"shown": destination})


def test_sqlite_contains_infinity():
    assert model("inf").run({"shown": "sqlite:///x.db"}).sinks[0].delivered == 1


@pytest.mark.parametrize(("number", "shown"), [("inf", "Infinity"), ("nan", "NaN")])
def test_the_screen_shows_them(number, shown, capsys):
    model(number).run({"shown": "console"})
    assert capsys.readouterr().out.startswith(f'shown {{"x": {shown}, ')
    assert f"`{shown}`" in PAGE


@pytest.mark.parametrize("number", EXPRESSIONS)
def test_an_action_can_refuse_them(number):
    given = model(number)
    strict = Transition("show", "here", "here", 100, do=f"require(abs({EXPRESSIONS[number]}) < 1e300)", emit="shown")
    guarded = Model(given.name, given.subjects, given.states, given.initial, [strict], given.streams, given.clock)
    assert guarded.table("shown").num_rows == 0
