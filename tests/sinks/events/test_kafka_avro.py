"""Avro sinks write the registry's wire format; their errors name the field, schema or registry at fault."""

import json
import sys
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

from doge_datagen.errors import MissingDriverError, ModelError, RecordError, RefusedError, SinkError, UnreachableError
from doge_datagen.sinks.events.kafka_factories import KafkaAvroSinkFactory
from doge_datagen.sinks.kafka.schema_registry import without_user
from tests.sinks.topics import LOGIN, START, make_topic, read

NOBODY = "127.0.0.1:1"
KEY = json.dumps({"type": "record", "name": "Key", "fields": [{"name": "key", "type": "string"}]})
FIELDS = {"user_id": "string", "event": "string", "timestamp": "long"}


def schema(**fields):
    listed = [{"name": name, "type": kind} for name, kind in fields.items()]
    return json.dumps({"type": "record", "name": "Click", "namespace": "web", "fields": listed})


def key(subject, transition):
    return {"key": subject}


def click(timestamp, subject, transition):
    return {"user_id": subject, "event": transition.trigger, "timestamp": timestamp}


@pytest.fixture
def kept(kafka, topic):
    """A topic that retains old records."""
    return make_topic(kafka, topic)


@pytest.fixture
def factory(kafka, schema_registry):
    return KafkaAvroSinkFactory([kafka], schema_registry, "clicks")


def decoded(kafka, url, topic):
    with SchemaRegistryClient({"url": url}) as client:
        decode = AvroDeserializer(client)
        context = SerializationContext(topic, MessageField.VALUE)
        return [(decode(it.key, context), decode(it.value, context), it.timestamp) for it in read(kafka, topic)]


def test_clicks_are_decoded_through_the_registry(kafka, schema_registry, kept, factory):
    with factory.create(kept, key, KEY, click, schema(**FIELDS)) as sink:
        for index in range(100):
            sink.collect(1644549768000 + index, "7", LOGIN)
    assert decoded(kafka, schema_registry, kept) == [
        ({"key": "7"}, {"user_id": "7", "event": "login", "timestamp": 1644549768000 + index}, 1644549768000 + index)
        for index in range(100)
    ]
    assert sink.delivered == 100


def test_schemas_are_registered_by_topic(schema_registry, kept, factory):
    with factory.create(kept, key, KEY, click, schema(**FIELDS)) as sink:
        sink.collect(START, "7", LOGIN)
    with SchemaRegistryClient({"url": schema_registry}) as client:
        assert {f"{kept}-key", f"{kept}-value"} <= set(client.get_subjects())


def test_a_key_of_none_is_a_missing_key(kafka, kept, factory):
    with factory.create(kept, lambda *_: None, KEY, click, schema(**FIELDS)) as sink:
        sink.collect(START, "7", LOGIN)
    assert read(kafka, kept)[0].key is None


def test_a_tuple_chooses_the_branch_of_a_union(kafka, schema_registry, kept, factory):
    branches = [{"type": "record", "name": name, "fields": [{"name": "x", "type": "int"}]} for name in ("A", "B")]
    with factory.create(kept, key, KEY, lambda *_: {"it": ("web.B", {"x": 1})}, schema(it=branches)) as sink:
        sink.collect(START, "7", LOGIN)
    assert decoded(kafka, schema_registry, kept)[0][1] == {"it": {"x": 1}}


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        ("string", 5, "= 5 (int); the schema wants string"),
        ("string", None, "is missing or None; the schema wants string"),
        ("long", 1.7, "= 1.7 (float); the schema wants long"),
        ("int", 2**40, f"= {2**40} (int); the schema wants int"),
        ("double", "1", "= '1' (str); the schema wants double"),
        (["null", "string"], 7, "= 7 (int); the schema wants null or string"),
        (
            {"type": "enum", "name": "Kind", "symbols": ["A", "B"]},
            "C",
            "= 'C' (str); the schema wants web.Kind, one of",
        ),
        ({"type": "long", "logicalType": "timestamp-millis"}, "now", "= 'now' (str); the schema wants long (timestamp"),
    ],
)
def test_the_error_about_an_invalid_value_names_field_value_and_type(kept, factory, kind, value, message):
    sink = factory.create(kept, key, KEY, lambda *_: {"it": value}, schema(it=kind))
    with sink, pytest.raises(RecordError) as error:
        sink.collect(START, "7", LOGIN)
    assert f"topic {kept}: value, field 'it' of web.Click {message}" in str(error.value)
    with pytest.raises(SinkError, match="no more"):
        sink.collect(START, "7", LOGIN)


def test_a_value_that_only_the_encoder_refuses_is_a_record_error(kept, factory):
    money = {"type": "bytes", "logicalType": "decimal", "precision": 4, "scale": 2}
    sink = factory.create(kept, key, KEY, lambda *_: {"it": Decimal("1.255")}, schema(it=money))
    with sink, pytest.raises(RecordError, match=r"value .*1\.255.* cannot be written: .*Scale"):
        sink.collect(START, "7", LOGIN)


def test_a_value_of_none_is_a_tombstone(kafka, kept, factory):
    with factory.create(kept, key, KEY, lambda *_: None, schema(**FIELDS)) as sink:
        sink.collect(START, "7", LOGIN)
    assert read(kafka, kept)[0].value is None


def test_an_invalid_key_is_reported_as_the_key(kept, factory):
    sink = factory.create(kept, lambda *_: "7", KEY, click, schema(**FIELDS))
    with sink, pytest.raises(RecordError, match=r"key = '7' \(str\); the schema wants record \(Key\)"):
        sink.collect(START, "7", LOGIN)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is not JSON"),
        ("string", "is not JSON"),
        ("7", "7 is not an Avro schema"),
        ("schemas/click.avsc", "is a file's name. Hint: give its content: Path('schemas/click.avsc').read_text()"),
        (Path("click.json"), "is a file's name. Hint: give its content: Path('click.json').read_text()"),
        (b"{}", "is not a string"),
        ('{"name": "x"}', "an object has no 'type'"),
        ('{"type": "enum", "name": "x"}', "an object has no 'symbols'"),
        ('{"type": "record", "fields": []}', '"name" is a required field'),
        ('{"type": "record", "name": "x", "fields": [{"name": "a", "type": "strng"}]}', "unknown type 'strng'"),
        ('{"type": "record", "name": "x", "fields": [{"name": "a", "type": "int", "default": "q"}]}', "Default value"),
    ],
)
def test_an_invalid_schema_is_refused_when_the_sink_is_created(text, message):
    factory = KafkaAvroSinkFactory(NOBODY, f"http://{NOBODY}")
    with pytest.raises(ModelError, match="topic clicks: value_schema: ") as error:
        factory.create("clicks", key, KEY, click, text)
    assert message in str(error.value)


def test_an_incompatible_schema_is_refused_with_the_differing_fields(schema_registry, kept, factory):
    with factory.create(kept, key, KEY, click, schema(**FIELDS)) as sink:
        sink.collect(START, "7", LOGIN)
    with SchemaRegistryClient({"url": schema_registry}) as client:
        client.set_compatibility(f"{kept}-value", "BACKWARD")
    sink = factory.create(kept, key, KEY, lambda *_: {"event": 1}, schema(event="int"))
    with (
        sink,
        pytest.raises(
            RefusedError, match=r"refuses the schema: .*field .event. was string and is int; field .user_id. is gone"
        ) as error,
    ):
        sink.collect(START, "7", LOGIN)
    assert not error.value.transient


def test_the_error_about_a_missing_registry_does_not_contain_the_password(kafka, kept):
    factory = KafkaAvroSinkFactory(kafka, f"http://doge:s3cret@{NOBODY}")
    with factory.create(kept, key, KEY, click, schema(**FIELDS)) as sink, pytest.raises(UnreachableError) as error:
        sink.collect(START, "7", LOGIN)
    assert f"no schema registry answers at http://{NOBODY}" in str(error.value)
    assert "s3cret" not in str(error.value)


class Answer(BaseHTTPRequestHandler):
    """Responds to every request with the server's status and records the credentials."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append(self.headers["Authorization"])
        body = json.dumps({"error_code": self.server.status, "message": "a reason of the registry"}).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Log nothing."""


@pytest.fixture
def fake_registry():
    """A fake registry that responds with 401 or the given ``status``, as the real one has no authentication."""
    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        server.status, server.asked = 401, []
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("status", "kind", "message"),
    [
        (401, RefusedError, "refuses us: a reason of the registry"),
        (422, RefusedError, "refuses the schema: a reason of the registry"),
        (404, RefusedError, "does not answer as a schema registry does"),
        (503, UnreachableError, "does not answer now: a reason of the registry"),
    ],
)
def test_each_status_of_a_registry_has_its_error(kafka, kept, fake_registry, status, kind, message):
    fake_registry.status = status
    url = f"http://doge:s3cret@127.0.0.1:{fake_registry.server_port}"
    factory = KafkaAvroSinkFactory(kafka, url, schema_registry_conf={"max.retries": 0})
    with factory.create(kept, key, KEY, click, schema(**FIELDS)) as sink, pytest.raises(kind, match=message) as error:
        sink.collect(START, "7", LOGIN)
    assert "s3cret" not in str(error.value)


def test_user_and_password_in_the_url_or_conf_are_sent_to_the_registry(kafka, kept, fake_registry):
    address = f"127.0.0.1:{fake_registry.server_port}"
    in_url = KafkaAvroSinkFactory(kafka, f"http://doge:s3cret@{address}")
    in_conf = KafkaAvroSinkFactory(
        kafka, f"http://{address}", schema_registry_conf={"basic.auth.user.info": "doge:s3cret"}
    )
    for factory in (in_url, in_conf):
        with factory.create(kept, key, KEY, click, schema(**FIELDS)) as sink, pytest.raises(RefusedError):
            sink.collect(START, "7", LOGIN)
    assert fake_registry.asked == ["Basic ZG9nZTpzM2NyZXQ="] * 2


def test_a_url_without_a_user_is_unchanged():
    assert without_user("http://a:8081/path,http://b") == ("http://a:8081/path,http://b", None)


@pytest.mark.parametrize(
    ("url", "conf", "message"),
    [
        (None, None, "no registry is named"),
        ("ftp://doge:s3cret@a", None, r"'ftp://doge:\*\*\*@a' is not the URL of a schema registry"),
        ("http://a", {"no.such.key": 1}, "no.such.key"),
    ],
)
def test_an_invalid_registry_is_refused_when_the_factory_is_created(url, conf, message):
    with pytest.raises(ModelError, match=message):
        KafkaAvroSinkFactory(NOBODY, url, schema_registry_conf=conf)


def test_the_fourth_argument_of_1_0_4_is_the_buffer_size(kafka, schema_registry, kept):
    with KafkaAvroSinkFactory([kafka], schema_registry, "clicks", 10).create(
        kept, key, KEY, click, schema(**FIELDS)
    ) as sink:
        for index in range(100):
            sink.collect(START + index, "7", LOGIN)
    assert sink.delivered == 100


@pytest.mark.parametrize("module", ["confluent_kafka", "confluent_kafka.schema_registry.avro", "fastavro"])
def test_a_missing_driver_gives_the_pip_line(monkeypatch, module):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingDriverError, match=r"pip install 'doge-datagen\[kafka\]'"):
        KafkaAvroSinkFactory(NOBODY, f"http://{NOBODY}").create("clicks", key, KEY, click, schema(**FIELDS))
