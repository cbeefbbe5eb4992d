"""Connection errors of a Kafka client: refusals and lost connections."""

import math
import socket
import struct
import threading
from contextlib import suppress
from types import SimpleNamespace

import pytest
from confluent_kafka import KafkaError

from doge_datagen.errors import UnreachableError
from doge_datagen.sinks.kafka.client import Cluster, ConnectionErrors, Driver

AT = "sasl_plaintext://127.0.0.1:9094/bootstrap: "
HANDSHAKE = f"{AT}SASL PLAIN mechanism handshake failed: "
REFUSED = "SASL authentication error: Authentication failed: Invalid username or password (after 5ms in state AUTH_REQ)"
SASL = {"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN", "sasl.username": "a", "sasl.password": "b"}
HEAD = struct.Struct(">ihhi")
METADATA, SASL_HANDSHAKE, API_VERSIONS, SASL_AUTHENTICATE = 3, 17, 18, 36
UNSUPPORTED_VERSION = 35


def authentication(message):
    return KafkaError(KafkaError._AUTHENTICATION, message)


@pytest.mark.parametrize(
    "message",
    [
        f"{HANDSHAKE}Local: Broker transport failure: broker's supported mechanisms:  (after 3ms)",
        f"{HANDSHAKE}Local: Timed out: broker's supported mechanisms:  (after 3ms)",
        f"{AT}SASL authentication error: SaslAuthenticateRequest failed: Local: Broker transport failure",
        "Failed to acquire SASL OAUTHBEARER token: Couldn't resolve host name",
    ],
)
def test_a_connection_lost_during_login_is_not_a_refusal(message):
    connection_errors = ConnectionErrors()
    connection_errors.on_error(authentication(message))
    assert (connection_errors.refusal, connection_errors.last) == (None, message)


@pytest.mark.parametrize(
    "message",
    [AT + REFUSED, f"{HANDSHAKE}Broker: Unsupported SASL mechanism: broker's supported mechanisms: SCRAM-SHA-256"],
)
def test_an_authentication_error_is_a_refusal_until_a_login_succeeds(message):
    connection_errors = ConnectionErrors()
    connection_errors.on_error(authentication(message))
    assert connection_errors.refusal == message
    connection_errors.accepted()
    assert connection_errors.refusal is None


@pytest.mark.parametrize(
    ("conf", "seconds"), [({}, 10), ({"socket.timeout.ms": "500"}, 0.5), ({"socket.timeout.ms": 60_000}, 10)]
)
def test_a_broker_has_ten_seconds_to_respond_or_the_socket_timeout_if_shorter(conf, seconds):
    assert Cluster(Driver(), {"bootstrap.servers": "127.0.0.1:1", **conf}).seconds == seconds


def test_a_response_clears_a_refusal(kafka):
    cluster = Cluster(Driver(), {"bootstrap.servers": kafka})
    cluster.connection_errors.on_error(authentication(REFUSED))
    cluster.metadata("a place")
    assert cluster.connection_errors.refusal is None


class Rejoining:
    """An admin client whose broker rejoins its cluster: for some answers, it knows of no broker."""

    def __init__(self, client, answers):
        self.poll, self._client, self._left = client.poll, client, answers

    def list_topics(self, topic, timeout):
        self._left -= 1
        return SimpleNamespace(brokers={}) if self._left >= 0 else self._client.list_topics(topic, timeout=timeout)


def test_a_broker_that_rejoins_its_cluster_is_asked_until_it_is_ready(kafka):
    cluster = Cluster(Driver(), {"bootstrap.servers": kafka})
    cluster.client = Rejoining(cluster.client, 3)
    assert list(cluster.metadata("a place").brokers) == [1]


def test_a_broker_that_does_not_rejoin_its_cluster_is_unreachable():
    cluster = Cluster(Driver(), {"bootstrap.servers": "127.0.0.1:1", "socket.timeout.ms": 200})
    cluster.client = Rejoining(cluster.client, math.inf)
    with pytest.raises(UnreachableError, match=r"no Kafka broker at 127\.0\.0\.1:1 has joined its cluster"):
        cluster.metadata("a place")


def test_a_broker_that_stops_during_the_handshake_is_unreachable():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=go_down_amidst_handshakes, args=(listener,), daemon=True).start()
        at = f"127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(UnreachableError, match="handshake failed: Local: "):
            Cluster(Driver(), {**SASL, "bootstrap.servers": at, "socket.timeout.ms": 2000}).metadata("a place")


def go_down_amidst_handshakes(listener):
    """A broker that responds with its versions and then closes each login."""
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            with connection:
                while (request := connection.recv(1 << 16)) and HEAD.unpack(request[: HEAD.size])[1] == API_VERSIONS:
                    connection.sendall(versions(*HEAD.unpack(request[: HEAD.size])[2:]))


def versions(version, number):
    """The response to a request for versions; newer requests get the error that only the first version is supported."""
    kinds = [struct.pack(">hhh", kind, 0, 1) for kind in (METADATA, SASL_HANDSHAKE, API_VERSIONS, SASL_AUTHENTICATE)]
    answer = struct.pack(">ihi", number, UNSUPPORTED_VERSION if version else 0, len(kinds)) + b"".join(kinds)
    return struct.pack(">i", len(answer)) + answer
