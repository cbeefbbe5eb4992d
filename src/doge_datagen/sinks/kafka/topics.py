"""Find and create topics, and warn if a topic will not accept or keep the records."""

from __future__ import annotations

import logging
import os
import re
import sys
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from time import monotonic, time
from types import MappingProxyType
from typing import Any

from doge_datagen.errors import ModelError, RefusedError, SinkError, UnknownTargetError, did_you_mean_in_full
from doge_datagen.model.redaction import Redacted, revealed
from doge_datagen.sinks.kafka.client import PAUSE_SECONDS, Cluster, Driver
from doge_datagen.sinks.kafka.conf import BATCH_SIZE, Conf, client_conf

log = logging.getLogger(__name__)

EVER = str(2**63 - 1)
TIMESTAMP_LIMITS = "message.timestamp."
ANY_TIMESTAMP = {"message.timestamp.before.max.ms": EVER, "message.timestamp.after.max.ms": EVER}
"""Brokers reject records dated over an hour ahead of their clock by default. Kafka before 3.6 has neither key."""
# KIP-937 added the two limits in Kafka 3.6. Retention goes by the records' timestamps, so records dated in the past are
# deleted soon after they arrive.
KEEP_ALL = {"retention.ms": "-1", **ANY_TIMESTAMP}
BROKERS_DEFAULT = -1
MS_A_DAY = 86_400_000
MS_AN_HOUR = 3_600_000
PASSING = ("TIMED_OUT", "_TRANSPORT", "NOT_CONTROLLER", "NOT_AVAILABLE", "NETWORK_EXCEPTION", "THROTTLING")
"""Parts of the names of errors of a broker that is busy or has just started; all other errors are permanent."""
NAME = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}")
INVALID_NAME = "a topic's name has letters, digits, '.', '_' and '-', at most 249"


def create_topics(
    bootstrap_servers: Iterable[str] | str | None,
    names: Iterable[str],
    conf: Mapping[str, Any] | None = None,
    partitions: int = 1,
) -> list[str]:
    """Create the topics that are missing, so that they accept and keep records whatever their timestamps.

    They get ``retention.ms=-1`` and, if the broker knows these keys, the largest ``message.timestamp.before.max.ms``
    and ``message.timestamp.after.max.ms``.

    Args:
        bootstrap_servers: ``host:port`` of one or more brokers.
        names: the topics; existing ones are left as they are.
        conf: more of librdkafka's keys, such as those for authentication; they take precedence.
        partitions: number of partitions of each new topic.

    Returns:
        The topics that were created, in the order of ``names``.

    Raises:
        MissingDriverError: the extra ``kafka`` is not installed.
        UnreachableError: no broker answers.
        RefusedError: the broker does not accept our credentials, or does not allow us to create topics.
        SinkError: the broker cannot create a topic, with its reason; transient if it may succeed later.
    """
    cluster = Cluster(Driver(), client_conf(bootstrap_servers, None, conf or {}))
    cluster.metadata("Kafka topics")
    return add_topics(cluster, names, partitions)


def check_topic_name(name: str | Redacted, where: str) -> None:
    """Check that Kafka accepts the name of a topic.

    Raises:
        ModelError: it does not; ``where`` is the location of the name.

    >>> check_topic_name('a b', 'trx.topic')
    Traceback (most recent call last):
    doge_datagen.errors.ModelError: trx.topic: 'a b' is not a topic name: a topic's name has letters, digits, '.', \
'_' and '-', at most 249
    """
    if not NAME.fullmatch(revealed(name)):
        raise ModelError(where, f"{name!r} is not a topic name: {INVALID_NAME}")


def add_topics(
    cluster: Cluster,
    names: Iterable[str],
    partitions: int,
    replication: int = BROKERS_DEFAULT,
    settings: Mapping[str, str] = MappingProxyType(KEEP_ALL),
) -> list[str]:
    """Create topics as :func:`create_topics` does, with chosen replication and settings, in a cluster that answers.

    Raises:
        RefusedError: the broker does not allow us to create topics.
        SinkError: the broker cannot create a topic, with its reason.
    """
    names = list(dict.fromkeys(names))
    answers = _asked_for(cluster, names, partitions, replication, settings)
    # By trying, since the version of a broker says nothing about its policies, and hosted ones forbid single keys.
    unknown = [name for name, answer in answers.items() if _knows_no_limits(cluster.driver, answer)]
    fewer = {key: value for key, value in settings.items() if not key.startswith(TIMESTAMP_LIMITS)}
    answers |= _asked_for(cluster, unknown, partitions, replication, fewer)
    # The broker's default replication factor may become possible once more brokers have started.
    passing = (*PASSING, "INVALID_REPLICATION_FACTOR") if replication == BROKERS_DEFAULT else PASSING
    return [name for name, answer in answers.items() if _created(cluster.driver, name, answer, passing)]


def _asked_for(
    cluster: Cluster, names: list[str], partitions: int, replication: int, settings: Mapping[str, str]
) -> dict[str, Any]:
    """Request the topics; the pending answer for each."""
    if not names:
        return {}
    new = cluster.driver.admin.NewTopic
    wanted = [new(name, partitions, replication, config=dict(settings)) for name in names]
    asked: dict[str, Any] = cluster.client.create_topics(wanted, request_timeout=cluster.seconds)
    return asked


def _knows_no_limits(driver: Driver, answer: Any) -> bool:
    """Whether the broker refused the topic because it does not know the timestamp limits, or forbids setting them."""
    try:
        answer.result()
    except driver.error as error:
        reason = error.args[0]
        return reason.name() in ("INVALID_CONFIG", "POLICY_VIOLATION") and TIMESTAMP_LIMITS in reason.str()
    return False


def _created(driver: Driver, name: str, answer: Any, passing: Iterable[str]) -> bool:
    try:
        answer.result()
    except driver.error as error:
        reason = error.args[0]
        # Another stream or process was faster; nothing of its settings is changed.
        if reason.name() == "TOPIC_ALREADY_EXISTS":
            return False
        destination, problem = f"topic {name}", f"cannot be created: {reason.str()}"
        if "AUTHORIZATION" in reason.name():
            raise RefusedError(destination, problem) from error
        raise SinkError(destination, problem, transient=any(part in reason.name() for part in passing)) from error
    return True


def find_topic(cluster: Cluster, destination: str, topic: str, *, just_created: bool = False) -> int:
    """Return the number of partitions of a topic, waiting if the broker, or we, are just creating it.

    Raises:
        UnreachableError: no broker answered in time.
        RefusedError: the broker does not accept our credentials, or does not show us the topic.
        UnknownTargetError: the topic does not exist and the broker does not create it.
    """
    # A controller answers that a topic is created before all brokers know it, so it may be unknown for some time yet.
    end = monotonic() + cluster.seconds / 2
    while True:
        metadata = cluster.metadata(destination, topic)
        error = metadata.topics[topic].error
        if error is None:
            return len(metadata.topics[topic].partitions)
        if "AUTHORIZATION" in error.name():
            raise RefusedError(destination, f"{cluster.addresses} refuses us: {error.str()}")
        if error.name() == "TOPIC_EXCEPTION":
            raise UnknownTargetError(destination, f"{error.str()}: {INVALID_NAME}")
        if monotonic() >= end or (not just_created and _never_created(cluster, metadata)):
            raise _unknown(cluster, destination, topic)
        cluster.client.poll(PAUSE_SECONDS)


def _never_created(cluster: Cluster, metadata: Any) -> bool:
    broker = cluster.driver.admin.ConfigResource.Type.BROKER
    return cluster.described(broker, str(metadata.orig_broker_id)).get("auto.create.topics.enable") == "false"


def _unknown(cluster: Cluster, destination: str, topic: str) -> UnknownTargetError:
    others = sorted(
        name for name in cluster.metadata(destination).topics if not name.startswith("__") and name != topic
    )
    hint = did_you_mean_in_full(topic, others)
    return UnknownTargetError(
        destination,
        f"{cluster.addresses} has no such topic and does not create it. Hint: {hint} "
        f"Create it with: kafka-topics.sh --bootstrap-server {cluster.addresses} --create --topic {topic} "
        f"--config retention.ms=-1 --config message.timestamp.after.max.ms={EVER}",
    )


def holds_anything(cluster: Cluster, topic: str) -> bool:
    """Whether a topic contains records, as far as the broker lets us see.

    Raises:
        UnreachableError: no broker answered in time.
    """
    kafka, admin = cluster.driver.kafka, cluster.driver.admin
    partitions = cluster.metadata(f"topic {topic}").topics[topic].partitions

    def offsets(spec: Any) -> list[int]:
        asked = {kafka.TopicPartition(topic, number): spec for number in partitions}
        answers = cluster.client.list_offsets(asked, request_timeout=cluster.seconds)
        return [answer.result().offset for answer in answers.values()]

    try:
        # Compared with the beginning, which is not 0 if records were deleted: what remains is what counts.
        return offsets(admin.OffsetSpec.earliest()) != offsets(admin.OffsetSpec.latest())
    except cluster.driver.error as error:
        log.debug("topic %s: its offsets are not visible: %s", topic, error)
        return False


def warn_of_lead(cluster: Cluster, topic: str, lead: int) -> None:
    """Warn if the broker will reject records because their timestamps are ahead of its clock.

    Args:
        cluster: used to read the topic's settings; if they are not visible, there is no warning.
        topic: name of the topic.
        lead: how far records are ahead of the clock at most, in milliseconds.
    """
    settings = cluster.described(cluster.driver.admin.ConfigResource.Type.TOPIC, topic)
    limit = int(settings.get("message.timestamp.after.max.ms", EVER))
    if limit >= lead or settings.get("message.timestamp.type") != "CreateTime":
        return
    log.warning(
        "topic %s takes records up to %s ahead of the broker's clock (message.timestamp.after.max.ms=%d), and those of "
        "this run get up to %s ahead: the broker will refuse them, and the run will fail. Hint: "
        "kafka-configs.sh --bootstrap-server %s --alter --entity-type topics --entity-name %s "
        "--add-config message.timestamp.after.max.ms=%s",
        *(topic, _hours(limit), limit, _hours(lead), cluster.addresses, topic, EVER),
    )


def _hours(ms: int) -> str:
    return f"{ms / MS_A_DAY:,.2f} days" if ms >= MS_A_DAY else f"{ms / MS_AN_HOUR:,.2f} hours"


def batch_limits(cluster: Cluster, topic: str, conf: Conf) -> Conf:
    """The setting that limits the client's batches to what the topic accepts; empty if they are small enough.

    Args:
        cluster: used to read the topic's settings; if they are not visible, there is no limit.
        topic: name of the topic.
        conf: configuration of the client.
    """
    settings = cluster.described(cluster.driver.admin.ConfigResource.Type.TOPIC, topic)
    limit = settings.get("max.message.bytes")
    size = int(str(conf.get("batch.size", BATCH_SIZE)), 0)
    return {} if not limit or size <= int(limit) else {"batch.size": int(limit)}


def warn_of_retention(cluster: Cluster, topic: str, first_timestamp: int) -> None:
    """Warn if the broker will silently delete the records because their timestamps are old.

    Args:
        cluster: used to read the topic's settings; if they are not visible, there is no warning.
        topic: name of the topic.
        first_timestamp: timestamp of the oldest record, in milliseconds since the epoch.
    """
    settings = cluster.described(cluster.driver.admin.ConfigResource.Type.TOPIC, topic)
    retention = int(settings.get("retention.ms", -1))
    deletes = "delete" in settings.get("cleanup.policy", "")
    created = settings.get("message.timestamp.type") == "CreateTime"
    age = int(time() * 1000) - first_timestamp
    # With LogAppendTime the broker sets timestamps itself, so nothing arrives old; with compaction alone, nothing is
    # too old.
    if not (deletes and created and 0 <= retention < age):
        return
    warn_caller(
        f"topic {topic} keeps records for {retention / MS_A_DAY:,.2f} days (retention.ms={retention}) and the first "
        f"record is {age / MS_A_DAY:,.2f} days old: the broker deletes such records without a word. Keep them with: "
        f"kafka-configs.sh --bootstrap-server {cluster.addresses} --alter --entity-type topics --entity-name {topic} "
        "--add-config retention.ms=-1"
    )


OURS = f"{Path(__file__).parents[2]}{os.sep}"
"""Prefix of the file names of all modules of this package."""


def warn_caller(message: str) -> None:
    """Issue a warning located at the innermost caller outside of this package.

    From Python 3.12 on, ``skip_file_prefixes`` of ``warnings.warn`` does the same.
    """
    level, frame = 1, sys._getframe()  # noqa: SLF001 - documented, and what warnings uses where it is there
    while frame.f_back is not None and frame.f_code.co_filename.startswith(OURS):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, stacklevel=level)
