"""The topic ``doge_positions``, which holds the position and the claim of each stream of each run."""

from __future__ import annotations

import json
from collections.abc import Container, Mapping
from time import monotonic
from typing import Any

from doge_datagen.errors import RefusedError, SinkError, UnknownTargetError
from doge_datagen.sinks.kafka.client import Cluster, ConnectionErrors, Driver, made
from doge_datagen.sinks.kafka.conf import Conf
from doge_datagen.sinks.kafka.topics import BROKERS_DEFAULT, add_topics, find_topic
from doge_datagen.sinks.server_wait import FOREVER, Patience, Wait
from doge_datagen.sinks.transactional import Position

POSITIONS = "doge_positions"
PLACE = f"topic {POSITIONS}"
SETTINGS = {
    # Each position replaces the one before, by its key: all that is needed of the past is the last record of each
    # stream.
    "cleanup.policy": "compact",
    # A stream that commits every second writes 40 MB per day, and each start reads whatever is not compacted yet. The
    # cleaner only takes closed segments, and only once this share of the topic is new.
    "segment.bytes": str(4 * 1024 * 1024),
    "min.cleanable.dirty.ratio": "0.1",
    # Transaction markers outlive their records for this long; the default of a day would accumulate megabytes.
    "delete.retention.ms": str(10 * 60 * 1000),
}
POLL_SECONDS = 1.0
DELETES = (
    "deletes old records (cleanup.policy={policy}), and with them positions. Hint: keep the last of each key: "
    "kafka-configs.sh --bootstrap-server {at} --alter --entity-type topics --entity-name {topic} "
    "--add-config cleanup.policy=compact"
)
HIDDEN = "its end cannot be read, as another run's transaction is open"
HELD_BACK = (
    "cannot be read to its end, as another run's transaction is open; the broker ends it after that run's "
    "transaction.timeout.ms, {seconds:.0f} seconds were waited"
)


def ensure_position_topic(
    cluster: Cluster, known: Container[str], *, create: bool, replication: int = BROKERS_DEFAULT
) -> None:
    """Make sure that the position topic exists and never deletes positions; create it if it is missing.

    Args:
        cluster: where it has to be.
        known: the existing topics.
        create: whether we may create it.
        replication: replication factor of a new one.

    Raises:
        UnreachableError: no broker answered in time.
        RefusedError: the broker does not show us the topic, or does not allow us to create it.
        UnknownTargetError: the topic does not exist and ``create`` is false.
        SinkError: it cannot be created, or it would delete positions.
    """
    missing = POSITIONS not in known
    # Checked before a sink is opened. A topic that the broker creates by itself would delete positions after its
    # retention.
    if missing and not create:
        settings = " ".join(f"--config {name}={value}" for name, value in SETTINGS.items())
        command = f"kafka-topics.sh --bootstrap-server {cluster.addresses} --create --topic {POSITIONS} {settings}"
        raise UnknownTargetError(PLACE, f"{cluster.addresses} does not have it. Hint: create it with: {command}")
    if missing:
        # One partition, which is read from its beginning at each start; a record per stream and second does not need
        # more.
        add_topics(cluster, [POSITIONS], 1, replication, SETTINGS)
        find_topic(cluster, PLACE, POSITIONS, just_created=True)
    policy = cluster.described(cluster.driver.admin.ConfigResource.Type.TOPIC, POSITIONS).get("cleanup.policy")
    if policy is not None and policy != "compact":
        raise SinkError(PLACE, DELETES.format(policy=policy, at=cluster.addresses, topic=POSITIONS))


class Positions:
    """The records of one stream of one run: its position, and the claim of the process that delivers for it.

    Both are JSON. The position's key is ``["<run>", "<stream>"]``. Its value has ``ticks``, ``of``, the ``topic`` and
    ``commit``, a number that no other commit has. A claim's key ends with ``"claim"``, and its value names the process.

    Args:
        driver: modules of the client.
        conf: configuration shared by all clients of the cluster.
        run_id: name of the run.
        stream: name of the stream.
        seconds: how long to wait for open transactions of other runs.
        patience: how long to wait for a broker that does not answer.
    """

    def __init__(
        self, driver: Driver, conf: Conf, run_id: str, stream: str, seconds: float, patience: Patience = FOREVER
    ) -> None:
        self._driver = driver
        self._conf = conf
        self._seconds = seconds
        self._patience = patience
        self.key = json.dumps([run_id, stream]).encode()
        self.claim_key = json.dumps([run_id, stream, "claim"]).encode()

    def committed(self) -> bytes | None:
        """Value of the last committed position; None if there is none.

        A run that never attempted a commit is not held up by other runs' open transactions.

        Raises:
            SinkError: the topic cannot be read to its end, or it was deleted. The former is transient.
        """
        # Reading uncommitted records never waits, so a new run starts at once even if another one has a transaction
        # open.
        return None if self.attempted() is None else self._last(self.key, "read_committed")

    def seen(self) -> bytes | None:
        """Value of the last position that was committed before any open transaction, of whichever run.

        Raises:
            SinkError: as for :meth:`committed`.
        """
        # Up to the last stable offset only, where a reader with read_committed gets without waiting.
        return self._last(self.key, "read_committed", open_too=False)

    def claim(self) -> bytes | None:
        """Value of the last claim, even if its transaction is still open or was aborted.

        Raises:
            SinkError: as for :meth:`committed`.
        """
        return self._last(self.claim_key, "read_uncommitted")

    def attempted(self) -> bytes | None:
        """Value of the last position, even if it was never committed: whether the run ever delivered.

        Raises:
            SinkError: as for :meth:`committed`.
        """
        return self._last(self.key, "read_uncommitted")

    def _last(self, key: bytes, isolation: str, *, open_too: bool = True) -> bytes | None:
        cluster = Cluster(self._driver, self._conf, self._patience)
        pending = _ends(cluster, open_too=open_too)
        found: bytes | None = None
        if not pending:
            return found
        # The end is asked for before reading: what is committed later belongs to others, and would never be caught up
        # with.
        consumer = self._consumer(isolation, pending)
        try:
            wait = Wait(PLACE, self._patience, self._left, trouble=HIDDEN)
            while pending:
                message = consumer.poll(POLL_SECONDS)
                if message is None:
                    # A consumer is silent while brokers are away. Asking for metadata raises an error then, instead of
                    # waiting forever.
                    cluster.metadata(PLACE)
                elif message.error() is None:
                    wait.progressed()
                    # No early end: the topic is compacted from time to time, so a key may occur many times, and the
                    # last one counts.
                    found = message.value() if message.key() == key else found
                _tick_off(pending, message, self._driver)
                if pending and wait.is_over():
                    raise SinkError(PLACE, HELD_BACK.format(seconds=self._seconds), transient=True)
        except self._driver.error as error:
            raise _unreadable(cluster, error) from error
        finally:
            consumer.close()
        return found

    def _left(self, since: float) -> float:
        """The broker answers while a transaction is open, so patience applies only if the user wants to stop."""
        return min(since + self._seconds - monotonic(), self._patience.seconds_left_after_stop(since))

    def _consumer(self, isolation: str, partitions: Mapping[int, int]) -> Any:
        ours = {
            "group.id": POSITIONS,
            "isolation.level": isolation,
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "earliest",
            # The end of a partition comes with an answer, for which the broker would otherwise wait half a second.
            "fetch.wait.max.ms": 50,
            "allow.auto.create.topics": False,
        }
        kafka = self._driver.kafka
        consumer = made(self._driver, kafka.Consumer, {**self._conf, **ours}, ConnectionErrors())
        # Asking for the logical beginning takes the client half a second longer; from offset 0 it finds a later one.
        consumer.assign([kafka.TopicPartition(POSITIONS, partition, 0) for partition in partitions])
        return consumer


def position_value(position: Position, topic: str, commit: str) -> bytes:
    """Encode a position that is committed together with records."""
    return json.dumps({"ticks": position.ticks, "of": position.of, "topic": topic, "commit": commit}).encode()


def position_of(value: bytes, topic: str) -> Position:
    """Decode a position.

    Raises:
        SinkError: the value is not a position, or it belongs to another topic.
    """
    try:
        fields = json.loads(value)
        position, of_topic = Position(int(fields["ticks"]), str(fields["of"])), fields["topic"]
    except (ValueError, KeyError, TypeError) as error:
        raise SinkError(PLACE, f"{value[:200]!r} is not a position; was it written by something else?") from error
    if of_topic != topic:
        problem = (
            f"the run has delivered this stream to the topic {of_topic} so far. Hint: name that, or begin another run"
        )
        raise SinkError(f"topic {topic}", problem)
    return position


def _ends(cluster: Cluster, *, open_too: bool) -> dict[int, int]:
    """End offset of each partition that is not empty, up to the first open transaction or including open ones."""
    found = cluster.metadata(PLACE).topics.get(POSITIONS)
    if found is None:
        raise UnknownTargetError(PLACE, f"{cluster.addresses} no longer has it: it was deleted during the run")
    kafka, admin = cluster.driver.kafka, cluster.driver.admin
    latest = {kafka.TopicPartition(POSITIONS, number): admin.OffsetSpec.latest() for number in found.partitions}
    isolation = kafka.IsolationLevel.READ_UNCOMMITTED if open_too else kafka.IsolationLevel.READ_COMMITTED
    try:
        answers = cluster.client.list_offsets(latest, isolation_level=isolation, request_timeout=cluster.seconds)
        ends = {at.partition: answer.result().offset for at, answer in answers.items()}
    except cluster.driver.error as error:
        raise _unreadable(cluster, error) from error
    return {partition: end for partition, end in ends.items() if end > 0}


def _unreadable(cluster: Cluster, error: Exception) -> SinkError:
    reason = error.args[0]
    if "AUTHORIZATION" in reason.name():
        return RefusedError(PLACE, f"{cluster.addresses} refuses us: {reason.str()}")
    return SinkError(PLACE, f"cannot be read: {reason.str()}", transient=True)


def _tick_off(pending: dict[int, int], message: Any, driver: Driver) -> None:
    """Remove partitions that have been read up to the required offset."""
    error = None if message is None else message.error()
    # The client requires a group id and looks for its coordinator; we have no use for a group, so ignore its errors.
    if message is None or (error is not None and "GROUP" in error.name()):
        return
    if error is not None and error.name() != "_PARTITION_EOF":
        raise driver.error(error)
    # The end is also counted by the event for it: transaction markers and aborted records take offsets, but are never
    # returned.
    reached = message.offset() + (error is None)
    if reached >= pending.get(message.partition(), reached + 1):
        del pending[message.partition()]
