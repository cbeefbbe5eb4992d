"""Resumable runs to Kafka topics: each record once, for consumers of committed records."""

import json
from dataclasses import replace

import pyarrow as pa
import pytest
from confluent_kafka import KafkaException, Producer
from confluent_kafka.admin import ConfigResource

from doge_datagen.errors import DeliveryError, ModelError, RecordError, SinkError, UnknownTargetError, UnreachableError
from doge_datagen.run.resuming.checkpoint_store import checked_run_id
from doge_datagen.sinks.kafka.client import Cluster, Driver
from doge_datagen.sinks.kafka.conf import transactional_conf
from doge_datagen.sinks.kafka.position_topic import POSITIONS, ensure_position_topic
from doge_datagen.sinks.kafka.sink import KafkaBatchSink
from doge_datagen.sinks.kafka.sink_kind import KAFKA
from doge_datagen.sinks.kafka.transactional_producer import ProducerSession
from doge_datagen.sinks.kafka.transactions import RunTopic
from doge_datagen.sinks.sink_kind import SinkContext
from doge_datagen.sinks.testing.samples import STREAM, opening, row_of
from doge_datagen.sinks.testing.transactions import COMMITTING_RULES, CommittingSinkUnderTest
from tests.sinks.committed import (
    SCHEMA,
    at,
    batch,
    claimed_sink,
    numbers_of,
    raised,
    read_committed,
    read_so_far,
    sink_of,
)
from tests.sinks.testing.test_batches import avro_of
from tests.sinks.topics import SILENT, START, admin_client, make_topic

NOBODY = "127.0.0.1:1"


def json_in_order(request):
    return in_kafka(request, in_json, partitions=1)


def json_of_three_partitions(request):
    return replace(in_kafka(request, in_json, partitions=3), in_order=False)


def avro_in_order(request):
    url = request.getfixturevalue("schema_registry")
    return in_kafka(request, lambda values: avro_of(url, values), format="avro", schema_registry=url)


def in_json(values):
    return [json.loads(value) for value in values]


def in_kafka(request, decoded, **options):
    kafka, topic = request.getfixturevalue("kafka"), request.getfixturevalue("topic")
    target = opening(kafka, {"topic": topic, **options})

    def read():
        return [row_of(record) for record in decoded([record.value for record in read_committed(kafka, topic)])]

    # Runs of other tests may have the same ID, so the topic is added.
    return CommittingSinkUnderTest(
        make=lambda run: KAFKA.open_committing(replace(target, run_id=f"{run}-{topic}")), read=read
    )


@pytest.mark.slow
@pytest.mark.parametrize("rule", COMMITTING_RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("place", [json_in_order, json_of_three_partitions, avro_in_order], ids=lambda p: p.__name__)
def test_a_topic_follows_the_rule(place, rule, request):
    rule(place(request))


def test_a_run_without_an_id_uses_the_plain_sink(kafka, topic):
    with KAFKA.open(SinkContext("clicks", SCHEMA, kafka, {"topic": topic})) as sink:
        assert isinstance(sink, KafkaBatchSink)


def test_records_have_key_and_timestamp_of_the_past(kafka, topic):
    with claimed_sink(kafka, topic, topic) as sink:
        sink.write(batch(0, 10))
        sink.commit(at(1))
    arrived = read_committed(kafka, topic)
    assert [(record.key, record.timestamp) for record in arrived] == [(b"%d" % (n % 7), START + n) for n in range(10)]


def test_there_is_one_warning_if_the_retention_is_shorter_than_the_age_of_the_first_record(kafka, topic):
    make_topic(kafka, topic, retention_ms="604800000")
    with claimed_sink(kafka, topic, topic) as sink:
        sink.write(batch(0, 1))
        with pytest.warns(UserWarning, match=r"7\.00 days") as recorded:
            sink.commit(at(1))
        sink.write(batch(1, 1))
        sink.commit(at(2))
    assert [warning.filename for warning in recorded] == [__file__]


def test_records_sent_but_not_committed_are_not_visible(kafka, topic, monkeypatch):
    sink = claimed_sink(kafka, topic, topic)
    sink.write(batch(0, 10))
    seen = []

    def look_first(session):
        seen.append(len(read_so_far(kafka, topic, "read_uncommitted")))
        seen.append(len(read_so_far(kafka, topic)))
        session.producer.commit_transaction()

    monkeypatch.setattr(ProducerSession, "commit", look_first)
    sink.commit(at(1))
    sink.discard()
    assert seen == [10, 0]
    assert len(read_committed(kafka, topic)) == 10


def test_an_interrupted_attempt_is_aborted_at_once(kafka, topic, monkeypatch):
    sink = claimed_sink(kafka, topic, topic, transaction_timeout_ms=60_000)
    sink.write(batch(0, 10))

    def interrupt(session):
        raise KeyboardInterrupt

    monkeypatch.setattr(ProducerSession, "commit", interrupt)
    with pytest.raises(KeyboardInterrupt):
        sink.commit(at(1))
    with pytest.raises(SinkError, match="after an error"):
        sink.commit(at(1))
    sink.discard()
    monkeypatch.undo()
    with claimed_sink(kafka, topic, f"{topic}-other") as other:
        other.write(batch(0, 5))
        other.commit(at(1))
    assert numbers_of(read_committed(kafka, topic)) == list(range(5))


def test_the_older_of_two_processes_detects_the_takeover(kafka, topic):
    older = claimed_sink(kafka, topic, topic)
    with claimed_sink(kafka, topic, topic) as younger:
        older.write(batch(0, 1))
        with pytest.raises(
            SinkError, match=rf"another process has taken over run '{topic}' \(process \d+, host"
        ) as error:
            older.commit(at(1))
        assert not error.value.transient
        older.discard()
        younger.write(batch(0, 1))
        younger.commit(at(1))
    assert numbers_of(read_committed(kafka, topic)) == [0]


def test_a_transaction_that_the_broker_ended_is_retried_by_a_new_producer(kafka, topic, monkeypatch):
    sink = claimed_sink(kafka, topic, topic)
    sink.write(batch(0, 10))
    # The broker ends old transactions in the same way as those of a fenced producer.
    other = Producer({"bootstrap.servers": kafka, **SILENT, "transactional.id": f"doge-{topic}:clicks"})

    def end_it_before(session):
        other.init_transactions(20)
        session.producer.commit_transaction(20)

    monkeypatch.setattr(ProducerSession, "commit", end_it_before)
    with pytest.raises(SinkError, match=r"longer than transaction\.timeout\.ms \(10,000 ms\)") as error:
        sink.commit(at(1))
    assert error.value.transient
    monkeypatch.undo()
    sink.commit(at(1))
    sink.discard()
    assert numbers_of(read_committed(kafka, topic)) == list(range(10))


def test_a_commit_whose_response_is_lost_is_not_repeated(kafka, topic, monkeypatch):
    sink = claimed_sink(kafka, topic, topic)
    sink.write(batch(0, 10))

    def lose_the_answer(session):
        session.producer.commit_transaction()
        raise SinkError("the wire", "cut", transient=True)

    monkeypatch.setattr(ProducerSession, "commit", lose_the_answer)
    assert isinstance(raised(lambda: sink.commit(at(1))), SinkError)
    monkeypatch.undo()
    assert sink.delivered == 0
    sink.commit(at(1))
    sink.write(batch(10, 5))
    sink.commit(at(2))
    sink.discard()
    assert sink.delivered == 15
    assert numbers_of(read_committed(kafka, topic)) == list(range(15))


def test_a_commit_that_was_never_sent_is_repeated(kafka, topic, monkeypatch):
    sink = claimed_sink(kafka, topic, topic)
    sink.write(batch(0, 10))

    def cut_before(session):
        raise SinkError("the wire", "cut", transient=True)

    monkeypatch.setattr(ProducerSession, "commit", cut_before)
    assert isinstance(raised(lambda: sink.commit(at(1))), SinkError)
    monkeypatch.undo()
    sink.commit(at(1))
    sink.discard()
    assert numbers_of(read_committed(kafka, topic)) == list(range(10))


def test_a_repeated_position_is_not_mistaken_for_a_commit_in_doubt(kafka, topic, monkeypatch):
    sink = claimed_sink(kafka, topic, topic)
    sink.commit(at(1))
    sink.write(batch(0, 10))

    def cut_before(session):
        raise SinkError("the wire", "cut", transient=True)

    monkeypatch.setattr(ProducerSession, "commit", cut_before)
    assert isinstance(raised(lambda: sink.commit(at(1))), SinkError)
    monkeypatch.undo()
    sink.commit(at(1))
    sink.discard()
    assert numbers_of(read_committed(kafka, topic)) == list(range(10))


def test_records_over_the_topics_limit_fail_the_whole_commit_permanently(kafka, topic):
    make_topic(kafka, topic, max_message_bytes="1")
    with claimed_sink(kafka, topic, topic) as sink:
        sink.write(batch(0, 10))
        with pytest.raises(DeliveryError, match="Message size too large") as error:
            sink.commit(at(1))
        assert (error.value.accepted, error.value.delivered, error.value.transient) == (10, 0, False)
        assert sum(error.value.causes.values()) == 10
    assert read_committed(kafka, topic) == []


def test_a_topic_with_a_low_batch_limit_gets_small_batches(kafka, topic):
    make_topic(kafka, topic, max_message_bytes="1000")
    with claimed_sink(kafka, topic, topic) as sink:
        sink.write(batch(0, 1000))
        sink.commit(at(1))
    assert numbers_of(read_committed(kafka, topic)) == list(range(1000))


def test_one_failed_record_fails_the_whole_commit(kafka, topic):
    make_topic(kafka, topic, partitions=3, message_timestamp_before_max_ms="86400000")
    with claimed_sink(kafka, topic, topic, batch_num_messages=1) as sink:
        sink.write(batch(0, 50, start=4_000_000_000_000))
        sink.write(batch(50, 1))
        error = raised(lambda: sink.commit(at(1)))
    assert isinstance(error, DeliveryError)
    assert (error.accepted, error.delivered, error.transient) == (51, 0, False)
    assert read_committed(kafka, topic) == []


def test_a_record_that_cannot_be_encoded_fails_the_whole_commit(kafka, topic):
    with claimed_sink(kafka, topic, topic, message_max_bytes=2000) as sink:
        sink.write(batch(0, 10))
        sink.write(replace(batch(10, 1, start=-100), keys=None))
        with pytest.raises(RecordError, match="before 1970"):
            sink.commit(at(1))
    assert read_committed(kafka, topic) == []


def test_a_record_that_is_too_large_has_the_clients_error_as_its_cause(kafka, topic):
    with claimed_sink(kafka, topic, topic, message_max_bytes=1000) as sink:
        sink.write(replace(batch(0, 1), keys=pa.array(["x" * 2000])))
        error = raised(lambda: sink.commit(at(1)))
    assert isinstance(error, RecordError)
    assert isinstance(error.__cause__, KafkaException)


def test_a_position_belongs_to_its_topic(kafka, topic):
    with claimed_sink(kafka, topic, topic) as sink:
        sink.commit(at(1))
    message = f"has delivered this stream to the topic {topic} so far"
    with pytest.raises(SinkError, match=message):
        sink_of(kafka, f"{topic}-2", topic)
    make_topic(kafka, f"{topic}-2")
    with sink_of(kafka, f"{topic}-2", topic) as other:
        other.claim()
        with pytest.raises(SinkError, match=message):
            other.position()


def test_a_topic_deleted_after_a_run_was_killed_is_not_created_again(kafka, topic):
    with claimed_sink(kafka, topic, topic) as sink:
        sink.write(batch(0, 1))
        sink.commit(at(1))
    admin = admin_client(kafka)
    admin.delete_topics([topic])[topic].result()
    with pytest.raises(UnknownTargetError, match=f"topic {topic}: is not there, but run '{topic}' has delivered to it"):
        sink_of(kafka, topic, topic)
    sink_of(kafka, topic, f"{topic}-2").discard()


def test_transactional_ids_are_unique_across_runs_and_streams():
    one, other = RunTopic("shop", "eu-orders", "a", {}), RunTopic("shop-eu", "orders", "b", {})
    assert one.transactional_id != other.transactional_id
    with pytest.raises(ModelError, match="run_id"):
        checked_run_id("shop:eu")


def test_streams_of_one_run_have_separate_positions(kafka, topic):
    with claimed_sink(kafka, topic, topic) as clicks, claimed_sink(kafka, topic, topic, stream="views") as views:
        clicks.commit(at(1))
        views.commit(at(2))
    with sink_of(kafka, topic, topic) as clicks, sink_of(kafka, topic, topic, stream="views") as views:
        clicks.claim()
        views.claim()
        assert (clicks.position(), views.position()) == (at(1), at(2))


def test_the_topic_of_positions_is_compacted_in_small_segments(kafka, topic):
    sink_of(kafka, topic, topic).discard()
    resource = ConfigResource(ConfigResource.Type.TOPIC, POSITIONS)
    admin = admin_client(kafka)
    settings = admin.describe_configs([resource])[resource].result()
    assert settings["cleanup.policy"].value == "compact"
    assert int(settings["segment.bytes"].value) <= 16 * 1024 * 1024
    assert float(settings["min.cleanable.dirty.ratio"].value) <= 0.1


def test_the_topic_of_positions_must_exist_if_it_must_not_be_created():
    problem = r"does not have it. Hint: create it with: .* --topic doge_positions --config cleanup\.policy=compact"
    with pytest.raises(UnknownTargetError, match=problem):
        ensure_position_topic(Cluster(Driver(), {"bootstrap.servers": NOBODY}), {}, create=False)


@pytest.mark.parametrize(
    ("conf", "message"),
    [
        ({"transactional_id": "mine"}, r"transactional\.id: is ours"),
        ({"enable_idempotence": False}, "enable.idempotence"),
        ({"transaction_timeout_ms": "soon"}, r"Invalid value .*transaction\.timeout\.ms"),
        ({"acks": 1}, "acks"),
    ],
)
def test_a_conf_that_would_break_transactions_is_refused(kafka, topic, conf, message):
    with pytest.raises(ModelError, match=message):
        sink_of(kafka, topic, topic, **conf)


def test_a_missing_broker_is_an_error_at_opening(topic):
    with pytest.raises(UnreachableError, match=f"topic {topic}: .*{NOBODY}.*Connection refused"):
        sink_of(NOBODY, topic, topic, socket_timeout_ms=500)


def test_a_missing_registry_is_an_error_at_opening(kafka, topic):
    options = {"topic": topic, "format": "avro", "schema_registry": f"http://{NOBODY}"}
    options["schema_registry_conf"] = {"max.retries": 0}
    with pytest.raises(UnreachableError, match="no schema registry answers"):
        KAFKA.open_committing(SinkContext(STREAM, SCHEMA, kafka, options, run_id=topic))


def test_an_invalid_position_is_an_error(kafka, topic):
    sink = sink_of(kafka, topic, topic)
    producer = Producer({"bootstrap.servers": kafka, **SILENT})
    producer.produce(POSITIONS, b"[]", json.dumps([topic, "clicks"]).encode())
    producer.flush()
    sink.claim()
    with sink, pytest.raises(SinkError, match=r"b'\[\]' is not a position"):
        sink.position()


def test_a_fenced_claim_is_retried(kafka, topic, monkeypatch):
    claimed_sink(kafka, topic, topic).discard()
    sink, begin = sink_of(kafka, topic, topic), ProducerSession.begin
    target = RunTopic(topic, "clicks", topic, {"bootstrap.servers": kafka})
    twin = ProducerSession(Driver(), transactional_conf(target.conf, target.transactional_id), "a place")

    def after_the_twin(session):
        twin.take_over()
        begin(session)

    with monkeypatch.context() as patched:
        patched.setattr(ProducerSession, "begin", after_the_twin)
        error = raised(sink.claim)
    assert error.transient, error
    sink.claim()
    sink.commit(at(1))
    sink.discard()
    assert sink.position() == at(1)
