"""Reading reference tables from files and rows, and the error for each mistake."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import feather, ipc, parquet

from doge_datagen.model.reference_data import Table
from doge_datagen.program.tables.files import ColumnsError, TableError, columns_of

CSV = """\
sku,name,price,stock,fresh,since,at
00123,Tea,1.5,3,true,2025-01-01,2025-01-01T10:00:00Z
00124,"Coffee, black",2,0,false,2025-01-02,2025-01-01 11:30
"""
NEW_YEAR = 1_735_689_600_000
HOUR, DAY = 3_600_000, 86_400_000


def of(table: Table) -> dict[str, tuple[str, list[Any]]]:
    return {name: (kind, values.to_pylist()) for name, (kind, values) in columns_of(table).items()}


def refused(table: Table) -> tuple[str, str]:
    (error,) = errors(table)
    return error.path[0], str(error)


def errors(table: Table) -> Sequence[TableError]:
    with pytest.raises((TableError, ColumnsError)) as caught:
        columns_of(table)
    return caught.value.errors if isinstance(caught.value, ColumnsError) else [caught.value]


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    path = tmp_path / "products.csv"
    path.write_text(CSV)
    return path


def test_the_types_of_a_csv_file_are_inferred_from_its_values(csv: Path):
    assert of(Table(csv)) == {
        "sku": ("string", ["00123", "00124"]),
        "name": ("string", ["Tea", "Coffee, black"]),
        "price": ("float", [1.5, 2.0]),
        "stock": ("integer", [3, 0]),
        "fresh": ("boolean", [True, False]),
        "since": ("timestamp", [NEW_YEAR, NEW_YEAR + DAY]),
        "at": ("timestamp", [NEW_YEAR + 10 * HOUR, NEW_YEAR + 11 * HOUR + HOUR // 2]),
    }


@pytest.mark.parametrize(
    ("text", "kind", "values"),
    [
        ("007", "string", ["007"]),
        ("0", "integer", [0]),
        ("-12", "integer", [-12]),
        ("1e3", "float", [1000.0]),
        ("0.5", "float", [0.5]),
        ("1,5", "string", ["1,5"]),
        ("True", "boolean", [True]),
        ("yes", "string", ["yes"]),
        ("9223372036854775807", "integer", [2**63 - 1]),
        ("-9223372036854775808", "integer", [-(2**63)]),
        ("9223372036854775808", "string", ["9223372036854775808"]),
        ("9223372036854775808.0", "float", [2.0**63]),
        ("1e19", "float", [1e19]),
        ("+5", "string", ["+5"]),
        ("+1.5", "float", [1.5]),
        ("2025-13-01", "timestamp", None),
        (" 1", "string", [" 1"]),
    ],
)
def test_a_value_of_a_csv_file_has_one_type(tmp_path: Path, text: str, kind: str, values: list[Any] | None):
    path = tmp_path / "one.csv"
    path.write_text(f'x\n"{text}"\n')
    if values is None:
        assert "month must be in 1..12" in refused(Table(path))[1]
    else:
        assert of(Table(path)) == {"x": (kind, values)}


def test_distinct_keys_of_more_than_64_bits_stay_distinct(tmp_path: Path):
    path = tmp_path / "keys.csv"
    path.write_text("sku,price\n8412345678901234567890,1\n8412345678901234567891,1.5\n7,9223372036854775808\n")
    assert of(Table(path)) == {
        "sku": ("string", ["8412345678901234567890", "8412345678901234567891", "7"]),
        "price": ("float", [1.0, 1.5, 2.0**63]),
    }


def test_declared_types_decide_the_conversion_of_values(tmp_path: Path):
    path = tmp_path / "some.csv"
    path.write_text("id,code,length,ratio,empty\n1,2,90 min,3,\n")
    types = {"id": "string", "length": "duration", "ratio": "float", "empty": "string"}
    assert of(Table(path, types=types)) == {
        "id": ("string", ["1"]),
        "code": ("integer", [2]),
        "length": ("duration", [90 * 60_000]),
        "ratio": ("float", [3.0]),
        "empty": ("string", [""]),
    }


def test_all_formats_give_the_same_columns(tmp_path: Path, csv: Path):
    columns = of(Table(csv))
    read = pa.table(
        {
            "sku": ["00123", "00124"],
            "name": pa.array(["Tea", "Coffee, black"]).dictionary_encode(),
            "price": [1.5, 2.0],
            "stock": pa.array([3, 0], pa.int16()),
            "fresh": [True, False],
            "since": [date(2025, 1, 1), date(2025, 1, 2)],
            "at": [datetime(2025, 1, 1, 10, tzinfo=UTC), datetime(2025, 1, 1, 11, 30, tzinfo=UTC)],
        }
    )
    parquet.write_table(read, tmp_path / "products.parquet")
    feather.write_feather(read, tmp_path / "products.arrow")
    with ipc.new_stream(tmp_path / "stream.arrow", read.schema) as stream:
        stream.write_table(read, max_chunksize=1)
    rows = [row | {name: str(row[name])[:19] for name in ("since", "at")} for row in read.to_pylist()]
    (tmp_path / "products.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert of(Table(tmp_path / "products.parquet")) == columns
    assert of(Table(tmp_path / "products.arrow")) == columns
    assert of(Table(tmp_path / "stream.arrow")) == columns
    assert of(Table(rows=read)) == columns
    assert of(Table(rows=read.to_pylist())) == columns
    assert of(Table(tmp_path / "products.jsonl", types={"since": "timestamp", "at": "timestamp"})) == columns


def test_rows_of_python_may_mix_integers_and_floats():
    assert of(Table(rows=[{"share": 1}, {"share": 0.5}])) == {"share": ("float", [1.0, 0.5])}


def test_durations_of_python_are_durations():
    assert of(Table(rows=[{"length": timedelta(minutes=2)}])) == {"length": ("duration", [120_000])}


@pytest.mark.parametrize(
    ("text", "types", "part", "message"),
    [
        ("a,b\n1,2\n3\n", {}, "file", "t.csv:3 has 1 value, not 2: '3'. Hint: correct this line"),
        ("a;b\n1;2\n", {}, "file", "t.csv has one column, 'a;b'. Hint: separate columns by commas"),
        ("a\tb\n1\t2\n", {}, "file", "t.csv has one column, 'a\\tb'. Hint: separate columns by commas"),
        ("a,b\n1,2\n3,4,5\n", {}, "file", "t.csv:3 has 3 values, not 2: '3,4,5'. Hint: correct this line"),
        ("a,b\n1,2\n3,\n", {}, "file", "t.csv:3 has no value in column 'b'. Hint: fill it, or give the column the ty"),
        ('a,b,c\n1,"x\ny",2\n\nz,3\n', {}, "file", "t.csv:5 has 2 values, not 3: 'z,3'. Hint: correct this line"),
        ("\na,b\r\n1,2\r\n\r\n\r\n3,\r\n", {}, "file", "t.csv:6 has no value in column 'b'. Hint: fill it"),
        ("a\n1\nx\n", {"a": "integer"}, "types", "column 'a' cannot be an integer: t.csv:3: 'x' is not an integer"),
        ("a\n1.5\n", {"a": "boolean"}, "types", "column 'a' cannot be a boolean: t.csv:2: '1.5' is not a boole"),
        (
            "a\n" + "1\n" * 999 + "inf\nx\n",
            {"a": "float"},
            "types",
            "a float: t.csv:1001: it contains infinity. Hint: convert it",
        ),
        ("a\n2026-01-31\n2026-02-30\n", {}, "file", "a timestamp: t.csv:3: '2026-02-30' is not a timestamp"),
        ("a\nlong\n", {"a": "duration"}, "types", "t.csv:2: 'long' is not a duration. Hint: give a number and a unit"),
        ("a\n1\n", {"b": "integer"}, "types", "'b' is not a column. Hint: known: 'a'"),
        ("a\n1\n", {"a": "int"}, "types", "'int' is not a type. Hint: "),
        ("a,a\n1,2\n", {}, "file", "there are two columns 'a'. Hint: rename one"),
        ("a\n", {}, "file", "there are no rows. Hint: give at least one"),
        ("", {}, "file", "t.csv cannot be read: Empty CSV file. Hint: correct the file"),
    ],
)
def test_a_mistake_in_a_csv_file_is_named_with_its_line(
    tmp_path: Path, text: str, types: dict[str, str], part: str, message: str
):
    (tmp_path / "t.csv").write_text(text)
    actual = refused(Table(tmp_path / "t.csv", types=types))
    assert actual[0] == part
    assert message in actual[1]


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
@pytest.mark.parametrize(
    ("text", "line"),
    [(b"sku\nx\n\nM\xfcsli\n", 4), ("sku\nx\n".encode("utf-16"), 1), (b"sk\xfc\nx\n", 1)],
)
def test_a_file_that_is_not_in_utf_8_is_named_with_its_line(tmp_path: Path, suffix: str, text: bytes, line: int):
    (tmp_path / f"t.{suffix}").write_bytes(text)
    remedy = "convert the file, as iconv -f latin1 -t utf-8 does"
    assert refused(Table(tmp_path / f"t.{suffix}")) == ("file", f"t.{suffix}:{line} is not in UTF-8. Hint: {remedy}")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '{"a": 1}\n{"a":}\n',
            "t.jsonl:2 is not JSON: Expecting value, at column 6. Hint: write each row as an object",
        ),
        ('\n{"a": 1}\n\n{"a": 2\n', "t.jsonl:4 is not JSON: Expecting ',' delimiter, at column 8. Hint: "),
        ("[1]\n", 't.jsonl:1 is a list, not an object. Hint: write each row as {"name": value, ...}'),
        ('{"a": 1}\nnull\n', "t.jsonl:2 has no value in column 'a'. Hint: fill it"),
        ('{"a": NaN}\n[', "t.jsonl:1 is not JSON: NaN is not allowed. Hint: give a finite number"),
        ('{"a": 1}\n{"a": null}\n', "t.jsonl:2 has no value in column 'a'. Hint: fill it"),
        ('{"a": 1,\n"b": 2}\n\n{"a": 3}\n', "t.jsonl:4 has no value in column 'b'. Hint: fill it"),
        (
            '{"a": 1}\n\n{"a": 2.5}\n{"a": "x"}',
            "t.jsonl:4 has a string in 'a', and line 1 has a number. Hint: give val",
        ),
        ('{"a": null}\n{"a": true}\n{"a": 2}', "t.jsonl:3 has a number in 'a', and line 2 has a boolean. Hint: "),
    ],
)
def test_a_mistake_in_json_lines_is_named_with_its_line(tmp_path: Path, text: str, message: str):
    (tmp_path / "t.jsonl").write_text(text)
    part, actual = refused(Table(tmp_path / "t.jsonl"))
    assert part == "file"
    assert message in actual


def test_a_mistake_beyond_the_first_block_of_a_file_is_named_with_its_line(tmp_path: Path):
    many = 200_000
    (tmp_path / "t.csv").write_text("a,b\n" + "1234,5678\n" * many + "\n1,\n")
    (tmp_path / "t.jsonl").write_text('{"a": 1234, "b": 5}\n' * many + '{"a": 1}\n')
    assert refused(Table(tmp_path / "t.csv"))[1].startswith(f"t.csv:{many + 3} has no value in column 'b'")
    assert refused(Table(tmp_path / "t.jsonl"))[1].startswith(f"t.jsonl:{many + 1} has no value in column 'b'")


def test_a_row_is_named_by_its_number_if_a_value_is_too_long_to_find_its_line(tmp_path: Path):
    (tmp_path / "t.csv").write_text(f"a,b\n{'x' * 200_000},2\n3,\n")
    assert refused(Table(tmp_path / "t.csv"))[1].startswith("row 2 has no value in column 'b'")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "there are no rows. Hint: give at least one"),
        ([{"a": 1}, {"b": 2}], "row 2 has b, and the first has a. Hint: give every row the same columns"),
        ([{"a": 1}, 3], "row 2 is not a mapping, and the first has a"),
        ([{"a": 1}, {"a": "x"}], "'x' is of another type than 1 in the first row. Hint: give values of one type"),
        ([{"a": 1}, {"a": None}], "row 2 has no value in column 'a'. Hint: fill it"),
        ([{"a": 1.0}, {"a": float("nan")}], "row 2 has no value in column 'a'"),
        ([{"a": float("inf")}], "column 'a': it contains infinity. Hint: convert it"),
        ([{"a": [1]}], "column 'a': models have no type for list<item: int64>. Hint: convert it"),
        (3, "they are no Arrow table: "),
    ],
)
def test_a_mistake_in_rows_is_named(rows: Any, message: str):
    part, actual = refused(Table(rows=rows))
    assert part == "rows"
    assert message in actual


def test_a_file_that_is_missing_is_named_with_a_similar_one(csv: Path):
    part, actual = refused(Table(csv.parent / "product.csv"))
    assert part == "file"
    assert "Hint: did you mean 'products.csv'?" in actual


@pytest.mark.parametrize("content", [b"", b"a,b", b"a,b\n1,2\n" * 20, b"\xff\xff\xff\xff\x08\0\0\0"])
def test_a_file_that_is_not_of_arrow_is_refused(tmp_path: Path, content: bytes):
    (tmp_path / "t.arrow").write_bytes(content)
    problem = (
        "t.arrow cannot be read: it is neither an Arrow file nor a stream in Arrow's format. Hint: correct the file"
    )
    assert refused(Table(tmp_path / "t.arrow")) == ("file", problem)


def test_an_unknown_ending_is_reported_with_the_known_ones():
    hint = "Hint: name a file that ends with .csv, .jsonl, .ndjson, .parquet, .arrow, .feather"
    assert refused(Table("products.xlsx")) == ("file", f"'products.xlsx' has no known suffix. {hint}")


def test_every_wrong_column_of_a_file_is_reported_at_its_type(tmp_path: Path):
    (tmp_path / "t.csv").write_text("a,b,c,d\n1,x,,2\n1.5,2,3,4\n")
    unit = "Hint: give a number and a unit (ms, s, min, h, d or w), such as '1 min'"
    date = "Hint: give one such as 2022-02-11T03:21:48Z"
    types = {"f": "integer", "d": "int", "b": "timestamp", "a": "duration"}
    assert [(error.path, str(error)) for error in errors(Table(tmp_path / "t.csv", types=types))] == [
        (("types", "f"), "'f' is not a column. Hint: known: 'a', 'b', 'c', 'd'"),
        (("types", "a"), f"column 'a' cannot be a duration: t.csv:2: '1' is not a duration. {unit}"),
        (("types", "b"), f"column 'b' cannot be a timestamp: t.csv:2: 'x' is not a timestamp. {date}"),
        (("file",), "t.csv:2 has no value in column 'c'. Hint: fill it, or give the column the type string"),
        (("types", "d"), "'int' is not a type. Hint: did you mean 'integer'?"),
    ]


def test_every_wrong_column_of_rows_is_reported():
    rows = [{"a": 1, "b": 1, "c": 1, "d": [1], "e": float("inf")}, {"a": "x", "b": 2, "c": "y", "d": [2], "e": 0.5}]
    assert [error.path for error in errors(Table(rows=rows))] == [("rows", 1, "a"), ("rows", 1, "c")]
    good = [{name: row[name] for name in "bde"} for row in rows]
    assert [(error.path, str(error)) for error in errors(Table(rows=good))] == [
        (("rows",), "column 'd': models have no type for list<item: int64>. Hint: convert it"),
        (("rows",), "column 'e': it contains infinity. Hint: convert it"),
    ]


def test_every_duplicate_column_is_reported(tmp_path: Path):
    (tmp_path / "t.csv").write_text("a,b,a,b,c\n1,2,3,4,5\n")
    assert [str(error) for error in errors(Table(tmp_path / "t.csv"))] == [
        "there are two columns 'a'. Hint: rename one",
        "there are two columns 'b'. Hint: rename one",
    ]
