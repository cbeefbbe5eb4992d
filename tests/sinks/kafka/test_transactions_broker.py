"""A resumable Kafka sink with a broker that dies at a critical moment, stays down, forgets us, or loses the topic."""

import _thread
import os
import signal
import sys
from functools import partial
from threading import Timer
from time import monotonic

import pytest
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    ResourcePatternType,
    ResourceType,
)

from doge_datagen.errors import ModelError, RefusedError, SinkError, UnknownTargetError, UnreachableError
from doge_datagen.run.delivery.retry import Retry
from doge_datagen.sinks.kafka import transactional_producer as kafka_session
from doge_datagen.sinks.kafka.client import Driver
from doge_datagen.sinks.kafka.conf import transactional_conf
from doge_datagen.sinks.kafka.position_topic import POSITIONS, Positions
from doge_datagen.sinks.kafka.producing import RecordSender
from doge_datagen.sinks.kafka.transactional_producer import ProducerSession
from services import Kafka
from tests.engine.models import model_named
from tests.sinks.committed import (
    at,
    batch,
    claimed_sink,
    is_each_once_in_order_per_key,
    numbers_of,
    opened,
    raised,
    read_committed,
    sink_of,
)
from tests.sinks.topics import admin_client, again_while_loading, make_topic

SASL = {"security_protocol": "SASL_PLAINTEXT", "sasl_mechanism": "PLAIN", "sasl_username": Kafka.username}
PER_COMMIT = 200
COMMITS, KILLED = 3, 1


@pytest.fixture(scope="module")
def broker():
    with Kafka({"transaction.abort.timed.out.transaction.cleanup.interval.ms": "500"}) as kafka:
        yield kafka


@pytest.fixture
def running(broker):
    """The broker, restarted if a test killed it."""
    broker.start()
    return broker


def committed_in_the_end(broker, sink, position):
    """Repeat a commit until it succeeds, with the broker restarted; only transient errors are allowed."""
    until = monotonic() + 60
    while (error := raised(lambda: sink.commit(position))) is not None:
        assert error.transient, error
        assert monotonic() < until, error
        broker.start()


def before_it_is_committed(broker, monkeypatch):
    def killed(session):
        broker.kill()
        session.producer.commit_transaction(3)

    monkeypatch.setattr(ProducerSession, "commit", killed)


def after_it_is_committed(broker, monkeypatch):
    def killed(session):
        session.producer.commit_transaction(10)
        broker.kill()
        raise SinkError("the wire", "cut", transient=True)

    monkeypatch.setattr(ProducerSession, "commit", killed)


def while_records_are_sent(broker, monkeypatch):
    send = RecordSender.send

    def killed(sending, records, encode):
        send(sending, records, encode)
        sending.check()
        broker.kill()

    monkeypatch.setattr(RecordSender, "send", killed)


def within(milliseconds):
    def while_it_commits(broker, monkeypatch):
        def killed(session):
            timer = Timer(milliseconds / 1000, broker.kill)
            timer.start()
            try:
                session.producer.commit_transaction(3)
            finally:
                timer.join()

        monkeypatch.setattr(ProducerSession, "commit", killed)

    while_it_commits.__name__ = f"{milliseconds}_ms_into_the_commit"
    return while_it_commits


MOMENTS = (while_records_are_sent, before_it_is_committed, within(2), within(6), after_it_is_committed)


@pytest.mark.slow
@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: moment.__name__)
def test_a_killed_broker_has_each_record_of_the_past_once_and_in_order_per_key(running, topic, monkeypatch, moment):
    sink = claimed_sink(running.bootstrap_servers, topic, topic, partitions=3, transaction_timeout_ms=60_000)
    for number in range(COMMITS):
        sink.write(batch(number * PER_COMMIT, PER_COMMIT))
        if number != KILLED:
            sink.commit(at(number + 1))
            continue
        with monkeypatch.context() as patched:
            moment(running, patched)
            first = raised(lambda: sink.commit(at(KILLED + 1)))
        running.start()
        if first is not None:
            assert first.transient, first
            committed_in_the_end(running, sink, at(KILLED + 1))
    sink.discard()
    assert sink.delivered == COMMITS * PER_COMMIT
    records = read_committed(running.bootstrap_servers, topic)
    assert is_each_once_in_order_per_key(records, COMMITS * PER_COMMIT), numbers_of(records)


@pytest.mark.slow
def test_a_position_survives_the_broker(running, topic):
    with claimed_sink(running.bootstrap_servers, topic, topic) as sink:
        sink.write(batch(0, 10))
        sink.commit(at(1))
    running.kill()
    running.start()
    with claimed_sink(running.bootstrap_servers, topic, topic) as sink:
        assert sink.position() == at(1)


@pytest.mark.slow
def test_a_run_resumes_with_a_broker_that_was_down_for_longer_than_the_transaction_timeout(running, topic):
    sink = claimed_sink(running.bootstrap_servers, topic, topic, transaction_timeout_ms=3000)
    sink.write(batch(0, 10))
    running.kill()
    assert isinstance(raised(lambda: sink.commit(at(1))), UnreachableError)
    running.start()
    committed_in_the_end(running, sink, at(1))
    sink.discard()
    assert numbers_of(read_committed(running.bootstrap_servers, topic)) == list(range(10))


@pytest.mark.slow
def test_a_broker_that_stays_down_is_reported_within_the_message_timeout(running, topic):
    sink = claimed_sink(running.bootstrap_servers, topic, topic, message_timeout_ms=2000)
    sink.write(batch(0, 10))
    running.kill()
    begin = monotonic()
    for _ in range(2):
        error = raised(lambda: sink.commit(at(1)))
        assert error is not None
        assert error.transient
        assert "Connection refused" in str(error)
    assert monotonic() - begin < 150, "longer than the 2 s of a message; by default it is 300 s"
    sink.discard()


@pytest.mark.slow
@pytest.mark.parametrize("deleted", ["the topic itself", POSITIONS])
def test_a_topic_that_is_deleted_during_a_run_ends_it_and_is_not_created_again(running, topic, deleted):
    sink = claimed_sink(running.bootstrap_servers, topic, topic, message_timeout_ms=2000)
    sink.write(batch(0, 10))
    sink.commit(at(1))
    admin = admin_client(running.bootstrap_servers)
    name = POSITIONS if deleted == POSITIONS else topic
    admin.delete_topics([name])[name].result()
    sink.write(batch(10, 10))
    with sink, pytest.raises(UnknownTargetError, match=rf"topic {name}: .* deleted during the run") as error:
        sink.commit(at(2))
    assert not error.value.transient
    assert name not in admin.list_topics(timeout=10).topics


@pytest.mark.slow
def test_revoked_credentials_end_the_run(running, topic):
    with Kafka() as broker:
        conf = {**SASL, "sasl_password": broker.password, "message_timeout_ms": 4000}
        sink = claimed_sink(broker.sasl_bootstrap_servers, topic, topic, **conf)
        sink.write(batch(0, 10))
        broker.kill()
        settings = broker.folder / "server.properties"
        settings.write_text(settings.read_text().replace(f'user_doge="{broker.password}"', 'user_doge="other"'))
        broker.start()
        with sink, pytest.raises(RefusedError, match="Invalid username or password") as error:
            sink.commit(at(1))
        assert not error.value.transient


@pytest.mark.slow
def test_a_refused_login_that_succeeds_later_does_not_end_the_run(running, topic, monkeypatch):
    begin = ProducerSession.begin

    def refused_before(session):
        session.connection_errors.refusal = "SASL authentication error: it was just starting"
        begin(session)

    sink = claimed_sink(running.bootstrap_servers, topic, topic, message_timeout_ms=2000)
    with monkeypatch.context() as patched:
        patched.setattr(ProducerSession, "begin", refused_before)
        sink.commit(at(1))
    sink.write(batch(0, 10))
    running.kill()
    error = raised(lambda: sink.commit(at(2)))
    assert error.transient, error
    sink.discard()


def freeze_while(running, then):
    """Freeze the broker, and act a little later than one slice of a client call."""
    os.kill(running.pid, signal.SIGSTOP)
    timer = Timer(1.5 * kafka_session.SLICE_SECONDS, then)
    timer.start()
    return timer


@pytest.mark.parametrize("step", ["claim", "commit"])
def test_the_sink_waits_for_a_broker_frozen_for_longer_than_a_slice(running, topic, monkeypatch, step):
    def for_a_while(session):
        monkeypatch.undo()  # once
        timer = freeze_while(running, lambda: os.kill(running.pid, signal.SIGCONT))
        original(session)
        timer.join()

    method = {"claim": "take_over", "commit": "commit"}[step]
    original = getattr(ProducerSession, method)
    claimed_sink(running.bootstrap_servers, topic, f"{topic}_first").discard()  # it has loaded its transactions now
    sink = opened(running.bootstrap_servers, topic, topic)
    sink.write(batch(0, 10))
    for name, do in (("claim", sink.claim), ("commit", partial(sink.commit, at(1)))):
        if name == step:
            monkeypatch.setattr(ProducerSession, method, for_a_while)
        again_while_loading(do)
    sink.discard()
    assert numbers_of(read_committed(running.bootstrap_servers, topic)) == list(range(10))


@pytest.mark.usefixtures("heeding_ctrl_c")
@pytest.mark.parametrize("step", ["take_over", "commit"])
def test_ctrl_c_works_while_the_client_waits_for_the_broker(running, topic, step):
    conf = {"bootstrap.servers": running.bootstrap_servers, "message.timeout.ms": 60_000}
    session = ProducerSession(Driver(), transactional_conf(conf, topic), "a place")
    if step == "commit":
        make_topic(running.bootstrap_servers, topic)
        Retry(30).until_done(session.take_over)
        session.begin()
        session.producer.produce(topic, b"")
    begin = monotonic()
    timer = freeze_while(running, _thread.interrupt_main)
    try:
        with pytest.raises(KeyboardInterrupt):
            getattr(session, step)()
        assert monotonic() - begin < 60, "it waited for the timeout of the transaction"
    finally:
        timer.join()
        os.kill(running.pid, signal.SIGCONT)
        session.abort()


def test_streams_killed_together_do_not_wait_for_each_other(running, topic, monkeypatch):
    streams = ("clicks", "views")
    begin = [
        claimed_sink(running.bootstrap_servers, topic, topic, stream=name, transaction_timeout_ms=60_000)
        for name in streams
    ]
    for sink in begin:
        sink.write(batch(0, 10))
        with monkeypatch.context() as patched:
            patched.setattr(ProducerSession, "commit", cut)
            raised(lambda sink=sink: sink.commit(at(1)))
    resumed = [opened(running.bootstrap_servers, topic, topic, stream=name) for name in streams]
    begin = monotonic()
    for sink in resumed:
        sink.claim()
    assert [sink.position() for sink in resumed] == [None, None]
    assert monotonic() - begin < 60, "they waited for the timeout of a transaction"
    for sink in resumed:
        sink.discard()


def test_a_different_run_does_not_disturb_a_running_one(running, topic, monkeypatch, tmp_path):
    place = {"clickstream": {"kafka": running.bootstrap_servers, "topic": topic}}
    model, refused = model_named("bank").resized(ticks=60), []

    def mistaken():
        if sys._getframe(1).f_globals["__name__"] == "doge_datagen.run.delivery.retry":
            return False  # a sink that waits for the broker calls it too
        with monkeypatch.context() as machine:
            machine.setenv("DOGE_STATE_DIR", str(tmp_path))
            with pytest.raises(ModelError, match="seed 2022, not 7") as error:
                model.run(place, seed=7, run_id=topic)
        refused.append(error.value)
        return False

    report = model.run(place, seed=2022, run_id=topic, window=20, commit_every=0, stop=mistaken)
    assert len(refused) == 3
    assert len(read_committed(running.bootstrap_servers, topic)) == report.sinks[0].delivered > 0


def test_a_sink_that_has_not_claimed_sees_records_before_open_transactions(running, topic, monkeypatch):
    address = running.bootstrap_servers
    with claimed_sink(address, topic, topic) as sink, claimed_sink(address, topic, f"{topic}-2") as other:
        sink.commit(at(1))
        monkeypatch.setattr(ProducerSession, "commit", cut)
        raised(lambda: other.commit(at(1)))
        monkeypatch.undo()
        sink.commit(at(2))
        with opened(address, topic, topic) as onlooker:
            assert onlooker.position() == at(1)
        with opened(address, topic, f"{topic}-3") as onlooker:
            assert onlooker.position() is None
    with opened(address, topic, topic) as onlooker:
        assert onlooker.position() == at(2), "the other has aborted its own"


@pytest.mark.slow
def test_a_sink_waits_for_another_runs_open_transaction(running, topic, monkeypatch):
    other = claimed_sink(
        running.bootstrap_servers, topic, "other", transaction_timeout_ms=5000, message_timeout_ms=1000
    )
    with claimed_sink(running.bootstrap_servers, topic, topic) as sink:
        sink.commit(at(1))
    monkeypatch.setattr(ProducerSession, "commit", cut)
    raised(lambda: other.commit(at(1)))
    monkeypatch.undo()
    impatient = partial(Positions, Driver(), {"bootstrap.servers": running.bootstrap_servers}, seconds=0.5)
    assert impatient("a new one", "clicks").committed() is None, "a run that never was has nothing to wait for"
    with pytest.raises(SinkError, match="another run's transaction is open") as error:
        impatient(topic, "clicks").committed()
    assert error.value.transient
    with opened(running.bootstrap_servers, topic, topic) as sink:
        sink.claim()
        assert sink.position() == at(1)


def cut(session):
    raise SinkError("the wire", "cut", transient=True)


@pytest.mark.slow
def test_a_topic_of_positions_without_compaction_is_refused():
    with Kafka() as broker:
        make_topic(broker.bootstrap_servers, POSITIONS, retention_ms="1000")
        with pytest.raises(SinkError, match=r"deletes old records \(cleanup\.policy=delete\).*kafka-configs\.sh"):
            sink_of(broker.bootstrap_servers, "clicks", "run")


@pytest.mark.slow
def test_only_acls_for_the_transactional_id_and_the_topics_are_needed(topic):
    settings = {"authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer"}
    conf = {**SASL, "sasl_password": Kafka.password}
    with Kafka({**settings, "super.users": "User:ANONYMOUS"}) as broker:
        make_topic(broker.bootstrap_servers, topic)
        sink_of(broker.bootstrap_servers, topic, "other").discard()
        allow(broker, ResourceType.TOPIC, topic, "DESCRIBE", "WRITE")
        allow(broker, ResourceType.TOPIC, POSITIONS, "DESCRIBE", "WRITE", "READ")
        with sink_of(broker.sasl_bootstrap_servers, topic, "run", **conf) as sink:
            error = raised(sink.claim)
        assert isinstance(error, RefusedError)
        assert "Write and Describe on the transactional id 'doge-run:clicks'" in str(error)
        allow(broker, ResourceType.TRANSACTIONAL_ID, "doge-run:clicks", "DESCRIBE", "WRITE")
        with claimed_sink(broker.sasl_bootstrap_servers, topic, "run", **conf) as sink:
            sink.write(batch(0, 10))
            sink.commit(at(1))
        assert numbers_of(read_committed(broker.bootstrap_servers, topic)) == list(range(10))


def allow(broker, kind, name, *operations):
    admin = admin_client(broker.bootstrap_servers)
    user = f"User:{Kafka.username}"
    for operation in operations:
        acl = AclBinding(
            kind, name, ResourcePatternType.LITERAL, user, "*", AclOperation[operation], AclPermissionType.ALLOW
        )
        admin.create_acls([acl])[acl].result()
