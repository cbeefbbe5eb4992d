"""Contradicting keys are detected without a client, as a client would."""

import pytest
from confluent_kafka import KafkaException, Producer

from doge_datagen.errors import ModelError
from doge_datagen.model import Destination
from doge_datagen.sinks.kafka.conf import BUFFER_SIZE, producer_conf, transactional_conf
from doge_datagen.sinks.kafka.conf_contradictions import contradiction
from doge_datagen.sinks.registry import check_filled

SASL = {"security.protocol": "SASL_SSL"}
PASSWORD = {"sasl.username": "u", "sasl.password": "hunter2"}
ALONE = [
    ({"enable.idempotence": True, "acks": 1}, "acks: 1 contradicts enable.idempotence: true"),
    ({"retries": 0}, "retries: 0 is not possible with enable.idempotence"),
    ({"message.send.max.retries": 0}, "message.send.max.retries: 0 is not possible with enable.idempotence"),
    ({"max.in.flight": 10}, "max.in.flight: 10 is not possible with enable.idempotence"),
    ({"queue.buffering.backpressure.threshold": 2}, "queue.buffering.backpressure.threshold: 2 is not possible"),
    ({"enable.gapless.guarantee": True, "enable.idempotence": False}, "enable.gapless.guarantee: needs enable.idem"),
    ({"message.timeout.ms": 10}, "message.timeout.ms: 10 is not longer than linger.ms, which is 50"),
    ({"delivery.timeout.ms": 10}, "delivery.timeout.ms: 10 is not longer than linger.ms"),
    ({"reconnect.backoff.ms": 20_000}, "reconnect.backoff.ms: 20000 makes reconnect.backoff.ms longer than"),
    ({"reconnect.backoff.max.ms": 50}, "reconnect.backoff.max.ms: 50 makes reconnect.backoff.ms longer than"),
    ({**SASL, "sasl.mechanism": "XYZ"}, "sasl.mechanism: 'XYZ' is not possible. Hint: known: 'PLAIN'"),
]
IN_TRANSACTIONS = [
    ({"acks": 1}, "acks: 1 is not possible with --run-id, where each record arrives exactly once. Hint: remove it"),
    ({"enable.idempotence": False}, "enable.idempotence: false is not possible with --run-id"),
    ({"socket.timeout.ms": 90_000}, "socket.timeout.ms: 90000 is longer than transaction.timeout.ms, which is 60000"),
    ({"linger.ms": 40_000}, "message.timeout.ms: 30000 is not longer than linger.ms, which is 40000"),
]


def check(conf, run_id=None):
    check_filled(Destination.of({"kafka": "a:1", "conf": conf}), "trx", (), "targets.local.trx", run_id=run_id)


@pytest.mark.parametrize(("conf", "message"), ALONE)
def test_a_contradiction_is_reported_at_its_key(conf, message):
    with pytest.raises(ModelError) as caught:
        check(conf)
    assert str(caught.value).startswith(f"targets.local.trx.conf.{message}")


@pytest.mark.parametrize("conf", [conf for conf, _ in ALONE])
def test_the_client_detects_the_same_contradictions(conf):
    with pytest.raises(KafkaException):
        Producer({**producer_conf(conf, BUFFER_SIZE), "log_level": 0})


@pytest.mark.parametrize(("conf", "message"), IN_TRANSACTIONS)
def test_options_invalid_for_a_run_with_an_id_are_reported_before_it_starts(conf, message):
    check(conf)
    with pytest.raises(ModelError) as caught:
        check(conf, "nightly")
    assert str(caught.value).startswith(f"targets.local.trx.conf.{message}")


@pytest.mark.parametrize("conf", [conf for conf, _ in IN_TRANSACTIONS])
def test_the_client_detects_the_same_for_transactions(conf):
    with pytest.raises(KafkaException):
        Producer({**transactional_conf(conf, "doge"), "log_level": 0})


def test_a_position_can_be_read_back():
    conf = {"receive.message.max.bytes": 1_000_000}
    check(conf)
    with pytest.raises(ModelError, match=r"receive\.message\.max\.bytes: 1000000 is too small with --run-id"):
        check(conf, "nightly")


@pytest.mark.parametrize(
    "conf",
    [
        {},
        {"acks": "all", "enable.idempotence": True},
        {"acks": 1},
        {"enable.idempotence": False, "max.in.flight": 100, "retries": 0},
        {"message.timeout.ms": 0},
        {"linger.ms": 100, "message.timeout.ms": "101"},
        {**SASL, **PASSWORD, "sasl.mechanism": "SCRAM-SHA-512"},
        {"security.protocol": "SSL", "sasl.mechanism": "XYZ"},
    ],
)
def test_configurations_valid_for_the_client_are_accepted(conf):
    whole = producer_conf(conf, BUFFER_SIZE)
    assert contradiction(whole, conf, resumable=False) is None
    Producer({**whole, "log_level": 0})


@pytest.mark.parametrize("missing", PASSWORD)
def test_a_mechanism_with_a_password_needs_both(missing):
    conf = {**SASL, "sasl.mechanism": "PLAIN", **{key: it for key, it in PASSWORD.items() if key != missing}}
    with pytest.raises(ModelError, match=f"sasl.mechanism: 'PLAIN' needs {missing} too") as caught:
        check(conf)
    assert "hunter2" not in str(caught.value)
