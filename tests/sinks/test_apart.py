import pytest

from doge_datagen.errors import ModelError
from doge_datagen.model import Place
from doge_datagen.sinks.apart import check_apart


def check(**places):
    check_apart({stream: Place.of(place) for stream, place in places.items()})


@pytest.mark.parametrize("other", ["a.csv", "./a.csv", "b/../a.csv", {"file": "a.csv", "format": "jsonl"}])
def test_one_file_for_two_streams_is_refused(other):
    with pytest.raises(ModelError, match=r"^targets\.two: '.*a\.csv' is where 'one' goes already; give each a file of"):
        check(one="a.csv", two=other)


def test_one_file_by_way_of_a_link_is_refused(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(ModelError, match="goes already"):
        check(one=str(tmp_path / "a.csv"), two=str(tmp_path / "link" / "a.csv"))


def test_one_table_for_two_streams_is_refused():
    with pytest.raises(
        ModelError, match=r"^targets\.two: the table 'one' is where 'one' goes already; give each a tab"
    ):
        check(one="duckdb:///a.db", two={"database": "duckdb:///a.db", "table": "one"})


def test_one_table_by_way_of_another_path_is_refused():
    table = {"database": "sqlite:///./out/../a.db", "table": "one"}
    with pytest.raises(ModelError, match="the table 'one' is where 'one' goes already"):
        check(one="sqlite:///a.db", two=table)


@pytest.mark.parametrize(
    "places",
    [
        {"one": "a.csv", "two": "b.csv"},
        {"one": "duckdb:///a.db", "two": "duckdb:///a.db"},
        {"one": "duckdb:///a.db", "two": {"database": "duckdb:///b.db", "table": "one"}},
        {"one": "console", "two": "console"},
        {"one": {"kafka": "a:1", "topic": "t"}, "two": {"kafka": "a:1", "topic": "t"}},
    ],
    ids=str,
)
def test_places_that_differ_and_those_that_take_many_are_fine(places):
    check(**places)


def test_one_topic_in_two_formats_is_refused():
    shared = {"kafka": "a:1", "topic": "t"}
    with pytest.raises(ModelError) as caught:
        check(one=shared, two={**shared, "format": "json"}, three={**shared, "format": "avro"})
    assert str(caught.value) == (
        "targets.three.format: the topic 't' gets 'json' from 'one' already; "
        "give both one format, or topics of their own"
    )


def test_variables_are_filled_in_and_not_shown(monkeypatch):
    monkeypatch.setenv("DOGE_HERE", "secret.csv")
    with pytest.raises(ModelError) as caught:
        check(one="secret.csv", two="${DOGE_HERE}")
    assert str(caught.value) == "targets.two: '${DOGE_HERE}' is where 'one' goes already; give each a file of its own"
