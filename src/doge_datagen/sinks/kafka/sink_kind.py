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
from doge_datagen.sinks.kafka.client import Cluster, Driver, new_producer
from doge_datagen.sinks.kafka.conf import BUFFER_SIZE, client_conf, producer_conf
from doge_datagen.sinks.kafka.delivery_report import DeliveryReport
from doge_datagen.sinks.kafka.destination import destination_of_topic, in_cluster
from doge_datagen.sinks.kafka.position_topic import ensure_position_topic
from doge_datagen.sinks.kafka.producing import Encode, RecordSender
from doge_datagen.sinks.kafka.schema_registry import Registry
from doge_datagen.sinks.kafka.sink import KafkaBatchSink, TimestampWarnings
from doge_datagen.sinks.kafka.topics import add_topics, batch_limits, find_topic
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
"""Reporting every record would take Python as long as producing the records."""


def open_kafka(opening: SinkContext) -> BatchSink:
    """Open a sink for one topic, creating the topic and registering the schema if necessary.

    For a resumable run it is a :class:`ReadablePositionSink`: records are delivered in transactions of the producer
    ``doge-<run>:<stream>``, together with the position in the topic ``doge_positions``.

    Raises:
        ModelError: an option is invalid, or a field's name is not valid in Avro.
        MissingDriverError: the extra ``kafka`` is not installed.
        UnreachableError: no broker or no registry answers; raised within 15 seconds for each.
        RefusedError: the broker or the registry refuses us, or the registry refuses the schema.
        UnknownTargetError: the topic does not exist and neither we nor the broker may create it, or its number of
            partitions is not the one in the target.
        SinkError: the topic cannot be created.
    """
    with located_at(f"targets.{opening.stream}"):
        return _opened(opening, opening.options.get("topic", opening.stream))


def _opened(opening: SinkContext, topic: str) -> BatchSink:
    shared = client_conf(opening.at, None, opening.options.get("conf", {}))
    if opening.run_id is not None:
        return _committing(RunTopic(opening.run_id, opening.stream, topic, shared), opening)
    driver = Driver()
    cluster = Cluster(driver, shared, opening.patience)
    encode = _prepared(cluster, topic, opening)
    conf = {**producer_conf(shared, BUFFER_SIZE), **ONLY_FAILURES, **batch_limits(cluster, topic, shared)}
    sender = RecordSender(new_producer(driver, conf), driver, topic, DeliveryReport(), opening.patience)
    sink = KafkaBatchSink(f"topic {topic}", sender, encode, TimestampWarnings(cluster, topic))
    sink.destination = _destination(cluster, topic)
    return sink


def _committing(target: RunTopic, opening: SinkContext) -> ReadablePositionSink:
    """Open the sink of a resumable run."""
    driver = Driver()
    cluster = Cluster(driver, target.conf, opening.patience)
    first = TimestampWarnings(cluster, target.topic)
    _, replication = topic_numbers(opening.options)
    known = cluster.metadata(f"topic {target.topic}").topics
    ensure_position_topic(cluster, known, create=opening.options.get("create", True), replication=replication)
    if target.topic not in known:
        check_topics_exist(driver, target)
    encode = _prepared(cluster, target.topic, opening)
    target = replace(target, conf={**target.conf, **batch_limits(cluster, target.topic, target.conf)})
    sink = TransactionalSink(target, KafkaTransactions(target, driver, encode, first, opening.patience), first)
    sink.destination = _destination(cluster, target.topic)
    return sink


class TransactionalSink(ReadablePositionSink):
    """Commits to a topic, and warns before the first record about its timestamps."""

    def __init__(self, target: RunTopic, transactions: KafkaTransactions, first: TimestampWarnings) -> None:
        super().__init__(f"topic {target.topic}", transactions)
        self._first = first

    def warn_ahead(self, ms: int) -> None:
        """Warn if the topic does not accept timestamps that far ahead of the broker's clock."""
        self._first.expect(ms)


def _destination(cluster: Cluster, topic: str) -> DestinationIdentity | None:
    """Identity of the topic by the cluster's id; None if the cluster does not report one."""
    identifier = cluster.metadata(f"topic {topic}").cluster_id
    return in_cluster(frozenset({identifier}), topic) if identifier else None


def _prepared(cluster: Cluster, topic: str, opening: SinkContext) -> Encode:
    """Make sure that the topic exists and that records can be encoded, and return the encoder."""
    place = f"topic {topic}"
    _have_topic(cluster, place, topic, opening)
    encode = _encoder(opening, place, topic)
    encode(no_records(opening.schema))  # raises now if a package is missing
    return encode


def _have_topic(cluster: Cluster, place: str, topic: str, opening: SinkContext) -> None:
    options = opening.options
    partitions, replication = topic_numbers(options)
    # List all topics: asking for this one would create it with default retention, if the broker auto-creates topics.
    missing = options.get("create", True) and topic not in cluster.metadata(place).topics
    if missing:
        add_topics(cluster, [topic], partitions, replication)
    found = find_topic(cluster, place, topic, just_created=missing)
    if "partitions" in options and found != partitions:
        problem = f"has {found:,} partitions, and the target says partitions: {partitions:,}"
        raise UnknownTargetError(place, f"{problem}. Hint: say {found:,}, omit it, or name another topic")


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
    "the brokers, such as localhost:9092, separated by commas",
    open_kafka,
    {
        "topic": Option("name of the topic; defaults to the stream's name"),
        "format": Option("how records are encoded; defaults to json", choices=(JSON, AVRO)),
        "schema_registry": Option("URL of the schema registry, where the schema is registered; required for avro"),
        "schema_registry_conf": Option("keys of confluent-kafka's SchemaRegistryClient; they override ours", dict),
        "create": Option(
            "whether a missing topic is created, to keep its records indefinitely; defaults to true", bool
        ),
        "partitions": Option(
            "how many a new topic gets, and an existing one must have; defaults to 1 for a new one", int
        ),
        "replication": Option("replication factor of a new topic; defaults to the broker's", int),
        "conf": Option("librdkafka's own keys, such as security.protocol; they override ours", dict),
    },
    check=check_kafka,
    needs=needs_of_kafka,
    destination=destination_of_topic,
)
