"""The kind of sink that writes to Kafka topics: its options, and how one is opened."""

from __future__ import annotations

import json
from dataclasses import replace

from doge_datagen.arrow_arrays import no_records
from doge_datagen.encode.avro import avro_schema, avro_values, check_field_names, framed
from doge_datagen.encode.json import json_values
from doge_datagen.errors import UnknownTargetError
from doge_datagen.sinks.base import BatchSink, Capabilities
from doge_datagen.sinks.destination_identity import DestinationIdentity
from doge_datagen.sinks.kafka.client import Cluster, Driver, new_producer
from doge_datagen.sinks.kafka.conf import (
    BUFFER_SIZE,
    client_conf,
    identity_of_topic,
    in_cluster,
    producer_conf,
    shown_addresses,
)
from doge_datagen.sinks.kafka.delivery_report import DeliveryReport
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
from doge_datagen.sinks.sink_kind import Option, Packages, SinkConfig, SinkContext, SinkKind, WireFormat
from doge_datagen.sinks.transactional import CommittingSink

ONLY_FAILURES = {"delivery.report.only.error": True}
"""Reporting every record would take Python as long as producing the records."""


def open_kafka(opening: SinkContext) -> BatchSink:
    """Open a sink for one topic, creating the topic and registering the schema if necessary.

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
        driver, topic = Driver(), _topic(opening)
        shared = client_conf(opening.at, None, opening.options.get("conf", {}))
        cluster = Cluster(driver, shared, opening.patience)
        encode = _prepared(cluster, topic, opening)
        # The limit of the topic comes last: a client's batch that is larger would be refused as a whole, whatever is in
        # it.
        conf = {**producer_conf(shared, BUFFER_SIZE), **ONLY_FAILURES, **batch_limits(cluster, topic, shared)}
        sender = RecordSender(new_producer(driver, conf), driver, topic, DeliveryReport(), opening.patience)
        sink = KafkaBatchSink(f"topic {topic}", sender, encode, TimestampWarnings(cluster, topic))
        sink.identity = _identity(cluster, topic)
        return sink


def open_transactional(opening: SinkContext) -> CommittingSink:
    """Open the sink of a resumable run for one topic.

    Records are delivered in transactions of the producer ``doge-<run>:<stream>``, together with the position in the
    topic ``doge_positions``.

    Raises:
        DogeError: as :func:`open_kafka`.
    """
    with located_at(f"targets.{opening.stream}"):
        conf = client_conf(opening.at, None, opening.options.get("conf", {}))
        return _committing(RunTopic(str(opening.run_id), opening.stream, _topic(opening), conf), opening)


def _topic(opening: SinkContext) -> str:
    return str(opening.options.get("topic", opening.stream))


def _committing(target: RunTopic, opening: SinkContext) -> CommittingSink:
    driver = Driver()
    cluster = Cluster(driver, target.conf, opening.patience)
    first = TimestampWarnings(cluster, target.topic)
    _, replication = topic_numbers(opening.options)
    # All topics, not this one: asking for one by name lets brokers create it, and a deleted topic would not be noticed.
    known = cluster.metadata(f"topic {target.topic}").topics
    ensure_position_topic(cluster, known, create=opening.options.get("create", True), replication=replication)
    if target.topic not in known:
        # Before _prepared creates it: the run would go on in an empty topic, at its old position.
        check_topics_exist(driver, target)
    encode = _prepared(cluster, target.topic, opening)
    target = replace(target, conf={**target.conf, **batch_limits(cluster, target.topic, target.conf)})
    sink = TransactionalSink(target, KafkaTransactions(target, driver, encode, first, opening.patience), first)
    sink.identity = _identity(cluster, target.topic)
    return sink


class TransactionalSink(CommittingSink):
    """Commits to a topic, and warns before the first record about its timestamps."""

    def __init__(self, target: RunTopic, transactions: KafkaTransactions, first: TimestampWarnings) -> None:
        super().__init__(f"topic {target.topic}", transactions)
        self._first = first

    def warn_ahead(self, ms: int) -> None:
        """Warn if the topic does not accept timestamps that far ahead of the broker's clock."""
        self._first.expect(ms)


def _identity(cluster: Cluster, topic: str) -> DestinationIdentity | None:
    """Identity of the topic by the cluster's id; None if the cluster does not report one."""
    identifier = cluster.metadata(f"topic {topic}").cluster_id
    return in_cluster(frozenset({identifier}), topic) if identifier else None


def _prepared(cluster: Cluster, topic: str, opening: SinkContext) -> Encode:
    """Make sure that the topic exists and that records can be encoded, and return the encoder."""
    destination = f"topic {topic}"
    _have_topic(cluster, destination, topic, opening)
    encode = _encoder(opening, destination, topic)
    # Not with the first record, which may come after minutes of simulation.
    encode(no_records(opening.schema))  # raises now if a package is missing
    return encode


def _have_topic(cluster: Cluster, destination: str, topic: str, opening: SinkContext) -> None:
    options = opening.options
    partitions, replication = topic_numbers(options)
    # List all topics: asking for this one would create it with default retention, if the broker auto-creates topics.
    missing = options.get("create", True) and topic not in cluster.metadata(destination).topics
    if missing:
        add_topics(cluster, [topic], partitions, replication)
    found = find_topic(cluster, destination, topic, just_created=missing)
    if "partitions" in options and found != partitions:
        problem = f"has {found:,} partitions, and the target says partitions: {partitions:,}"
        raise UnknownTargetError(destination, f"{problem}. Hint: say {found:,}, omit it, or name another topic")


def _encoder(opening: SinkContext, destination: str, topic: str) -> Encode:
    options = opening.options
    if options.get("format", JSON) == JSON:
        return lambda records: json_values(records, destination)
    schema = avro_schema(opening.schema, opening.stream)
    number = _registry(opening).registered(destination, f"{topic}-value", json.dumps(schema))
    return lambda records: framed(avro_values(records, schema, destination), number)


def _registry(opening: SinkContext) -> Registry:
    options = opening.options
    return Registry(registry_of(options), options.get("schema_registry_conf"), "kafka", opening.patience)


def _shown(given: SinkConfig) -> str:
    return f"kafka {shown_addresses(given.at)}, topic {given.shown('topic', given.stream)}"


def _named(given: SinkConfig) -> str:
    return f"the topic {given.shown('topic', given.stream)!r}"


KAFKA = SinkKind(
    name="kafka",
    meaning="the brokers, such as localhost:9092, separated by commas",
    open=open_kafka,
    options={
        "topic": Option("name of the topic; defaults to the stream's name"),
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
    open_committing=open_transactional,
    capabilities=Capabilities(position_before_claim=True),
    refused_schemes={"kafka": "Kafka is named by its brokers. Hint: write {kafka: 'localhost:9092'}"},
    formats=(
        WireFormat(JSON, Packages("JSON", "json", ("polars",))),
        WireFormat(AVRO, Packages("Avro", "avro", ("pyruhvro",)), check_field_names),
    ),
    check=check_kafka,
    needs=needs_of_kafka,
    identify=identity_of_topic,
    shown=_shown,
    named=_named,
)
