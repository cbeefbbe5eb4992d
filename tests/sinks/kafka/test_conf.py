"""What a Kafka client reports."""

import pytest

from doge_datagen.errors import ModelError
from doge_datagen.sinks.kafka.conf import BUFFER_SIZE, client_conf, conf_or_size, producer_conf, transactional_conf


@pytest.mark.parametrize("servers", ["a:1,b:2", ["a:1", "b:2"], iter(("a:1", "b:2"))], ids=["text", "list", "iterator"])
def test_servers_are_a_text_or_many(servers):
    assert client_conf(servers, None, {}) == {"bootstrap.servers": "a:1,b:2"}


def test_the_users_keys_win():
    conf = client_conf("a:1", "doge", {"bootstrap.servers": "b:2", "client.id": "mine", "linger.ms": 1})
    assert conf == {"bootstrap.servers": "b:2", "client.id": "mine", "linger.ms": 1}
    assert producer_conf(conf, 5)["linger.ms"] == 1


@pytest.mark.parametrize("servers", [None, "", []])
def test_some_broker_is_named(servers):
    with pytest.raises(ModelError, match="no broker is named"):
        client_conf(servers, None, {})


def test_a_server_is_a_text():
    with pytest.raises(ModelError, match="host:port"):
        client_conf([("a", 1)], None, {})


def test_a_producer_is_idempotent_and_holds_as_many_records_as_the_buffer():
    conf = producer_conf({}, 5)
    assert conf["enable.idempotence"] is True
    assert conf["queue.buffering.max.messages"] == 5


@pytest.mark.parametrize("key", ["acks", "request.required.acks"])
def test_weaker_acks_take_the_idempotence_away(key):
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
