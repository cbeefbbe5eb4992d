"""The Avro schema of a stream is valid for Avro's own library; names that Avro does not allow are errors."""

import fastavro
import pyarrow as pa
import pytest

from doge_datagen.encode.avro import avro_schema, record_name
from doge_datagen.errors import ModelError
from tests.encode.records import EVERY_TYPE


def test_each_type_of_a_stream_has_its_avro_type():
    assert avro_schema(EVERY_TYPE, "trx")["fields"] == [
        {"name": "count", "type": "long"},
        {"name": "share", "type": "double"},
        {"name": "paid", "type": "boolean"},
        {"name": "name", "type": "string"},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
    ]


def test_avro_accepts_the_schema():
    fastavro.parse_schema(avro_schema(EVERY_TYPE, "trx"))


@pytest.mark.parametrize(
    ("stream", "name"), [("trx", "trx"), ("card-payments", "card_payments"), ("2nd", "_2nd"), ("größe", "gr__e")]
)
def test_the_record_is_named_after_the_stream_as_closely_as_avro_allows(stream, name):
    assert record_name(stream) == name


@pytest.mark.parametrize("name", ["user-id", "2nd", "", "größe", "a.b"])
def test_a_field_name_that_avro_does_not_allow_is_an_error(name):
    with pytest.raises(ModelError, match=f"streams.trx.fields: '{name}' is not a name for Avro") as error:
        avro_schema(pa.schema({name: pa.int64()}), "trx")
    assert error.value.dotted_path == "streams.trx.fields"


def test_a_type_that_no_stream_has_is_an_error():
    with pytest.raises(
        ModelError, match=r"streams\.trx\.fields\.small: int8 is not a type of a stream. Hint: give int64, "
    ):
        avro_schema(pa.schema({"small": pa.int8()}), "trx")
