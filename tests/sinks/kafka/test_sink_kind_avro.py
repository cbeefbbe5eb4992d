"""Avro batches can be read by consumers with a schema registry, and refusals of a registry are reported."""

import sys

import confluent_kafka
import pyarrow as pa
import pytest
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

from doge_datagen.batch import Batch
from doge_datagen.errors import MissingDriverError, ModelError, RefusedError, UnreachableError
from doge_datagen.sinks.kafka.sink_kind import KAFKA
from doge_datagen.sinks.sink_kind import SinkContext
from doge_datagen.sinks.testing.samples import FEW, SCHEMA, STREAM, batches_of, milliseconds, rows
from tests.sinks.topics import START, read

NOBODY = "127.0.0.1:1"


def avro_sink(kafka, url, topic, schema=SCHEMA, **options):
    options = {"topic": topic, "format": "avro", "schema_registry": url, **options}
    return KAFKA.open(SinkContext(STREAM, schema, kafka, options, keyed=True))


def test_confluents_deserializer_reads_every_type(kafka, schema_registry, topic):
    with avro_sink(kafka, schema_registry, topic) as sink:
        for batch in batches_of(FEW):
            sink.write(batch)
    with SchemaRegistryClient({"url": schema_registry}) as client:
        decode = AvroDeserializer(client)
        context = SerializationContext(topic, MessageField.VALUE)
        arrived = [decode(record.value, context) for record in read(kafka, topic)]
    assert [(*list(it.values())[:-1], milliseconds(it["happened"])) for it in arrived] == rows(FEW)
    assert sink.delivered == sum(FEW)


def test_the_schema_is_registered_by_topic_and_named_after_the_stream(kafka, schema_registry, topic):
    avro_sink(kafka, schema_registry, topic).close()
    with SchemaRegistryClient({"url": schema_registry}) as client:
        latest = client.get_latest_version(f"{topic}-value")
    assert f'"name":"{STREAM}"' in latest.schema.schema_str.replace(" ", "")


def test_opening_again_registers_nothing_new(kafka, schema_registry, topic):
    for _ in range(2):
        avro_sink(kafka, schema_registry, topic).close()
    with SchemaRegistryClient({"url": schema_registry}) as client:
        assert client.get_versions(f"{topic}-value") == [1]


def test_an_incompatible_schema_is_refused_with_the_differing_fields(kafka, schema_registry, topic):
    avro_sink(kafka, schema_registry, topic).close()
    with SchemaRegistryClient({"url": schema_registry}) as client:
        client.set_compatibility(f"{topic}-value", "BACKWARD")
    other = pa.schema({"record": pa.string()})
    with pytest.raises(
        RefusedError, match=rf"topic {topic}: .*refuses the schema: subject '{topic}-value' has"
    ) as error:
        avro_sink(kafka, schema_registry, topic, other)
    message = str(error.value)
    assert "has version 1, which the new schema is not compatible with: " in message
    assert "field 'record' was long and is string" in message
    assert "is gone and had no default" in message
    assert "Hint: send the stream to another topic" in message
    assert "Exception" not in message
    assert not error.value.transient


def test_a_missing_registry_is_an_error_without_the_password(kafka, topic):
    with pytest.raises(UnreachableError, match=f"no schema registry answers at http://{NOBODY}") as error:
        avro_sink(kafka, f"http://doge:s3cret@{NOBODY}", topic, schema_registry_conf={"max.retries": 0})
    assert "s3cret" not in str(error.value)


@pytest.mark.parametrize(
    ("url", "conf", "message"),
    [
        ("ftp://doge:s3cret@a", {}, "schema_registry_url: .*ftp://"),
        ("http://a", {"no.such.key": 1}, r"targets\.samples\.schema_registry_conf.*no\.such\.key"),
    ],
)
def test_an_invalid_registry_is_refused(kafka, topic, url, conf, message):
    with pytest.raises(ModelError, match=message):
        avro_sink(kafka, url, topic, schema_registry_conf=conf)


def test_a_field_name_that_avro_does_not_allow_is_refused(kafka, schema_registry, topic):
    with pytest.raises(ModelError, match="'user-id' is not a name for Avro"):
        avro_sink(kafka, schema_registry, topic, pa.schema({"user-id": pa.int64()}))


def test_a_missing_package_gives_the_pip_line(kafka, schema_registry, topic, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyruhvro", None)
    with pytest.raises(MissingDriverError, match=r"pip install 'doge-datagen\[avro\]'"):
        avro_sink(kafka, schema_registry, topic)


def test_a_missing_client_of_the_registry_gives_the_pip_line(kafka, schema_registry, topic, monkeypatch):
    monkeypatch.delattr(confluent_kafka, "schema_registry")
    monkeypatch.setitem(sys.modules, "confluent_kafka.schema_registry", None)
    with pytest.raises(MissingDriverError, match=r"pip install 'doge-datagen\[kafka\]'"):
        avro_sink(kafka, schema_registry, topic)


def test_numbers_that_are_not_finite_are_delivered(kafka, schema_registry, topic):
    shares = pa.record_batch({"share": [float("inf")]})
    with avro_sink(kafka, schema_registry, topic, shares.schema) as sink:
        sink.write(Batch(shares, pa.array([START], pa.timestamp("ms", tz="UTC"))))
    assert read(kafka, topic)[0].value.endswith(b"\0\0\0\0\0\0\xf0\x7f")
