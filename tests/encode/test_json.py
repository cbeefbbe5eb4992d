"""JSON represents records exactly; values that it cannot represent are errors."""

import json
import math
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doge_datagen.encode.json import iso_8601, json_values
from doge_datagen.errors import MissingDriverError, RecordError
from tests.encode.records import EVERY_TYPE, FIRST_MS, LAST_MS, batch, rows, sample

UTC_MS = pa.timestamp("ms", tz="UTC")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def text_of(milliseconds: int) -> str:
    moment = EPOCH + timedelta(milliseconds=milliseconds)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def json_of(value) -> str:
    return json_values(pa.record_batch({"it": pa.array([value])}))[0].decode()


@given(st.lists(rows, min_size=1, max_size=20))
def test_each_value_reads_back_unchanged(listed):
    read = [json.loads(value) for value in json_values(batch(listed))]
    assert read == [{**row, "at": text_of(row["at"])} for row in listed]
    assert [list(row) for row in read] == [EVERY_TYPE.names] * len(listed)
    assert [math.copysign(1, row["share"]) for row in read] == [math.copysign(1, row["share"]) for row in listed]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_has_the_fewest_digits_that_read_back_the_same(number):
    written = json_of(number).removeprefix('{"it":').removesuffix("}")
    assert Decimal(written).as_tuple().sign == Decimal(repr(number)).as_tuple().sign
    assert Decimal(written) == Decimal(repr(number))


def test_a_float_stays_a_float():
    assert json_of(5.0) == '{"it":5.0}'


def test_integers_are_exact():
    assert json_of(2**63 - 1) == '{"it":9223372036854775807}'


def test_a_line_break_in_a_string_does_not_end_the_record():
    assert json_of('a\nb"\\\0') == '{"it":"a\\nb\\"\\\\\\u0000"}'


def test_a_name_may_be_any_string():
    assert json.loads(json_values(pa.record_batch({'"\n': [1]}))[0]) == {'"\n': 1}


def test_a_time_has_milliseconds_and_z():
    at = pa.array([1_644_549_708_000], UTC_MS)
    assert json_values(pa.record_batch({"at": at})) == [b'{"at":"2022-02-11T03:21:48.000Z"}']


@given(st.lists(st.integers(FIRST_MS, LAST_MS).flatmap(lambda ms: st.lists(st.just(ms), max_size=3)), max_size=5))
def test_runs_of_equal_times_are_written_in_full(runs):
    times = [ms for run in runs for ms in run]
    assert iso_8601(pa.array(times, UTC_MS)).to_pylist() == [text_of(ms) for ms in times]


@pytest.mark.parametrize("beyond", [FIRST_MS - 1, LAST_MS + 1])
def test_a_time_beyond_four_digits_of_years_is_an_error(beyond):
    at = pa.array([0, beyond], UTC_MS)
    with pytest.raises(RecordError, match=r"topic trx: field 'at' is .* in record 1 of the batch: .*0001 to 9999"):
        json_values(pa.record_batch({"at": at}), "topic trx")


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_a_float_that_is_not_finite_is_an_error(number):
    with pytest.raises(RecordError, match=f"topic trx: field 'it' is {number} in record 1 of the batch: JSON has no"):
        json_values(pa.record_batch({"it": [1.0, number]}), "topic trx")


def test_a_missing_value_is_an_error():
    with pytest.raises(RecordError, match="topic trx: field 'it' has no value in record 1 of the batch"):
        json_values(pa.record_batch({"it": [1, None]}), "topic trx")


def test_a_slice_of_a_batch_is_written_as_that_slice():
    whole = batch(sample(50))
    assert json_values(whole.slice(13, 9)) == json_values(whole)[13:22]


def test_without_records_there_are_no_values():
    assert json_values(batch([])) == []


def test_records_without_fields_are_empty_objects():
    assert json_values(batch(sample(3)).select([])) == [b"{}"] * 3


def test_a_missing_package_gives_the_pip_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(MissingDriverError, match=r"pip install 'doge-datagen\[json\]'"):
        json_values(batch(sample(1)))
