"""The contents of each format, byte for byte where that matters, and the choice of format by name."""

import csv
import json
import math
from pathlib import Path

import duckdb
import fastavro
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from doge_datagen.batch import Batch
from doge_datagen.errors import ModelError, RecordError
from doge_datagen.model import Destination
from doge_datagen.sinks.registry import open_sink
from doge_datagen.sinks.testing.samples import SCHEMA, UTC_MS, batches_of

SMALL = pa.schema({"n": pa.int64(), "x": pa.float64(), "b": pa.bool_(), "s": pa.string(), "t": UTC_MS})


def write(path, *records, schema=SMALL, options=None):
    rows = [dict(zip(schema.names, record, strict=True)) for record in records]
    with open_sink(Destination("file", str(path), options or {}), "trx", schema) as sink:
        if rows:
            sink.write(Batch(pa.RecordBatch.from_pylist(rows, schema), pa.array([0] * len(rows), UTC_MS)))
    return Path(path)


def write_samples(path, options=None):
    with open_sink(Destination("file", str(path), options or {}), "trx", SCHEMA) as sink:
        for batch in batches_of([900, 100]):
            sink.write(batch)
    return Path(path)


def test_a_line_of_json_is_compact_and_in_the_order_of_the_stream(tmp_path):
    path = write(tmp_path / "a.jsonl", (7, 0.1, True, 'a"b\n🐕', 1644549708000))
    assert path.read_text() == '{"n":7,"x":0.1,"b":true,"s":"a\\"b\\n🐕","t":"2022-02-11T03:21:48.000Z"}\n'


def test_a_csv_has_a_header_and_quoted_texts(tmp_path):
    path = write(tmp_path / "a.csv", (7, 0.1, True, 'a"b\n🐕', 1644549708000))
    assert path.read_text() == '"n","x","b","s","t"\n7,0.1,true,"a""b\n🐕","2022-02-11T03:21:48.000Z"\n'


def test_a_csv_without_records_has_its_header(tmp_path):
    assert write(tmp_path / "a.csv").read_text() == '"n","x","b","s","t"\n'


def test_a_parquet_without_records_has_its_schema(tmp_path):
    assert pq.read_schema(write(tmp_path / "a.parquet")).equals(SMALL)


def test_an_arrow_file_without_records_has_its_schema(tmp_path):
    assert pl.read_ipc(write(tmp_path / "a.arrow")).schema == pl.Schema(pl.from_arrow(SMALL.empty_table()).schema)


def test_an_avro_file_without_records_has_its_schema(tmp_path):
    with write(tmp_path / "a.avro").open("rb") as file:
        schema = fastavro.reader(file).writer_schema
    assert (schema["name"], [field["name"] for field in schema["fields"]]) == ("trx", SMALL.names)


@pytest.mark.parametrize("name", ["a.csv", "a.parquet", "a.arrow", "a.avro"])
def test_other_formats_keep_numbers_that_json_cannot_represent(name, tmp_path):
    path = write(tmp_path / name, *((0, x, True, "", 0) for x in (math.nan, math.inf, -math.inf)))
    actual = [float(row["x"]) for row in READ[path.suffix](path)]
    assert math.isnan(actual[0])
    assert actual[1:] == [math.inf, -math.inf]


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.parquet", "a.arrow", "a.avro"])
def test_the_sign_of_zero_is_kept(name, tmp_path):
    path = write(tmp_path / name, (0, -0.0, True, "", 0))
    assert [math.copysign(1, float(row["x"])) for row in READ[path.suffix](path)] == [-1]


@pytest.mark.parametrize("x", [math.nan, math.inf])
def test_json_refuses_infinity_and_nan_and_keeps_earlier_batches(x, tmp_path):
    path = tmp_path / "a.jsonl"
    with pytest.raises(RecordError, match=rf"^file {path}: field 'x' is {x} in record 0 of the batch: JSON has no"):
        write(path, (0, x, True, "", 0))
    assert path.read_text() == ""


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv"])
@pytest.mark.parametrize("time", [253402300800000, -62135596800001, 2**48])
def test_text_formats_refuse_a_time_outside_iso_8601(name, time, tmp_path):
    with pytest.raises(RecordError, match=r"field 't' is .* ISO 8601"):
        write(tmp_path / name, (0, 0.0, True, "", time))


@pytest.mark.parametrize("name", ["a.jsonl.zst", "a.jsonl.gz", "a.ndjson"])
def test_duckdb_recognizes_json_lines_by_their_ending(name, tmp_path):
    path = write_samples(tmp_path / name)
    assert requested("SELECT count(*), sum(record) FROM read_json(?, format => 'newline_delimited')", path) == (
        1000,
        499500,
    )


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.csv.zst"])
def test_duckdb_reads_csv_and_infers_the_types(name, tmp_path):
    path = write_samples(tmp_path / name)
    query = (
        "SELECT count(*), sum(record), any_value(typeof(happened)) FROM read_csv(?, quote => '\"', new_line => '\\n')"
    )
    assert requested(query, path)[:2] == (1000, 499500)


def test_small_batches_become_one_row_group(tmp_path):
    with open_sink(Destination.of(str(tmp_path / "a.parquet")), "trx", SCHEMA) as sink:
        for batch in batches_of([10] * 200):
            sink.write(batch)
    assert pq.read_metadata(tmp_path / "a.parquet").num_row_groups == 1


def test_parquet_uses_dictionaries_only_for_repeated_values(tmp_path):
    users, rows = 300_000, 400_000
    records = pa.record_batch(
        {
            "user": [n * 7919 % users for n in range(rows)],
            "name": [f"u{n % users}" for n in range(rows)],
            "event": ["login", "logout"] * (rows // 2),
            "amount": [n % 90 for n in range(rows)],
            "rate": [n / 3 for n in range(rows)],
        }
    )
    path = tmp_path / "a.parquet"
    with open_sink(Destination.of(str(path)), "trx", records.schema) as sink:
        sink.write(Batch(records, pa.array([0] * rows, pa.timestamp("ms", "UTC"))))
    group = pq.read_metadata(path).row_group(0)
    with_one = {group.column(it).path_in_schema for it in range(5) if group.column(it).has_dictionary_page}
    assert with_one == {"event", "amount"}
    assert pq.read_table(path).to_batches()[0].schema.equals(records.schema)
    assert pq.read_table(path).column("name").to_pylist() == records.column("name").to_pylist()


@pytest.mark.parametrize(("options", "used"), [({}, "ZSTD"), ({"compression": "snappy"}, "SNAPPY")])
def test_parquet_is_compressed_according_to_the_option(options, used, tmp_path):
    metadata = pq.read_metadata(write_samples(tmp_path / "a.parquet", options))
    assert metadata.row_group(0).column(0).compression == used


@pytest.mark.parametrize(
    ("name", "compression"),
    [
        ("a.parquet", "none"),
        ("a.parquet", "gzip"),
        ("a.parquet", "lz4"),
        ("a.arrow", "lz4"),
        ("a.arrow", "zstd"),
        ("a.avro", "deflate"),
    ],
)
def test_each_compression_reads_back(name, compression, tmp_path):
    path = write_samples(tmp_path / name, {"compression": compression})
    assert len(READ[path.suffix](path)) == 1000


@pytest.mark.parametrize(
    ("name", "options"),
    [("a.txt", {"format": "csv"}), ("records", {"format": "csv"}), ("A.CSV", {}), ("a.jsonl", {"format": "csv"})],
)
def test_the_option_takes_precedence_over_the_ending(name, options, tmp_path):
    assert write(tmp_path / name, options=options).read_text().startswith('"n",')


def test_text_is_compressed_according_to_the_option_if_not_by_the_ending(tmp_path):
    assert write(tmp_path / "a.jsonl", options={"compression": "gzip"}).read_bytes()[:2] == b"\x1f\x8b"


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("a.duckdb", {}, "a.duckdb' has the suffix of a database. Hint: write its URL: duckdb:///"),
        ("a.parqet", {}, "a.parqet' does not have the suffix of a known format. Hint: did you mean '.parquet'?"),
        ("records", {}, "records' does not have the suffix of a known format. Hint: known: '.jsonl', '.ndjson'"),
        ("records", {}, "'.avro'. Or give the option format: jsonl, csv"),
        ("a.parqet", {}, "did you mean '.parquet'? Or give the option format: jsonl, csv"),
        (
            "a.parquet",
            {"compression": "deflate"},
            "parquet is not compressed by deflate. Hint: choose one of zstd",
        ),
        ("a.parquet.gz", {}, "a.parquet.gz': parquet is not compressed from outside"),
        ("a.avro.gz", {}, "avro is not compressed from outside"),
        ("a.csv.gz", {"compression": "zstd"}, "a.csv.gz' ends as gzip does, but compression is zstd"),
        ("a.csv", {"format": "cvs"}, "'cvs' is not possible. Hint: did you mean 'csv'?"),
        ("a.csv", {"compresion": "gzip"}, "'file' has no option 'compresion'. Hint: did you mean 'compression'?"),
    ],
)
def test_invalid_options_are_reported_before_a_file_is_created(name, options, message, tmp_path):
    with pytest.raises(ModelError) as caught:
        write(tmp_path / name, options=options)
    assert message in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_file_needs_a_path():
    with pytest.raises(ModelError, match=r"^targets\.trx: a file needs a path, such as out/trx\.parquet"):
        open_sink(Destination("file"), "trx", SMALL)


def requested(query, path):
    with duckdb.connect() as connection:
        return connection.execute(query, [str(path)]).fetchone()


def from_avro(path):
    with path.open("rb") as file:
        return list(fastavro.reader(file))


READ = {
    ".jsonl": lambda path: [json.loads(line) for line in path.read_text().split("\n")[:-1]],
    ".csv": lambda path: list(csv.DictReader(path.read_bytes().decode().splitlines(keepends=True))),
    ".parquet": lambda path: pl.read_parquet(path).to_dicts(),
    ".arrow": lambda path: pl.read_ipc(path).to_dicts(),
    ".avro": from_avro,
}
