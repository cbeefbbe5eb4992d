"""The topic in which runs keep how far they are: for each run and stream a position, and who delivers for it."""

from __future__ import annotations

import json
from collections.abc import Container, Mapping
from time import monotonic
from typing import Any

from doge_datagen.errors import RefusedError, SinkError, UnknownTargetError
from doge_datagen.sinks.kafka import client as kafka_client
from doge_datagen.sinks.kafka.client import Cluster, ConnectionErrors, Driver, made
from doge_datagen.sinks.kafka.conf import Conf
from doge_datagen.sinks.kafka.topics import BROKERS_DEFAULT, add_topics, find_topic
from doge_datagen.sinks.patience import FOREVER, Patience, Wait
from doge_datagen.sinks.transactional import Position

POSITIONS = "doge_positions"
PLACE = f"topic {POSITIONS}"
SETTINGS = {
    "cleanup.policy": "compact",
    # A stream that commits each second writes 40 MB a day, and what is not compacted is read at each start: the
    # cleaner takes closed segments only, and only once so much of the topic is new.
    "segment.bytes": str(4 * 1024 * 1024),
    "min.cleanable.dirty.ratio": "0.1",
    # The ends of transactions stay so long after their records went; the broker's day would fill megabytes.
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
    """Make sure that the topic of positions is there and keeps them for ever; it is made where it is missing.

    Args:
        cluster: where it is to be.
        known: the topics that are there.
        create: whether it may be made.
        replication: how many copies of it there are then.

    Raises:
        UnreachableError: no broker answered in time.
        RefusedError: the broker does not show us the topic, or does not let us create it.
        UnknownTargetError: the topic is not there and we may not create it.
        SinkError: it cannot be created, or it would delete positions.
    """
    missing = POSITIONS not in known
    if missing and not create:
        settings = " ".join(f"--config {name}={value}" for name, value in SETTINGS.items())
        command = f"kafka-topics.sh --bootstrap-server {cluster.addresses} --create --topic {POSITIONS} {settings}"
        raise UnknownTargetError(PLACE, f"{cluster.addresses} does not have it. Hint: create it with: {command}")
    if missing:
        add_topics(cluster, [POSITIONS], 1, replication, SETTINGS)
        find_topic(cluster, PLACE, POSITIONS, just_created=True)
    policy = cluster.described(cluster.driver.admin.ConfigResource.Type.TOPIC, POSITIONS).get("cleanup.policy")
    if policy is not None and policy != "compact":
        raise SinkError(PLACE, DELETES.format(policy=policy, at=cluster.addresses, topic=POSITIONS))


class Positions:
    """The records of one stream of one run: its position, and the claim of the process that delivers for it.

    Both are JSON. The position's key is ``["<run>", "<stream>"]`` and its value has ``ticks``, ``of``, the ``topic``
    and the number of the ``commit``, which no other has; a claim's key ends with ``"claim"``, and its value says
    which process it is.

    Args:
        driver: the client's modules.
        conf: what all clients of the cluster are told.
        run_id: the run's name.
        stream: the stream's name.
        seconds: how long open transactions of other runs are waited for.
        patience: how long a broker is waited for that does not answer.
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
        """The value of the last position that was committed; None where there is none.

        A run that never was at work is not held up by open transactions of others.

        Raises:
            SinkError: the topic cannot be read to its end, where it is transient, or it is gone.
        """
        return None if self.tried() is None else self._last(self.key, "read_committed")

    def seen(self) -> bytes | None:
        """The value of the last position that was committed before any transaction that is open, of whichever run.

        Raises:
            SinkError: as for :meth:`committed`.
        """
        return self._last(self.key, "read_committed", open_too=False)

    def claim(self) -> bytes | None:
        """The value of the last claim, though its transaction be open or was never ended.

        Raises:
            SinkError: as for :meth:`committed`.
        """
        return self._last(self.claim_key, "read_uncommitted")

    def tried(self) -> bytes | None:
        """The value of the last position, though it was never committed: whether the run was ever at work.

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
        consumer = self._consumer(isolation, pending)
        try:
            wait = Wait(PLACE, self._patience, self._left, trouble=HIDDEN)
            while pending:
                message = consumer.poll(POLL_SECONDS)
                if message is None:
                    cluster.metadata(PLACE)
                elif message.error() is None:
                    wait.moved()
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
        """The broker answers, so it is not a matter of patience, unless the user wants the run to end."""
        return min(since + self._seconds - monotonic(), self._patience.left_after_stop(since))

    def _consumer(self, isolation: str, partitions: Mapping[int, int]) -> Any:
        ours = {
            "group.id": POSITIONS,
            "isolation.level": isolation,
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "earliest",
            # The end is told by an answer, which else waits half a second for more.
            "fetch.wait.max.ms": 50,
            "allow.auto.create.topics": False,
        }
        kafka = self._driver.kafka
        consumer = made(self._driver, kafka.Consumer, {**self._conf, **ours}, ConnectionErrors())
        # Asked for the beginning by its name, the client takes half a second longer; a later one is found all the same.
        consumer.assign([kafka.TopicPartition(POSITIONS, partition, 0) for partition in partitions])
        return consumer


def position_value(position: Position, topic: str, commit: str) -> bytes:
    """What is written of a position that goes with the records of one commit."""
    return json.dumps({"ticks": position.ticks, "of": position.of, "topic": topic, "commit": commit}).encode()


def position_of(value: bytes, topic: str) -> Position:
    """The position that was written.

    Raises:
        SinkError: it is none, or it is that of another topic.
    """
    try:
        told = json.loads(value)
        position, of_topic = Position(int(told["ticks"]), str(told["of"])), told["topic"]
    except (ValueError, KeyError, TypeError) as error:
        raise SinkError(PLACE, f"{value[:200]!r} is not a position; was it written by something else?") from error
    if of_topic != topic:
        problem = (
            f"the run has delivered this stream to the topic {of_topic} so far. Hint: name that, or begin another run"
        )
        raise SinkError(f"topic {topic}", problem)
    return position


def _ends(cluster: Cluster, *, open_too: bool) -> dict[int, int]:
    """The partitions in which anything is, each with its end, open transactions included or not."""
    found = cluster.metadata(PLACE).topics.get(POSITIONS)
    if found is None:
        raise UnknownTargetError(PLACE, f"{cluster.addresses} does not have it any more; it was deleted in mid-run")
    kafka, admin = cluster.driver.kafka, cluster.driver.admin
    latest = {kafka.TopicPartition(POSITIONS, number): admin.OffsetSpec.latest() for number in found.partitions}
    isolation = kafka.IsolationLevel.READ_UNCOMMITTED if open_too else kafka.IsolationLevel.READ_COMMITTED
    try:
        answers = cluster.client.list_offsets(
            latest, isolation_level=isolation, request_timeout=kafka_client.OPEN_SECONDS
        )
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
    """Take partitions away that were read to the end that was asked for."""
    error = None if message is None else message.error()
    # The client asks for the group it was given, as it cannot do without; we have no use for one.
    if message is None or (error is not None and "GROUP" in error.name()):
        return
    if error is not None and error.name() != "_PARTITION_EOF":
        raise driver.error(error)
    reached = message.offset() + (error is None)
    if reached >= pending.get(message.partition(), reached + 1):
        del pending[message.partition()]
