"""The kind of sink that writes to Kafka topics: its options, and how one is opened."""

from __future__ import annotations

import json
from dataclasses import replace

from doge_datagen.arrays import no_records
from doge_datagen.encode.avro import avro_schema, avro_values, framed
from doge_datagen.encode.json import json_values
from doge_datagen.errors import UnknownTargetError
from doge_datagen.sinks.base import BatchSink, Option, SinkContext, SinkKind
from doge_datagen.sinks.destination_identity import DestinationIdentity
from doge_datagen.sinks.kafka.client import Cluster, Driver, SharedProducer
from doge_datagen.sinks.kafka.conf import BATCH_SIZE, BUFFER_SIZE, Conf, client_conf, producer_conf
from doge_datagen.sinks.kafka.destination import destination_of_topic, in_cluster
from doge_datagen.sinks.kafka.position_topic import ensure_position_topic
from doge_datagen.sinks.kafka.producing import Encode
from doge_datagen.sinks.kafka.schema_registry import Registry
from doge_datagen.sinks.kafka.sink import KafkaBatchSink, TimestampWarnings
from doge_datagen.sinks.kafka.topics import add_topics, find_topic, max_message_bytes
from doge_datagen.sinks.kafka.transactions import KafkaTransactions, RunTopic, check_topics_exist
from doge_datagen.sinks.kafka.validation import (
    AVRO,
    JSON,
    check_kafka,
    located_at,
    needs_of_kafka,
    registry_of,
    topic_numbers,
)
from doge_datagen.sinks.transactional import ReadablePositionSink

ONLY_FAILURES = {"delivery.report.only.error": True}
"""Told of each record, Python spends as long on the reports as on the records."""
NONE_MADE = {"allow.auto.create.topics": False}
"""A topic that is deleted in mid-run would be there again without what was in it, and nobody would know."""


def open_kafka(opening: SinkContext) -> BatchSink:
    """A sink for one topic, which is there from then on, as is its schema where it has one.

    For a run that has a name it is a LegibleSink, whose records arrive in transactions of the producer
    ``doge-<run>:<stream>``, together with the position in the topic ``doge_positions``.

    Raises:
        ModelError: an option makes no sense, or Avro cannot name a field.
        MissingDriverError: the extra ``kafka`` is not installed.
        UnreachableError: no broker or no registry answers, told within 15 seconds each.
        RefusedError: the broker or the registry refuses us, or the registry the schema.
        UnknownTargetError: the topic is not there, and neither we nor the broker may create it; or it has another
            number of partitions than the target says.
        SinkError: the topic cannot be created.
    """
    with located_at(f"targets.{opening.stream}"):
        return _opened(opening, opening.options.get("topic", opening.stream))


def _opened(opening: SinkContext, topic: str) -> BatchSink:
    shared = client_conf(opening.at, None, opening.options.get("conf", {}))
    if opening.run_id is not None:
        return _committing(RunTopic(opening.run_id, opening.stream, topic, shared), opening)
    cluster = Cluster(Driver(), shared, opening.patience)
    encode = _prepared(cluster, topic, opening)
    conf = {**NONE_MADE, **producer_conf(shared, BUFFER_SIZE), **ONLY_FAILURES, **_batches(cluster, topic, shared)}
    sink = KafkaBatchSink(SharedProducer(shared, conf), cluster, topic, encode, opening.patience)
    sink.destination = _destination(cluster, topic)
    return sink


def _committing(target: RunTopic, opening: SinkContext) -> ReadablePositionSink:
    """The sink of a run that can be resumed."""
    driver = Driver()
    cluster = Cluster(driver, target.conf, opening.patience)
    first = TimestampWarnings(cluster, target.topic)
    _, replication = topic_numbers(opening.options)
    known = cluster.metadata(f"topic {target.topic}").topics
    ensure_position_topic(cluster, known, create=opening.options.get("create", True), replication=replication)
    if target.topic not in known:
        check_topics_exist(driver, target)
    encode = _prepared(cluster, target.topic, opening)
    target = replace(target, conf={**target.conf, **_batches(cluster, target.topic, target.conf)})
    sink = TransactionalSink(target, KafkaTransactions(target, driver, encode, first, opening.patience), first)
    sink.destination = _destination(cluster, target.topic)
    return sink


class TransactionalSink(ReadablePositionSink):
    """Commits to a topic, and says before the first record what is to be said of its timestamps."""

    def __init__(self, target: RunTopic, transactions: KafkaTransactions, first: TimestampWarnings) -> None:
        super().__init__(f"topic {target.topic}", transactions)
        self._first = first

    def warn_ahead(self, ms: int) -> None:
        """Warn where the topic does not take timestamps so far ahead of the broker's clock."""
        self._first.expect(ms)


def _batches(cluster: Cluster, topic: str, conf: Conf) -> Conf:
    """The key that keeps the client's batches as small as the topic wants them; none where the topic wants no less."""
    limit = max_message_bytes(cluster, topic)
    size = int(str(conf.get("batch.size", BATCH_SIZE)), 0)
    return {} if limit is None or size <= limit else {"batch.size": limit}


def _destination(cluster: Cluster, topic: str) -> DestinationIdentity | None:
    """The topic, by the cluster's own identifier; None where it does not tell one."""
    identifier = cluster.metadata(f"topic {topic}").cluster_id
    return in_cluster(frozenset({identifier}), topic) if identifier else None


def _prepared(cluster: Cluster, topic: str, opening: SinkContext) -> Encode:
    """How records are encoded, once it is known that the topic is there and that they can be."""
    place = f"topic {topic}"
    _have_topic(cluster, place, topic, opening)
    encode = _encoder(opening, place, topic)
    encode(no_records(opening.schema))  # a package that is missing is told now
    return encode


def _have_topic(cluster: Cluster, place: str, topic: str, opening: SinkContext) -> None:
    options = opening.options
    partitions, replication = topic_numbers(options)
    # All are asked for: asking for one makes it, where the broker creates topics, with the broker's retention.
    missing = options.get("create", True) and topic not in cluster.metadata(place).topics
    if missing:
        add_topics(cluster, [topic], partitions, replication)
    found = find_topic(cluster, place, topic, just_created=missing)
    if "partitions" in options and found != partitions:
        problem = f"has {found:,} partitions, and the target says partitions: {partitions:,}"
        raise UnknownTargetError(place, f"{problem}. Hint: say {found:,}, leave it away, or name another topic")


def _encoder(opening: SinkContext, place: str, topic: str) -> Encode:
    options = opening.options
    if options.get("format", JSON) == JSON:
        return lambda records: json_values(records, place)
    schema = avro_schema(opening.schema, opening.stream)
    number = _registry(opening).registered(place, f"{topic}-value", json.dumps(schema))
    return lambda records: framed(avro_values(records, schema, place), number)


def _registry(opening: SinkContext) -> Registry:
    options = opening.options
    return Registry(registry_of(options), options.get("schema_registry_conf"), "kafka", opening.patience)


KAFKA = SinkKind(
    "kafka",
    "the brokers, such as localhost:9092, several with commas between",
    open_kafka,
    {
        "topic": Option("name of the topic; the stream's where none is given"),
        "format": Option("how records are written; json where none is given", choices=(JSON, AVRO)),
        "schema_registry": Option("URL of the schema registry, where the schema is registered; avro needs it"),
        "schema_registry_conf": Option("keys of confluent-kafka's SchemaRegistryClient; they win", dict),
        "create": Option("whether a missing topic is created, to keep its records for ever; true", bool),
        "partitions": Option("how many a new topic gets, and one that is there has to have; 1 for a new one", int),
        "replication": Option("how many copies of a new topic there are; the broker's default", int),
        "conf": Option("librdkafka's own keys, such as security.protocol; they win over ours", dict),
    },
    check=check_kafka,
    needs=needs_of_kafka,
    destination=destination_of_topic,
)
