"""An argument that is not a function is refused when the sink is created, with its location and a hint."""

import re

import pytest

from doge_datagen.errors import ModelError
from doge_datagen.sinks.events.database import DbSinkFactory
from doge_datagen.sinks.events.json_lines import JsonLinesSink
from doge_datagen.sinks.events.kafka_factories import KafkaAvroSinkFactory, KafkaSinkFactory
from doge_datagen.sinks.events.memory import MemorySink
from doge_datagen.sinks.events.printing import PrintingSink

NOBODY = "127.0.0.1:1"


def kafka(*arguments):
    return KafkaSinkFactory(NOBODY).create("clicks", *arguments)


def avro(key_function, value_function):
    factory = KafkaAvroSinkFactory(NOBODY, f"http://{NOBODY}")
    return factory.create("clicks", key_function, '"string"', value_function, '"string"')


@pytest.mark.parametrize(
    ("make", "place"),
    [
        (lambda: PrintingSink(7), "PrintingSink.format_function"),
        (lambda: MemorySink(7), "MemorySink.value_function"),
        (lambda: MemorySink(""), "MemorySink.value_function"),
        (lambda: JsonLinesSink("clicks.jsonl", None), "JsonLinesSink.value_function"),
        (lambda: DbSinkFactory("sqlite://").create("clicks", {}), "DbSinkFactory.create.row_mapper_function"),
        (lambda: kafka("user_id", str), "topic clicks.key_function"),
        (lambda: kafka(str, None), "topic clicks.value_function"),
        (lambda: kafka(str, str, "utf-8"), "topic clicks.key_serializer"),
        (lambda: kafka(str, str, None, "utf-8"), "topic clicks.value_serializer"),
        (lambda: avro(None, dict), "topic clicks.key_function"),
        (lambda: avro(str, {}), "topic clicks.value_function"),
    ],
    ids=lambda it: it if isinstance(it, str) else "",
)
def test_an_argument_that_is_not_callable_is_refused_when_the_sink_is_created(make, place, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError, match=rf"^{re.escape(place)}: .* cannot be called. Hint: give a function$"):
        make()
    assert list(tmp_path.iterdir()) == []
