"""Topics whose broker, registry or rights fail a run."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)

from doge_datagen.errors import (
    DeliveryError,
    RecordError,
    RefusedError,
    SinkError,
    UnknownTargetError,
    UnreachableError,
)
from doge_datagen.sinks.kafka.position_topic import POSITIONS
from services import Kafka
from tests.faults.conftest import fill
from tests.faults.relay import Relay
from tests.faults.runs import ALL, BEFORE, NAME, STREAM, InMidRun, failed, run, run_with_retries
from tests.sinks.committed import read_committed
from tests.sinks.topics import make_topic, set_topic

QUICK = {"socket.timeout.ms": 2000, "message.timeout.ms": 2000, "transaction.timeout.ms": 10_000}
SASL = {"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN", "sasl.username": Kafka.username}
SETTINGS = {
    "auto.create.topics.enable": "false",
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "super.users": "User:ANONYMOUS",
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": "500",
}


@dataclass(frozen=True)
class Topic:
    """Where the numbers go.

    Attributes:
        kafka: the broker's address for whom it lets do everything.
        at: as a target names it.
    """

    kafka: str
    at: dict[str, Any]

    @property
    def name(self) -> str:
        return self.at["topic"]

    def numbers(self) -> list[int]:
        """The numbers that consumers of what is committed see."""
        return [json.loads(value)["number"] for value in self.values()]

    def values(self) -> list[bytes]:
        """What consumers of what is committed see."""
        return [record.value or b"" for record in read_committed(self.kafka, self.name)]

    def to(self, *, conf: dict[str, Any] | None = None, **options: Any) -> dict[str, Any]:
        """The same with other options."""
        return {**self.at, "conf": {**self.at["conf"], **(conf or {})}, **options}

    def delete(self) -> None:
        client = admin(self.kafka)
        client.delete_topics([self.name])[self.name].result()


def admin(kafka):
    return AdminClient({"bootstrap.servers": kafka, "log_level": 0})


def on(broker, name):
    return Topic(broker, {"kafka": broker, "topic": name, "conf": QUICK})


@pytest.fixture(scope="module")
def started():
    with Kafka(SETTINGS) as broker:
        yield broker


@pytest.fixture
def broker(started):
    """A broker of this module's own, which may be killed."""
    started.start()
    return started


@pytest.fixture
def away(broker, topic):
    """A topic of that broker."""
    return on(broker.bootstrap_servers, topic)


@pytest.fixture
def name(request, topic):
    """A name of the run that is this test's alone, where it has one: positions of all are in one topic."""
    return None if request.param is None else f"run-{topic[-12:]}"


@pytest.fixture
def run_id(topic):
    return f"run-{topic[-12:]}"


NAMED = pytest.mark.parametrize("name", [None, NAME], ids=["without a run id", "with a run id"], indirect=True)


@pytest.fixture
def doge(away, broker, topic):
    """The same topic for a user who may do nothing yet."""
    conf = {**QUICK, **SASL, "sasl.password": broker.password}
    return Topic(away.kafka, {"kafka": broker.sasl_bootstrap_servers, "topic": topic, "conf": conf})


def allow(kafka, topic, run_id, permission=AclPermissionType.ALLOW):
    """Let the user write, under a name too; or, with DENY, not any more."""
    kinds = [(ResourceType.TOPIC, topic), (ResourceType.TOPIC, POSITIONS)]
    kinds += [(ResourceType.TRANSACTIONAL_ID, f"doge-{run_id}:{STREAM}")] if run_id else []
    rights = [acl(kind, name, permission) for kind, name in kinds]
    client = admin(kafka)
    for answer in client.create_acls(rights).values():
        answer.result()


def acl(kind, name, permission):
    user = f"User:{Kafka.username}"
    return AclBinding(kind, name, ResourcePatternType.LITERAL, user, "*", AclOperation.ALL, permission)


@pytest.mark.slow
def test_a_broker_that_is_away_at_the_start_is_unreachable(away):
    gone = "127.0.0.1:1"
    error = failed(away.to(kafka=gone), patience=0)
    assert isinstance(error, UnreachableError)
    assert f"no Kafka broker answers at {gone}: " in str(error)
    assert "refused" in str(error)


@pytest.mark.slow
def test_a_broker_that_was_restarted_between_batches_is_found_again(broker, away):
    def restarted():
        broker.kill()
        broker.start()

    run(away.to(conf={"message.timeout.ms": 240_000}), stop=InMidRun(restarted))
    assert away.numbers() == ALL


@pytest.mark.slow
def test_a_broker_that_is_lost_in_mid_run_ends_a_run_without_a_name_and_is_waited_for_when_the_next_opens(broker, away):
    error = failed(away.at, patience=60, stop=InMidRun(broker.kill))
    assert isinstance(error, DeliveryError)
    assert error.transient
    assert "no broker confirmed them within message.timeout.ms" in str(error)
    reported = run_with_retries(away.at, broker.start, None)
    assert "UnreachableError" in reported.connection_errors
    assert away.numbers() == [*ALL[: error.delivered], *ALL]


@pytest.mark.slow
def test_a_broker_that_is_lost_in_mid_run_is_waited_for_by_a_run_with_a_name(broker, away, run_id):
    run_with_retries(away.at, broker.start, run_id, stop=InMidRun(broker.kill))
    assert away.numbers() == ALL


@pytest.mark.slow
@pytest.mark.parametrize("disk", ["size=64m"], indirect=True)
@pytest.mark.parametrize("name", [None, NAME], ids=["without a run id", "with a run id"])
def test_a_broker_whose_disk_is_full_is_waited_for_until_there_is_room(disk, topic, name):
    small = {"log.dirs": str(disk / "data"), "log.index.size.max.bytes": "65536"}
    with Kafka({**SETTINGS, **small}) as broker:
        cramped = on(broker.bootstrap_servers, topic).to(conf={"compression.type": "none"})
        there = Topic(broker.bootstrap_servers, cramped)
        fillers = []
        error = failed(cramped, name, patience=2, stop=InMidRun(lambda: fillers.append(fill(disk))))
        assert error.transient, error

        def make_room():
            fillers.pop().unlink()
            broker.kill()
            broker.start()

        make_room()
        if name:
            run(cramped, name, patience=60)
            assert there.numbers() == ALL
        else:
            assert isinstance(error, DeliveryError)
            assert "no broker confirmed them within message.timeout.ms" in str(error)
            assert error.missing == len(ALL) - len(there.numbers())


@pytest.mark.slow
def test_a_broker_that_is_away_for_longer_than_patience_ends_the_run_which_resumes_later(broker, away, run_id):
    error = failed(away.at, run_id, patience=0, stop=InMidRun(broker.kill))
    assert error.transient
    reported = run_with_retries(away.at, broker.start, run_id)
    assert "UnreachableError" in reported.connection_errors
    assert away.numbers() == ALL


@NAMED
def test_a_topic_that_is_deleted_in_mid_run_ends_it_and_is_not_made_again(kafka, topic, name):
    """The broker creates a missing topic when a client asks for it, unless that is switched off."""
    away = on(kafka, topic)
    error = failed(away.at, name, patience=60, stop=InMidRun(away.delete))
    assert not isinstance(error, UnreachableError)
    assert away.name in str(error)
    assert away.name not in admin(kafka).list_topics(timeout=10).topics
    if name:
        assert isinstance(error, UnknownTargetError)
        assert not error.transient
        again = failed(away.at, name, patience=60)
        assert f"is not there, but run {name!r} has delivered to it. Hint: give the run another name" in str(again)


@NAMED
def test_a_topic_that_is_missing_and_not_to_be_made_is_reported_before_the_first_record(away, name):
    error = failed(away.to(create=False), name)
    assert isinstance(error, UnknownTargetError)
    missing = POSITIONS if name and POSITIONS not in admin(away.kafka).list_topics(timeout=10).topics else away.name
    assert missing in str(error)
    assert "kafka-topics.sh" in str(error)
    assert away.name not in admin(away.kafka).list_topics(timeout=10).topics


@NAMED
def test_wrong_credentials_are_refused_at_once_and_not_shown(doge, name):
    error = failed(doge.to(conf={"sasl.password": "s3cret-word"}), name, patience=60)
    assert isinstance(error, RefusedError)
    assert "Invalid username or password" in str(error)
    assert "s3cret-word" not in repr(error)


@NAMED
def test_a_user_without_rights_is_refused_before_the_first_record(doge, name):
    make_topic(doge.kafka, doge.name)
    error = failed(doge.at, name, patience=60)
    assert isinstance(error, RefusedError)
    assert doge.numbers() == []


@NAMED
def test_a_right_that_is_taken_away_in_mid_run_ends_it(doge, name):
    make_topic(doge.kafka, doge.name)
    ensure_position_topic(doge)
    allow(doge.kafka, doge.name, name)
    client, no = admin(doge.kafka), acl(ResourceType.TOPIC, doge.name, AclPermissionType.DENY)

    def taken_away():
        client.create_acls([no])[no].result()

    error = failed(doge.at, name, patience=60, stop=InMidRun(taken_away))
    assert not error.transient
    assert "uthorization failed" in str(error)
    assert doge.numbers() == ALL[: error.delivered if name is None else 20]
    kind = ResourcePatternType.LITERAL
    none = AclBindingFilter(no.restype, no.name, kind, no.principal, no.host, no.operation, no.permission_type)
    client.delete_acls([none])[none].result()
    if name:
        assert isinstance(error, RefusedError)
        run(doge.at, name, patience=60)
        assert doge.numbers() == ALL


def ensure_position_topic(topic):
    """Have the topic of positions made by somebody who may."""
    run(on(topic.kafka, f"{topic.name}-other").at, f"other-{topic.name[-12:]}")


def password(broker, given):
    """Another password, once the broker is started again."""
    broker.kill()
    settings = broker.folder / "server.properties"
    lines = settings.read_text().splitlines()
    changed = [
        f'{line.partition("user_doge=")[0]}user_doge="{given}";' if "user_doge=" in line else line for line in lines
    ]
    settings.write_text("\n".join(changed))
    broker.password = given
    broker.start()


@pytest.mark.slow
def test_credentials_that_change_in_mid_run_end_it(broker, doge, run_id):
    """One run within another, as it takes a broker long to begin anew."""
    named = Topic(doge.kafka, doge.to(topic=f"{doge.name}-named"))
    for topic in (doge, named):
        make_topic(topic.kafka, topic.name)
        allow(topic.kafka, topic.name, run_id)
    ensure_position_topic(doge)
    errors = []

    def both():
        errors.append(failed(named.at, run_id, patience=60, stop=InMidRun(lambda: password(broker, "other"))))

    without = failed(doge.at, patience=60, stop=InMidRun(both))
    assert isinstance(errors[0], RefusedError)
    assert "Invalid username or password" in str(errors[0])
    assert isinstance(without, DeliveryError)
    assert doge.numbers() == ALL[: without.delivered]
    assert named.numbers() == BEFORE
    run(named.to(conf={"sasl.password": broker.password}), run_id, patience=60)
    assert named.numbers() == ALL


LARGE = "f'" + "{number:099d}" * 99 + "'"


@NAMED
def test_a_record_that_is_too_large_ends_the_run(away, name):
    make_topic(away.kafka, away.name, max_message_bytes="9000")
    fields = {"note": f"{LARGE} if number == 25 else 'small'"}
    plain = away.to(conf={"compression.type": "none"})
    error = failed(plain, name, fields=fields, patience=60)
    assert isinstance(error, DeliveryError)
    assert not error.transient
    assert "Message size too large (a record, or the client's batch of records, is larger than the topic's" in str(
        error
    )
    arrived = away.numbers()
    assert arrived == BEFORE if name else (len(arrived), 25 in arrived) == (error.delivered, False)
    set_topic(away.kafka, away.name, "max.message.bytes", "100000")
    if name:
        run(plain, name, fields=fields)
        assert away.numbers() == ALL


@NAMED
def test_a_value_that_json_cannot_say_is_named(away, name):
    error = failed(away.at, name, fields={"share": "1e308 * (10 if number == 25 else 1)"}, patience=60)
    assert isinstance(error, RecordError)
    assert "share" in str(error)
    assert away.numbers() == BEFORE


class Avro(Topic):
    """The numbers as Avro, in the wire format of the registry."""

    def numbers(self):
        return [first_long(value[5:]) for value in self.values()]


def first_long(data):
    """The first field, as Avro writes it: zigzag, seven bits a byte, the lowest first."""
    number = 0
    for position, byte in enumerate(data):
        number |= (byte & 127) << 7 * position
        if byte < 128:
            return (number >> 1) ^ -(number & 1)
    raise AssertionError(data)


@pytest.fixture
def relay(schema_registry):
    """The way to the registry."""
    relay = Relay(urlsplit(schema_registry).port)
    yield relay
    relay.cut()


@pytest.fixture
def avro(away, relay, schema_registry):
    parts = urlsplit(schema_registry)
    url = parts._replace(netloc=f"doge:s3cret-word@127.0.0.1:{relay.port}").geturl()
    return Avro(away.kafka, away.to(format="avro", schema_registry=url))


@NAMED
def test_a_registry_that_is_away_at_the_start_is_unreachable(avro, relay, name):
    relay.cut()
    error = failed(avro.at, name)
    assert isinstance(error, UnreachableError)
    assert f"no schema registry answers at http://127.0.0.1:{relay.port}/" in str(error)
    assert "s3cret-word" not in str(error)
    assert avro.numbers() == []


@NAMED
def test_a_run_continues_with_a_registry_that_comes_while_it_retries(avro, relay, name):
    relay.cut()
    reported = run_with_retries(avro.at, relay.open, name)
    assert set(reported.connection_errors) == {"UnreachableError"}
    assert avro.numbers() == ALL


@NAMED
def test_a_registry_that_is_away_in_mid_run_is_not_missed(avro, relay, name):
    run(avro.at, name, stop=InMidRun(relay.cut))
    assert avro.numbers() == ALL


@pytest.mark.slow
def test_of_two_runs_of_one_name_on_two_machines_the_second_continues(away, run_id, monkeypatch, tmp_path):
    def elsewhere():
        monkeypatch.setenv("DOGE_STATE_DIR", str(tmp_path / "other machine"))
        run(away.at, run_id)

    error = failed(away.at, run_id, patience=60, stop=InMidRun(elsewhere))
    assert type(error) is SinkError
    assert f"another process has taken over run {run_id!r}" in str(error)
    assert away.numbers() == ALL


@pytest.mark.slow
def test_of_two_runs_of_one_name_on_one_machine_the_second_is_refused(away, run_id):
    errors = []
    run(away.at, run_id, stop=InMidRun(lambda: errors.append(failed(away.at, run_id))))
    assert str(errors[0]).startswith(f"run {run_id}: another process on this machine is running it")
    assert away.numbers() == ALL
