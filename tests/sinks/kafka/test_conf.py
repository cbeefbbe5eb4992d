"""The configuration of a Kafka client."""

import pytest

from doge_datagen.errors import ModelError
from doge_datagen.model.redaction import Piece, Redacted
from doge_datagen.sinks.kafka.conf import (
    BUFFER_SIZE,
    check_addresses,
    client_conf,
    conf_or_size,
    producer_conf,
    transactional_conf,
)


@pytest.mark.parametrize("servers", ["a:1,b:2", ["a:1", "b:2"], iter(("a:1", "b:2"))], ids=["text", "list", "iterator"])
def test_servers_are_a_string_or_a_list(servers):
    assert client_conf(servers, None, {}) == {"bootstrap.servers": "a:1,b:2"}


def test_the_users_keys_take_precedence():
    conf = client_conf("a:1", "doge", {"bootstrap.servers": "b:2", "client.id": "mine", "linger.ms": 1})
    assert conf == {"bootstrap.servers": "b:2", "client.id": "mine", "linger.ms": 1}
    assert producer_conf(conf, 5)["linger.ms"] == 1


@pytest.mark.parametrize("servers", [None, "", []])
def test_a_broker_is_required(servers):
    with pytest.raises(ModelError, match="no broker is named"):
        client_conf(servers, None, {})


def test_a_server_is_a_string():
    with pytest.raises(ModelError, match="host:port"):
        client_conf([("a", 1)], None, {})


def test_a_producer_is_idempotent_and_holds_as_many_records_as_the_buffer():
    conf = producer_conf({}, 5)
    assert conf["enable.idempotence"] is True
    assert conf["queue.buffering.max.messages"] == 5


@pytest.mark.parametrize("key", ["acks", "request.required.acks"])
def test_weaker_acks_disable_idempotence(key):
    assert "enable.idempotence" not in producer_conf({key: 1}, 5)
    assert "enable.idempotence" in producer_conf({key: "all"}, 5)


@pytest.mark.parametrize("size", [0, -1, 1.5, "9", True])
def test_a_buffer_holds_a_whole_number_of_records(size):
    with pytest.raises(ModelError, match="buffer_size"):
        producer_conf({}, size)


@pytest.mark.parametrize("key", ["transaction.timeout.ms", "message.timeout.ms", "delivery.timeout.ms"])
@pytest.mark.parametrize("value", ["abc", "0x2710", None])
def test_a_time_of_a_transaction_is_an_integer(key, value):
    with pytest.raises(
        ModelError, match=rf"{key} is {value!r}, which is not an integer. Hint: give milliseconds, such as "
    ):
        transactional_conf({key: value}, "doge-run:clicks")


def test_a_number_for_conf_is_the_buffer_size():
    assert conf_or_size(10, BUFFER_SIZE) == ({}, 10)


def test_conf_is_a_mapping():
    with pytest.raises(ModelError, match="conf"):
        conf_or_size(["linger.ms"], BUFFER_SIZE)


@pytest.mark.parametrize(
    "at",
    [
        *("localhost", "localhost:9092", "a:1,b:2", " a:1 , b:2 ,", "broker-1.example:9092", "my_broker:9092"),
        *("[::1]:9092", "[fe80::1%eth0]:9092", "::1", "127.0.0.1:1", "PLAINTEXT://a:9092", "plaintext://a:9092/"),
    ],
)
def test_addresses_valid_for_librdkafka_are_accepted(at):
    check_addresses(Redacted(at), "plaintext", "there")


@pytest.mark.parametrize(
    ("at", "message"),
    [
        ("", "no broker is named"),
        (" , ", "no broker is named"),
        ("http://localhost:9092", "'http://localhost:9092' is not a broker's address. Hint: write host:port"),
        ("a:1,https://b", "'https://b' is not a broker's address"),
        ("a:b", "'a:b' is not a broker's address"),
        ("a b", "'a b' is not a broker's address"),
        ("a/b", "'a/b' is not a broker's address"),
        ("a:1;b:2", "'a:1;b:2' is not a broker's address"),
        ("a:0", "'a:0' has a port that does not exist. Hint: give one from 1 to 65535"),
        ("a:65536", "'a:65536' has a port that does not exist"),
        (
            "SASL_SSL://a:1",
            "'SASL_SSL://a:1' is not used, as security.protocol is PLAINTEXT. Hint: set security.protocol: SASL_",
        ),
        (
            "u:geheim@host:1",
            "a broker's address has no user. Hint: give user and password in conf: sasl.username, sasl.pass",
        ),
    ],
)
def test_an_invalid_address_is_refused(at, message):
    with pytest.raises(ModelError) as caught:
        check_addresses(Redacted(at), "plaintext", "there")
    assert str(caught.value).startswith(f"there: {message}")
    assert "geheim" not in str(caught.value)


def test_a_protocol_in_an_address_is_that_of_the_client():
    check_addresses(Redacted("SASL_SSL://a:1,b:2"), "sasl_ssl", "there")


def test_an_address_from_a_variable_is_shown_by_its_name():
    with pytest.raises(ModelError, match=r"there: '\$\{KAFKA\}' is not a broker's address"):
        check_addresses(Redacted([Piece("a b", "${KAFKA}")]), "plaintext", "there")
