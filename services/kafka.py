"""Apache Kafka: one node, broker and controller in one process."""

import base64
import socket
import struct
import uuid
from collections.abc import Mapping
from typing import ClassVar

from services import artifacts
from services.artifacts import Artifact
from services.java import MAIN, JavaServer
from services.ports import HOST
from services.process import Launch, run_to_end

LOGGING = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"
SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT",
    "sasl.enabled.mechanisms": "PLAIN",
    # One node: every internal topic has one replica, and few partitions so that it is created quickly.
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "4",
    "group.initial.rebalance.delay.ms": "0",
    # A killed broker's session must end before it can rejoin.
    "broker.session.timeout.ms": "2000",
    "broker.heartbeat.interval.ms": "500",
    "controller.quorum.fetch.timeout.ms": "1000",
    "controller.quorum.election.timeout.ms": "500",
}
# A Metadata request, version 2, for no topic: the response contains the live brokers and the cluster ID.
METADATA_REQUEST = struct.pack(">hhih4si", 3, 2, 0, 4, b"doge", 0)
LENGTH = struct.Struct(">i")
BROKER_COUNT = struct.Struct(">4xi")


class Kafka(JavaServer):
    """A Kafka broker with a plain listener and one that requires a user and a password (SASL PLAIN)."""

    title: ClassVar[str] = "Apache Kafka"
    name: ClassVar[str] = "kafka"
    port_count: ClassVar[int] = 3
    artifact: ClassVar[Artifact] = artifacts.KAFKA
    heap: ClassVar[str] = "512m"
    username: ClassVar[str] = "doge"
    password: ClassVar[str] = "doge"

    def __init__(self, properties: Mapping[str, str] | None = None) -> None:
        """Add `properties` to ours, as in server.properties: `{"auto.create.topics.enable": "false"}`."""
        super().__init__()
        self._properties = dict(properties or {})
        self._cluster = _new_cluster_id()

    @property
    def bootstrap_servers(self) -> str:
        """Host and port of the plain listener."""
        return f"{HOST}:{self._port(0)}"

    @property
    def sasl_bootstrap_servers(self) -> str:
        """Host and port of the listener that requires SASL_PLAINTEXT, PLAIN, `username` and `password`."""
        return f"{HOST}:{self._port(1)}"

    @property
    def address(self) -> str:
        """The same as `bootstrap_servers`."""
        return self.bootstrap_servers

    def _prepare(self) -> None:
        self.fetch()
        lines = (f"{name}={value}\n" for name, value in self._all_properties().items())
        (self.folder / "server.properties").write_text("".join(lines))
        arguments = ("format", "--standalone", "--cluster-id", self._cluster, "--config", "server.properties")
        run_to_end(self._kafka("kafka.tools.StorageTool", *arguments, program="format"))

    def _launch(self) -> Launch:
        return self._kafka("kafka.Kafka", "server.properties")

    def _kafka(self, *arguments: str, program: str = MAIN) -> Launch:
        libraries = artifacts.cached(self.artifact) / "*"
        return self._java(LOGGING, "-cp", str(libraries), *arguments, program=program)

    def _all_properties(self) -> dict[str, str]:
        controller = f"{HOST}:{self._port(2)}"
        login = "org.apache.kafka.common.security.plain.PlainLoginModule"
        plain, sasl = f"PLAINTEXT://{self.bootstrap_servers}", f"SASL_PLAINTEXT://{self.sasl_bootstrap_servers}"
        return {
            **SETTINGS,
            "log.dirs": str(self.folder / "data"),
            "listeners": f"{plain},{sasl},CONTROLLER://{controller}",
            "controller.quorum.bootstrap.servers": controller,
            "listener.name.sasl_plaintext.plain.sasl.jaas.config": (
                f'{login} required user_{self.username}="{self.password}";'
            ),
            **self._properties,
        }

    def _answers(self) -> bool:
        """Request the live brokers, among which the node appears once it has joined."""
        try:
            response = self._ask(METADATA_REQUEST)
        except OSError:
            return False
        return BROKER_COUNT.unpack_from(response)[0] > 0 and self._cluster.encode() in response

    def _ask(self, request: bytes) -> bytes:
        with (
            socket.create_connection((HOST, self._port(0)), timeout=2) as connection,
            connection.makefile("rb") as file,
        ):
            connection.sendall(LENGTH.pack(len(request)) + request)
            length = LENGTH.unpack(_exactly(file.read(LENGTH.size), LENGTH.size))[0]
            return _exactly(file.read(length), length)


def _exactly(data: bytes, length: int) -> bytes:
    if len(data) < length:
        raise ConnectionResetError
    return data


def _new_cluster_id() -> str:
    """Return 16 random bytes in Kafka's encoding; the first is zero, as a leading dash would be parsed as an option."""
    return base64.urlsafe_b64encode(b"\0" + uuid.uuid4().bytes[1:]).decode().rstrip("=")
