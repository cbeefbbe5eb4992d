"""Avro values equal those of fastavro, byte for byte."""

import sys
from io import BytesIO

import fastavro
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doge_datagen.encode.avro import avro_schema, avro_values, framed
from doge_datagen.errors import MissingDriverError, RecordError
from tests.encode.records import EVERY_TYPE, batch, int64s, rows, sample

SCHEMA = avro_schema(EVERY_TYPE, "trx")
PARSED = fastavro.parse_schema(SCHEMA)
wide_rows = st.builds(
    lambda row, share, at: {**row, "share": share, "at": at}, rows, st.floats(allow_nan=False), int64s
)


def by_fastavro(row) -> bytes:
    written = BytesIO()
    fastavro.schemaless_writer(written, PARSED, row)
    return written.getvalue()


@given(st.lists(wide_rows, min_size=1, max_size=20))
def test_each_value_equals_that_of_fastavro(listed):
    assert avro_values(batch(listed), SCHEMA).to_pylist() == [by_fastavro(row) for row in listed]


def test_numbers_that_are_not_finite_are_kept():
    rows = [{**sample(1)[0], "share": share} for share in (float("nan"), float("inf"), float("-inf"))]
    assert avro_values(batch(rows), SCHEMA).to_pylist() == [by_fastavro(row) for row in rows]


def test_a_slice_of_a_batch_is_written_as_that_slice():
    whole = batch(sample(50))
    part = avro_values(whole.slice(13, 9), SCHEMA).to_pylist()
    assert part == [by_fastavro(row) for row in sample(50)[13:22]]


def test_many_records_keep_their_order():
    rows = sample(10_000)
    assert avro_values(batch(rows), SCHEMA).to_pylist() == [by_fastavro(row) for row in rows]


def test_a_framed_value_starts_with_a_zero_byte_and_the_schema_id():
    values = pa.array([b"", b"\0value"])
    assert framed(values, 2**31 - 2) == [b"\0\x7f\xff\xff\xfe", b"\0\x7f\xff\xff\xfe\0value"]


def test_a_missing_value_is_an_error():
    records = pa.record_batch({"count": [1, None]})
    with pytest.raises(RecordError, match="topic trx: field 'count' has no value in record 1 of the batch"):
        avro_values(records, avro_schema(records.schema, "trx"), "topic trx")


def test_without_records_there_are_no_values():
    assert framed(avro_values(batch([]), SCHEMA), 1) == []


def test_records_without_fields_are_empty_values():
    records = batch(sample(3)).select([])
    assert avro_values(records, avro_schema(records.schema, "trx")).to_pylist() == [b""] * 3


def test_a_missing_package_gives_the_pip_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyruhvro", None)
    with pytest.raises(MissingDriverError, match=r"pip install 'doge-datagen\[avro\]'"):
        avro_values(batch(sample(1)), SCHEMA)
