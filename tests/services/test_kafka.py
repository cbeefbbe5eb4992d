"""Kafka keeps its ports and topics, and refuses clients with a wrong password."""

import pytest
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient, NewTopic

from services import Kafka

SECONDS = 30


@pytest.fixture(scope="module")
def server():
    with Kafka({"auto.create.topics.enable": "false"}) as running:
        yield running


def client(address, **settings):
    return AdminClient({"bootstrap.servers": address, "log_level": 0, **settings})


def login(server, password):
    return {
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "PLAIN",
        "sasl.username": server.username,
        "sasl.password": password,
    }


@pytest.mark.slow
def test_topics_and_addresses_survive_a_kill_and_a_stop(server, topic):
    addresses = server.bootstrap_servers, server.sasl_bootstrap_servers
    admin = client(addresses[0])
    admin.create_topics([NewTopic(topic, 1, 1)])[topic].result(SECONDS)
    server.kill()
    server.start()
    server.stop()
    server.start()
    assert (server.bootstrap_servers, server.sasl_bootstrap_servers) == addresses
    assert topic in admin.list_topics(timeout=SECONDS).topics


def test_properties_of_the_caller_are_used(server, topic):
    actual = client(server.bootstrap_servers).list_topics(topic, timeout=SECONDS).topics[topic]
    assert actual.error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART


def test_the_right_password_is_accepted(server):
    admin = client(server.sasl_bootstrap_servers, **login(server, server.password))
    assert admin.list_topics(timeout=SECONDS).brokers


@pytest.mark.slow
def test_a_wrong_password_is_refused(server):
    refused = []
    settings = {**login(server, "wrong"), "error_cb": refused.append}
    admin = client(server.sasl_bootstrap_servers, **settings)
    with pytest.raises(KafkaException):
        admin.list_topics(timeout=2)
    admin.poll(SECONDS)
    assert KafkaError._AUTHENTICATION in [error.code() for error in refused]
