import json

import pytest

from doge_datagen.sinks.kafka.schema_registry import conflict, without_class_names

TIMESTAMP = {"type": "long", "logicalType": "timestamp-millis"}


def record(name="trx", **fields):
    listed = [
        {"name": key, **(it if isinstance(it, dict) and "default" in it else {"type": it})}
        for key, it in fields.items()
    ]
    return json.dumps({"type": "record", "name": name, "fields": listed})


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (record(a="long"), record(a="string"), ": field 'a' was long and is string. "),
        (record(a="long"), record(a=TIMESTAMP), ": field 'a' was long and is timestamp-millis. "),
        (record(a=["null", "long"]), record(a="long"), ": field 'a' was null or long and is long. "),
        (record(a="long"), record(a="long", b="long"), ": field 'b' is new and has no default. "),
        (record(a={"type": "long", "default": 0}), record(), ": field 'a' is gone. "),
        (record(a="long", b="long"), record(b="long"), ": field 'a' is gone and had no default. "),
        (record("trx"), record("payment"), ": the record was called 'trx' and is called 'payment'. "),
        ('"string"', record(), ": it was string and is trx. "),
        (record(), record(), "compatible with. Hint: "),
        (record("x", a="long"), record("y", a="int"), "called 'x' and is called 'y'; field 'a' was long and is int. "),
    ],
)
def test_differences_are_reported_by_field(old, new, message):
    assert message in conflict("trx-value", new, 3, old)


def test_a_registrys_message_is_displayed_without_class_names():
    message = "io.apicurio.registry.rules.RuleViolationException: Incompatible artifact: trx-value [AVRO]"
    assert without_class_names(message) == "Incompatible artifact: trx-value [AVRO]"
