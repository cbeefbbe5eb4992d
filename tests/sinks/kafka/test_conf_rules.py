"""The conf of a target: every property of librdkafka is accepted, or refused with a reason."""

import contextlib

import pytest
from confluent_kafka import KafkaException, Producer

from doge_datagen.errors import ModelError
from doge_datagen.model import Destination
from doge_datagen.model.redaction import Redacted
from doge_datagen.sinks.events.kafka_factories import KafkaSinkFactory
from doge_datagen.sinks.kafka.conf_rules import REFUSED, broken_promise, problem_of_key
from doge_datagen.sinks.kafka.properties import PROPERTIES
from doge_datagen.sinks.registry import check_destination, check_filled

WHERE = "targets.local.trx"
TAKEN = [name for name, it in PROPERTIES.items() if name not in REFUSED and not it.consumers_only]


def check(conf, run_id=None):
    check_filled(Destination.of({"kafka": "a:1", "conf": conf}), "trx", (), WHERE, run_id=run_id)


@pytest.mark.parametrize(
    ("conf", "message"),
    [
        (
            {"acks": 0},
            "acks: 0 counts records as delivered that no broker has confirmed. Hint: give all, or remove acks",
        ),
        ({"acks": "0"}, "acks: 0 counts records as delivered"),
        ({"acks": "0x0"}, "acks: 0x0 counts records as delivered"),
        ({"request.required.acks": 0}, "request.required.acks: 0 counts records as delivered"),
        (
            {"transactional.id": "x"},
            "transactional.id: is ours: transactions are for named runs. Hint: remove it, and ",
        ),
        ({"delivery.report.only.error": False}, "delivery.report.only.error: is what the counts of delivered records "),
        ({"enabled_events": 1}, "enabled_events: is what the counts of delivered records"),
        (
            {"queuing.strategy": "LIFO", "enable.idempotence": False},
            "queuing.strategy: lifo sends the newest record fir",
        ),
        ({"partitioner": "random"}, "partitioner: random tears the records of a key apart"),
        (
            {"allow.auto.create.topics": True},
            "allow.auto.create.topics: makes a topic that is deleted in mid-run again",
        ),
        ({"api.version.request": False}, "api.version.request: lets the client speak a protocol without timestamps"),
        ({"broker.version.fallback": "0.9"}, "broker.version.fallback: lets the client speak a protocol without"),
        (
            {"bootstrap.servers": "b:1"},
            "bootstrap.servers: names brokers beside those of 'kafka:'. Hint: remove it, and write",
        ),
        ({"metadata.broker.list": "b:1"}, "metadata.broker.list: names brokers beside those of 'kafka:'"),
    ],
)
def test_a_key_that_breaks_a_promise_is_refused(conf, message):
    with pytest.raises(ModelError) as caught:
        check(conf)
    assert str(caught.value).startswith(f"{WHERE}.conf.{message}")


@pytest.mark.parametrize(
    "key",
    [
        *("plugin.library.paths", "ssl.providers", "ssl.engine.location", "ssl.engine.id", "sasl.kerberos.kinit.cmd"),
        *("test.mock.num.brokers", "test.mock.broker.rtt", "internal.termination.signal", "ut_handle_ProduceResponse"),
        *("error_cb", "logger", "stats_cb", "oauth_cb", "throttle_cb", "on_delivery", "dr_cb", "log_cb", "opaque"),
        *("interceptors", "ssl_ca", "ssl_key", "ssl_certificate", "ssl_engine_callback_data", "default.topic.config"),
        *("socket_cb", "open_cb", "connect_cb", "resolve_cb", "background_event_cb", "partitioner_cb", "nonsense"),
    ],
)
def test_a_key_that_loads_runs_or_replaces_is_refused(key):
    with pytest.raises(ModelError, match=f"^{WHERE}.conf.{key}: .*(remove it|did you mean|known: )"):
        check_destination(Destination.of({"kafka": "a:1", "conf": {key: "1"}}), "trx", (), WHERE)


@pytest.mark.parametrize("key", ["sasl.kerberos.principal", "sasl.kerberos.keytab", "sasl.kerberos.service.name"])
@pytest.mark.parametrize(
    "value", ["x; touch y", "$(touch y)", "`touch y`", "a|b", "a&b", "%{sasl.password}", "-S", "a b"]
)
def test_a_value_that_becomes_part_of_a_command_cannot_inject_another(key, value):
    with pytest.raises(ModelError, match="becomes part of a shell command") as caught:
        check({key: value})
    assert "touch" not in str(caught.value)


def test_a_kerberos_principal_is_accepted():
    check({"sasl.kerberos.principal": "doge/host.example@EXAMPLE.COM"})


@pytest.mark.parametrize("key", [name for name, it in PROPERTIES.items() if it.consumers_only and name not in REFUSED])
def test_a_key_of_consumers_is_refused(key):
    assert "is a property of consumers" in problem_of_key(key, 1)


@pytest.mark.parametrize("key", TAKEN)
def test_every_other_key_is_accepted_within_its_bounds_here_and_by_the_client(key):
    known = PROPERTIES[key]
    numbers = [known.low, str(known.high)] if known.kind in ("integer", "float") else []
    refused = ("0", "1", "random", "lifo") if key in ("acks", "request.required.acks", "partitioner") else ("lifo",)
    values = [it for it in (*numbers, *known.choices) if it not in refused]
    values += [True, "false"] if known.kind == "boolean" and key != "allow.auto.create.topics" else []
    for value in values if key != "enabled_events" else [0]:
        assert problem_of_key(key, value) is None, value
        with contextlib.suppress(KafkaException, ValueError) if key in CONTRADICTS else contextlib.nullcontext():
            Producer({key: value, "log_level": 0})


CONTRADICTS = (
    *("enable.gapless.guarantee", "reconnect.backoff.ms", "reconnect.backoff.max.ms"),
    *("security.protocol", "sasl.oauthbearer.metadata.authentication.type"),
)
"""Keys that require others."""


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("linger.ms", "hunter2", "'hunter2' is not a number from 0 to 900000"),
        ("linger.ms", 1_000_000, "1000000 is out of range. Hint: give a number from 0 to 900000"),
        ("retries", 1.5, "1.5 is not an integer from 0 to 2147483647"),
        ("retries", True, "true is not an integer from 0 to 2147483647"),
        ("retries", "1_000", "'1_000' is not an integer"),
        ("acks", "many", "'many' is not an integer from -1 to 1000"),
        ("socket.keepalive.enable", "yes", "'yes' is not true or false"),
        ("socket.keepalive.enable", 2, "2 is not true or false"),
        ("compression.type", "lz5", "'lz5' is not possible. Hint: did you mean 'lz4'?"),
        ("partitioner", "murmur", "'murmur' is not possible. Hint: did you mean 'murmur2'?"),
        ("debug", "broker,al", "'broker,al' is not possible. Hint: did you mean 'broker'?"),
        ("securty.protocol", "ssl", "is not a property of librdkafka 2.16.0. Hint: did you mean 'security.protocol'?"),
    ],
)
def test_a_value_that_librdkafka_rejects_is_reported(key, value, message):
    assert problem_of_key(key, value).startswith(message)


def test_a_value_from_a_variable_is_displayed_by_its_name(monkeypatch):
    monkeypatch.setenv("DOGE_LINGER", "hunter2")
    with pytest.raises(ModelError, match=r"linger.ms: '\$\{DOGE_LINGER\}' is not a number"):
        check({"linger.ms": "${DOGE_LINGER}"})


@pytest.mark.parametrize(
    "conf",
    [
        *({"acks": 0}, {"request.required.acks": "+0"}, {"acks": "0abc"}, {"transactional.id": "x"}),
        *({"delivery.report.only.error": True}, {"enabled_events": 1}, {"partitioner": "random"}),
        *({"queuing.strategy": "lifo"}, {"default.topic.config": {"acks": 0}}),
    ],
)
def test_programs_cannot_break_delivery_promises_either(conf):
    with pytest.raises(ModelError, match=r"^Kafka sink\.conf\."):
        KafkaSinkFactory("a:1", conf=conf)


@pytest.mark.parametrize("conf", [{"acks": 1}, {"acks": "all"}, {"acks": -1}, {"acks": 10}, {"error_cb": print}, {}])
def test_programs_may_set_functions_and_other_safe_keys(conf):
    assert broken_promise(conf) is None
    KafkaSinkFactory("a:1", conf=conf)


def test_a_password_is_never_displayed():
    conf = {"sasl.password": Redacted("hunter2"), "sasl.username": "x"}
    assert [problem_of_key(*it) for it in conf.items()] == [None, None]
    assert "hunter2" not in problem_of_key("sasl.pasword", Redacted("hunter2"))
