"""Runs to topics that fail because of the broker, the schema registry or ACLs."""

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
from tests.faults.runs import ALL, BEFORE, NAME, STREAM, FaultMidRun, failed, run, run_with_retries
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
    """The topic that the numbers go to.

    Attributes:
        kafka: the broker's address for a superuser.
        at: the destination, as in a target.
    """

    kafka: str
    at: dict[str, Any]

    @property
    def name(self) -> str:
        return self.at["topic"]

    def numbers(self) -> list[int]:
        """The committed numbers."""
        return [json.loads(value)["number"] for value in self.values()]

    def values(self) -> list[bytes]:
        """The values of the committed records."""
        return [record.value or b"" for record in read_committed(self.kafka, self.name)]

    def to(self, *, conf: dict[str, Any] | None = None, **options: Any) -> dict[str, Any]:
        """The destination with other options."""
        return {**self.at, "conf": {**self.at["conf"], **(conf or {})}, **options}

    def delete(self) -> None:
        client = admin(self.kafka)
        client.delete_topics([self.name])[self.name].result()


def admin(kafka):
    return AdminClient({"bootstrap.servers": kafka, "log_level": 0})


def on(broker, name):
    return Topic(broker, {"kafka": broker, "topic": name, "conf": QUICK})


@pytest.fixture(scope="module")
def module_broker():
    with Kafka(SETTINGS) as broker:
        yield broker


@pytest.fixture
def broker(module_broker):
    """A broker that only this module uses, and may kill."""
    module_broker.start()
    return module_broker


@pytest.fixture
def killable_topic(broker, topic):
    """A topic on the broker that may be killed."""
    return on(broker.bootstrap_servers, topic)


@pytest.fixture
def name(request, topic):
    """A run ID unique to this test, or None; the positions of all runs share one topic."""
    return None if request.param is None else f"run-{topic[-12:]}"


@pytest.fixture
def run_id(topic):
    return f"run-{topic[-12:]}"


NAMED = pytest.mark.parametrize("name", [None, NAME], ids=["without a run id", "with a run id"], indirect=True)


@pytest.fixture
def doge(killable_topic, broker, topic):
    """The same topic for a user without any permissions yet."""
    conf = {**QUICK, **SASL, "sasl.password": broker.password}
    return Topic(killable_topic.kafka, {"kafka": broker.sasl_bootstrap_servers, "topic": topic, "conf": conf})


def allow(kafka, topic, run_id, permission=AclPermissionType.ALLOW):
    """Let the user write, also with a run ID; or, with DENY, forbid it."""
    resources = [(ResourceType.TOPIC, topic), (ResourceType.TOPIC, POSITIONS)]
    resources += [(ResourceType.TRANSACTIONAL_ID, f"doge-{run_id}:{STREAM}")] if run_id else []
    acls = [acl(kind, name, permission) for kind, name in resources]
    client = admin(kafka)
    for future in client.create_acls(acls).values():
        future.result()


def acl(kind, name, permission):
    user = f"User:{Kafka.username}"
    return AclBinding(kind, name, ResourcePatternType.LITERAL, user, "*", AclOperation.ALL, permission)


@pytest.mark.slow
def test_a_broker_that_is_down_at_the_start_is_unreachable(killable_topic):
    gone = "127.0.0.1:1"
    error = failed(killable_topic.to(kafka=gone), patience=0)
    assert isinstance(error, UnreachableError)
    assert f"no Kafka broker answers at {gone}: " in str(error)
    assert "refused" in str(error)


@pytest.mark.slow
def test_a_run_reconnects_to_a_broker_that_was_restarted_between_batches(broker, killable_topic):
    def restart():
        broker.kill()
        broker.start()

    run(killable_topic.to(conf={"message.timeout.ms": 240_000}), stop=FaultMidRun(restart))
    assert killable_topic.numbers() == ALL


@pytest.mark.slow
def test_losing_the_broker_ends_a_run_without_an_id_and_the_next_run_waits_for_it(broker, killable_topic):
    error = failed(killable_topic.at, patience=60, stop=FaultMidRun(broker.kill))
    assert isinstance(error, DeliveryError)
    assert error.transient
    assert "no broker confirmed them within message.timeout.ms" in str(error)
    retries = run_with_retries(killable_topic.at, broker.start, None)
    assert "UnreachableError" in retries.connection_errors
    assert killable_topic.numbers() == [*ALL[: error.delivered], *ALL]


@pytest.mark.slow
def test_a_run_with_an_id_waits_for_a_broker_that_it_loses(broker, killable_topic, run_id):
    run_with_retries(killable_topic.at, broker.start, run_id, stop=FaultMidRun(broker.kill))
    assert killable_topic.numbers() == ALL


@pytest.mark.slow
@pytest.mark.parametrize("disk", ["size=64m"], indirect=True)
@pytest.mark.parametrize("name", [None, NAME], ids=["without a run id", "with a run id"])
def test_a_run_waits_for_a_broker_whose_disk_is_full_until_there_is_room(disk, topic, name):
    small = {"log.dirs": str(disk / "data"), "log.index.size.max.bytes": "65536"}
    with Kafka({**SETTINGS, **small}) as broker:
        uncompressed = on(broker.bootstrap_servers, topic).to(conf={"compression.type": "none"})
        destination = Topic(broker.bootstrap_servers, uncompressed)
        fillers = []
        error = failed(uncompressed, name, patience=2, stop=FaultMidRun(lambda: fillers.append(fill(disk))))
        assert error.transient, error

        def make_room():
            fillers.pop().unlink()
            broker.kill()
            broker.start()

        make_room()
        if name:
            run(uncompressed, name, patience=60)
            assert destination.numbers() == ALL
        else:
            assert isinstance(error, DeliveryError)
            assert "no broker confirmed them within message.timeout.ms" in str(error)
            assert error.missing == len(ALL) - len(destination.numbers())


@pytest.mark.slow
def test_a_broker_that_is_down_for_longer_than_patience_ends_the_run_which_can_be_resumed(
    broker, killable_topic, run_id
):
    error = failed(killable_topic.at, run_id, patience=0, stop=FaultMidRun(broker.kill))
    assert error.transient
    retries = run_with_retries(killable_topic.at, broker.start, run_id)
    assert "UnreachableError" in retries.connection_errors
    assert killable_topic.numbers() == ALL


@NAMED
def test_a_topic_that_is_deleted_during_a_run_ends_it_and_is_not_created_again(kafka, topic, name):
    """By default, the broker would create a missing topic as soon as a client asks for it."""
    killable_topic = on(kafka, topic)
    error = failed(killable_topic.at, name, patience=60, stop=FaultMidRun(killable_topic.delete))
    assert not isinstance(error, UnreachableError)
    assert killable_topic.name in str(error)
    assert killable_topic.name not in admin(kafka).list_topics(timeout=10).topics
    if name:
        assert isinstance(error, UnknownTargetError)
        assert not error.transient
        again = failed(killable_topic.at, name, patience=60)
        assert f"is not there, but run {name!r} has delivered to it. Hint: give the run another name" in str(again)


@NAMED
def test_a_missing_topic_that_must_not_be_created_is_reported_before_the_first_record(killable_topic, name):
    error = failed(killable_topic.to(create=False), name)
    assert isinstance(error, UnknownTargetError)
    missing = (
        POSITIONS
        if name and POSITIONS not in admin(killable_topic.kafka).list_topics(timeout=10).topics
        else killable_topic.name
    )
    assert missing in str(error)
    assert "kafka-topics.sh" in str(error)
    assert killable_topic.name not in admin(killable_topic.kafka).list_topics(timeout=10).topics


@NAMED
def test_wrong_credentials_are_refused_at_once_and_not_displayed(doge, name):
    error = failed(doge.to(conf={"sasl.password": "s3cret-word"}), name, patience=60)
    assert isinstance(error, RefusedError)
    assert "Invalid username or password" in str(error)
    assert "s3cret-word" not in repr(error)


@NAMED
def test_a_user_without_permissions_is_refused_before_the_first_record(doge, name):
    make_topic(doge.kafka, doge.name)
    error = failed(doge.at, name, patience=60)
    assert isinstance(error, RefusedError)
    assert doge.numbers() == []


@NAMED
def test_a_permission_that_is_revoked_during_a_run_ends_it(doge, name):
    make_topic(doge.kafka, doge.name)
    ensure_position_topic(doge)
    allow(doge.kafka, doge.name, name)
    client, deny = admin(doge.kafka), acl(ResourceType.TOPIC, doge.name, AclPermissionType.DENY)

    def deny_user():
        client.create_acls([deny])[deny].result()

    error = failed(doge.at, name, patience=60, stop=FaultMidRun(deny_user))
    assert not error.transient
    assert "uthorization failed" in str(error)
    assert doge.numbers() == ALL[: error.delivered if name is None else 20]
    kind = ResourcePatternType.LITERAL
    acl_filter = AclBindingFilter(
        deny.restype, deny.name, kind, deny.principal, deny.host, deny.operation, deny.permission_type
    )
    client.delete_acls([acl_filter])[acl_filter].result()
    if name:
        assert isinstance(error, RefusedError)
        run(doge.at, name, patience=60)
        assert doge.numbers() == ALL


def ensure_position_topic(topic):
    """Create the topic of positions, as a user who may."""
    run(on(topic.kafka, f"{topic.name}-other").at, f"other-{topic.name[-12:]}")


def change_password(broker, new):
    """Change the user's password, and restart the broker so that it takes effect."""
    broker.kill()
    settings = broker.folder / "server.properties"
    lines = settings.read_text().splitlines()
    changed = [
        f'{line.partition("user_doge=")[0]}user_doge="{new}";' if "user_doge=" in line else line for line in lines
    ]
    settings.write_text("\n".join(changed))
    broker.password = new
    broker.start()


@pytest.mark.slow
def test_credentials_that_change_during_a_run_end_it(broker, doge, run_id):
    """Both runs share a restart of the broker, which takes long."""
    with_id = Topic(doge.kafka, doge.to(topic=f"{doge.name}-named"))
    for topic in (doge, with_id):
        make_topic(topic.kafka, topic.name)
        allow(topic.kafka, topic.name, run_id)
    ensure_position_topic(doge)
    errors = []

    def fail_with_id():
        errors.append(
            failed(with_id.at, run_id, patience=60, stop=FaultMidRun(lambda: change_password(broker, "other")))
        )

    unnamed_error = failed(doge.at, patience=60, stop=FaultMidRun(fail_with_id))
    assert isinstance(errors[0], RefusedError)
    assert "Invalid username or password" in str(errors[0])
    assert isinstance(unnamed_error, DeliveryError)
    assert doge.numbers() == ALL[: unnamed_error.delivered]
    assert with_id.numbers() == BEFORE
    run(with_id.to(conf={"sasl.password": broker.password}), run_id, patience=60)
    assert with_id.numbers() == ALL


LARGE = "f'" + "{number:099d}" * 99 + "'"


@NAMED
def test_a_record_that_is_too_large_ends_the_run(killable_topic, name):
    make_topic(killable_topic.kafka, killable_topic.name, max_message_bytes="9000")
    fields = {"note": f"{LARGE} if number == 25 else 'small'"}
    plain = killable_topic.to(conf={"compression.type": "none"})
    error = failed(plain, name, fields=fields, patience=60)
    assert isinstance(error, DeliveryError)
    assert not error.transient
    assert "Message size too large (a record, or the client's batch of records, is larger than the topic's" in str(
        error
    )
    arrived = killable_topic.numbers()
    assert arrived == BEFORE if name else (len(arrived), 25 in arrived) == (error.delivered, False)
    set_topic(killable_topic.kafka, killable_topic.name, "max.message.bytes", "100000")
    if name:
        run(plain, name, fields=fields)
        assert killable_topic.numbers() == ALL


@NAMED
def test_a_value_that_json_cannot_represent_is_reported(killable_topic, name):
    error = failed(killable_topic.at, name, fields={"share": "1e308 * (10 if number == 25 else 1)"}, patience=60)
    assert isinstance(error, RecordError)
    assert "share" in str(error)
    assert killable_topic.numbers() == BEFORE


class Avro(Topic):
    """A topic with the numbers as Avro, in the registry's wire format."""

    def numbers(self):
        return [first_long(value[5:]) for value in self.values()]


def first_long(data):
    """The first field, in Avro's encoding: zigzag, seven bits per byte, lowest first."""
    number = 0
    for position, byte in enumerate(data):
        number |= (byte & 127) << 7 * position
        if byte < 128:
            return (number >> 1) ^ -(number & 1)
    raise AssertionError(data)


@pytest.fixture
def relay(schema_registry):
    """A proxy for the schema registry."""
    relay = Relay(urlsplit(schema_registry).port)
    yield relay
    relay.cut()


@pytest.fixture
def avro(killable_topic, relay, schema_registry):
    parts = urlsplit(schema_registry)
    url = parts._replace(netloc=f"doge:s3cret-word@127.0.0.1:{relay.port}").geturl()
    return Avro(killable_topic.kafka, killable_topic.to(format="avro", schema_registry=url))


@NAMED
def test_a_registry_that_is_down_at_the_start_is_unreachable(avro, relay, name):
    relay.cut()
    error = failed(avro.at, name)
    assert isinstance(error, UnreachableError)
    assert f"no schema registry answers at http://127.0.0.1:{relay.port}/" in str(error)
    assert "s3cret-word" not in str(error)
    assert avro.numbers() == []


@NAMED
def test_a_registry_that_starts_during_retries_is_used(avro, relay, name):
    relay.cut()
    retries = run_with_retries(avro.at, relay.open, name)
    assert set(retries.connection_errors) == {"UnreachableError"}
    assert avro.numbers() == ALL


@NAMED
def test_losing_the_registry_during_a_run_does_no_harm(avro, relay, name):
    run(avro.at, name, stop=FaultMidRun(relay.cut))
    assert avro.numbers() == ALL


@pytest.mark.slow
def test_of_two_runs_with_one_id_on_two_machines_the_second_continues(killable_topic, run_id, monkeypatch, tmp_path):
    def run_elsewhere():
        monkeypatch.setenv("DOGE_STATE_DIR", str(tmp_path / "other machine"))
        run(killable_topic.at, run_id)

    error = failed(killable_topic.at, run_id, patience=60, stop=FaultMidRun(run_elsewhere))
    assert type(error) is SinkError
    assert f"another process has taken over run {run_id!r}" in str(error)
    assert killable_topic.numbers() == ALL


@pytest.mark.slow
def test_of_two_runs_with_one_id_on_one_machine_the_second_is_refused(killable_topic, run_id):
    errors = []
    run(killable_topic.at, run_id, stop=FaultMidRun(lambda: errors.append(failed(killable_topic.at, run_id))))
    assert str(errors[0]).startswith(f"run {run_id}: another process on this machine is running it")
    assert killable_topic.numbers() == ALL
