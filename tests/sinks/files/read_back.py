"""Reads files with packages other than the one that wrote them."""

import csv
import gzip
import json
from pathlib import Path

import duckdb
import fastavro
import polars as pl
import pyarrow as pa

FILES = (
    "a.jsonl",
    "a.ndjson.gz",
    "a.jsonl.zst",
    "a.csv",
    "a.csv.gz",
    "a.csv.zst",
    "a.parquet",
    "a.arrow",
    "a.feather",
    "a.avro",
)
KINDS = {"record": int, "amount": int, "rate": float, "settled": lambda text: text == "true"}


def read_back(path: Path):
    """The records of a file, as mappings."""
    ending = path.name.partition(".")[2]
    return READERS[ending.partition(".")[0]](path)


def text_of(path):
    if path.suffix == ".gz":
        return gzip.decompress(path.read_bytes()).decode()
    if path.suffix == ".zst":
        with pa.input_stream(path, compression="zstd") as stream:
            return stream.read().decode()
    return path.read_bytes().decode()


def from_json_lines(path):
    return [json.loads(line) for line in text_of(path).split("\n")[:-1]]


def from_csv(path):
    lines = csv.DictReader(text_of(path).splitlines(keepends=True))
    return [{name: KINDS.get(name, str)(value) for name, value in record.items()} for record in lines]


def from_parquet(path):
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        query = "SELECT * REPLACE (epoch_ms(happened) AS happened) FROM read_parquet(?)"
        result = connection.execute(query, [str(path)])
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def from_arrow(path):
    return pl.read_ipc(path).to_dicts()


def from_avro(path):
    with path.open("rb") as file:
        return list(fastavro.reader(file))


READERS = {
    "jsonl": from_json_lines,
    "ndjson": from_json_lines,
    "csv": from_csv,
    "parquet": from_parquet,
    "arrow": from_arrow,
    "feather": from_arrow,
    "avro": from_avro,
}
