"""Reference tables whose rows have been read: keys, strings and digests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from doge_datagen.errors import InvalidModelError
from doge_datagen.language.types import ANY_TEXT
from doge_datagen.model import Clock, Population, Spec, Stream, Table, Transition
from doge_datagen.program.compilation import compile_spec
from doge_datagen.program.program import Program


def spec_of(tables: dict[str, Any], emit: str = "events", **streams: Stream) -> Spec:
    given = {"events": Stream({"index": "index"})} | streams
    transitions = [Transition("go", "here", "here", 1, emit=emit)]
    users = Population("user", 3, {"n": "0"})
    return Spec.of_one("model", users, ["here"], "here", transitions, given, Clock(0, 1000, 3), tables=tables)


def program(**tables: Table) -> Program:
    return compile_spec(spec_of(tables))


def problems(spec: Spec) -> list[str]:
    with pytest.raises(InvalidModelError) as caught:
        compile_spec(spec)
    return [str(it) for it in caught.value.problems]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["a", "b", "a"], "column 'x' has 'a' in rows 1 and 3. Hint: a key needs a different value in every row"),
        ([1.5], "column 'x' has floats. Hint: a key is a column of strings or integers"),
    ],
)
def test_a_key_has_a_different_value_in_every_row(rows: list[Any], message: str):
    table = Table(rows=[{"x": it} for it in rows], key="x")
    assert problems(spec_of({"t": table})) == [f"tables.t.key: {message}"]


@pytest.mark.parametrize(
    ("name", "text", "where"),
    [
        ("t.csv", "x,y\na,1\n\nb,2\na,3\n", "t.csv:2 and t.csv:5"),
        ("t.jsonl", '{"x": "b"}\n{"x": "a"}\n\n{"x": "a"}\n', "t.jsonl:2 and t.jsonl:4"),
    ],
)
def test_a_duplicate_value_of_a_key_is_reported_with_its_lines(tmp_path: Path, name: str, text: str, where: str):
    (tmp_path / name).write_text(text)
    hint = "Hint: a key needs a different value in every row"
    actual = problems(spec_of({"t": Table(tmp_path / name, key="x")}))
    assert actual == [f"tables.t.key: column 'x' has 'a' in {where}. {hint}"]


def test_a_key_is_a_column():
    table = Table(rows=[{"sku": 1}], key="sk")
    assert problems(spec_of({"t": table})) == ["tables.t.key: 'sk' is not a column. Hint: did you mean 'sku'?"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("n", "tables.n: 'n' is an attribute, too. Hint: rename one of the two"),
        ("user", "tables.user: 'user' is a population, too. Hint: rename one of the two"),
        ("pick", "tables.pick: 'pick' already has a meaning in expressions. Hint: rename it"),
        ("index", "tables.index: 'index' already has a meaning in expressions. Hint: rename it"),
        ("my-table", "tables.my-table: 'my-table' cannot be a name in expressions. Hint: use letters, digits and _"),
    ],
)
def test_the_name_of_a_table_is_unique(name: str, message: str):
    assert problems(spec_of({name: Table(rows=[{"x": 1}])})) == [message]


def test_two_tables_do_not_feed_one_stream():
    tables = {name: Table(rows=[{"x": 1}], emit="rows") for name in "ab"}
    problem = "tables.b.emit: 'rows' has the rows of table a already. Hint: name another stream"
    assert problems(spec_of(tables)) == [problem]


def test_events_do_not_feed_the_stream_of_a_table():
    spec = spec_of({"t": Table(rows=[{"x": 1}], emit="events")})
    problem = "transitions[0].emit[0]: 'events' has the rows of a table. Hint: emit to another stream"
    assert problem.partition(": ")[2] in problems(spec)[0]


def test_fields_of_a_tables_stream_use_only_its_columns():
    spec = spec_of({"t": Table(rows=[{"x": 1}], emit="rows")}, rows=Stream({"y": "x + n"}))
    assert "streams.rows.fields.y (line 1, column 5): 'n' is unknown" in problems(spec)[0]


def test_all_unreadable_tables_are_reported():
    tables = {name: Table(f"{name}.csv") for name in ("missing", "gone")}
    assert [it.partition(":")[0] for it in problems(spec_of(tables))] == ["tables.missing.file", "tables.gone.file"]


def test_the_strings_of_all_tables_have_one_number_each():
    created = program(a=Table(rows=[{"x": "p"}, {"x": "q"}]), b=Table(rows=[{"y": "q"}, {"y": "r"}]))
    texts = created.texts.to_pylist()
    assert len(set(texts)) == len(texts)
    assert [created.data.number_of(it) for it in texts] == list(range(len(texts)))
    assert created.data.number_of("nowhere") is None


def test_the_longest_of_very_many_strings_is_known():
    table = Table(rows=[{"x": f"{number}"} for number in range(2000)] + [{"x": "longest"}])
    assert program(t=table).tables["t"].texts("x") == {"longest", ANY_TEXT}


def test_the_digest_is_that_of_the_rows():
    rows = [{"x": "a", "n": 1}, {"x": "bc", "n": 2}]
    same = [Table(rows=rows), Table(rows=rows, key="x", emit="rows")]
    other = [
        Table(rows=rows[::-1]),
        Table(rows=[{"x": "ab", "n": 1}, {"x": "c", "n": 2}]),
        Table(rows=[{"x": "a", "m": 1}, {"x": "bc", "m": 2}]),
        Table(rows=rows, types={"n": "float"}),
    ]
    digests = [program(t=it).tables["t"].digest for it in (*same, *other)]
    assert digests[0] == digests[1]
    assert len(set(digests)) == 5
