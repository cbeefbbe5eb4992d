"""The banking program, run unchanged on real servers, whose contents are read back."""

import json
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from uuid import uuid4

import psycopg
import pytest
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

from doge_datagen import create_topics
from services import Kafka
from tests.examples.programs import EXAMPLES, copied, run

START, MINUTE, TICKS, USERS, LOAN = 1644549708000, 60000, 1000, 10, 10000
BEFORE = {
    "login": {None, "login", "close_loan_screen", "take_loan"},
    "open_loan_screen ": {"login", "close_loan_screen", "take_loan"},
    "close_loan_screen": {"open_loan_screen "},
    "take_loan": {"open_loan_screen "},
}
"""The possible previous clicks of a user for each click; the clickstream has no logout."""

VERBATIM = """\
datagen = DataOnlineGenerator(['offline', 'online', 'loan_screen'], 'offline', UserFactory(), 10, 60000, 1000, 1644549708000)
datagen.add_transition('income', 'offline', 'offline', 0.01,
                       action_callback=income_callback, event_sinks=[balance_sink])
datagen.add_transition('spending', 'offline', 'offline', 0.1,
                       action_callback=spending_callback, event_sinks=[trx_sink, balance_sink])
datagen.add_transition('login', 'offline', 'online', 0.1, event_sinks=[clickstream_sink])
datagen.add_transition('logout', 'online', 'offline', 70, event_sinks=[])
datagen.add_transition('open_loan_screen ', 'online', 'loan_screen', 30, event_sinks=[clickstream_sink])
datagen.add_transition('close_loan_screen', 'loan_screen', 'online', 40, event_sinks=[clickstream_sink])
datagen.add_transition('take_loan', 'loan_screen', 'online', 10,
                       action_callback=take_loan_callback, event_sinks=[clickstream_sink, loan_sink, balance_sink])
datagen.start()
"""  # noqa: E501 - as published

SEEDED = """\
import random, runpy
from doge_datagen import DataOnlineGenerator
DataOnlineGenerator.__init__.__kwdefaults__['seed'] = 3
random.seed(3)
runpy.run_path('banking.py', run_name='__main__')
"""
AS_IT_STANDS, WITH_A_SEED = ("banking.py",), ("-c", SEEDED)
"""The same program with a seed that leads to loans; about half of all runs have none."""


@dataclass(frozen=True)
class Record:
    """One record of a topic."""

    key: dict
    value: dict
    timestamp: int


@dataclass(frozen=True)
class Outcome:
    """The contents of topics and tables after a run, oldest first."""

    clickstream: list[Record]
    trx: list[Record]
    balance: list[dict]
    loan: list[dict]


@pytest.fixture(scope="module")
def broker():
    """A broker for this module only, as the program's topics have fixed names that others use too."""
    with Kafka() as running:
        yield running.bootstrap_servers


@pytest.fixture(scope="module", params=[AS_IT_STANDS, WITH_A_SEED], ids=["as it stands", "with a seed"])
def outcome(request, broker, schema_registry, database, tmp_path_factory):
    folder = copied("banking", tmp_path_factory.mktemp("examples"))
    new = create_topics(broker, ["clickstream", "trx"])
    begins = {topic: 0 if topic in new else end_of(broker, topic) for topic in ("clickstream", "trx")}
    schema = f"banking_{uuid4().hex[:12]}"
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
        connection.execute(f"SET search_path TO {schema}")
        connection.execute((folder / "tables.sql").read_text())
        servers = {"DOGE_KAFKA": broker, "DOGE_SCHEMA_REGISTRY": schema_registry}
        assert run(folder, *request.param, DOGE_DATABASE=in_schema(database, schema), **servers) == ""
        return Outcome(
            *(records(broker, schema_registry, topic, begin) for topic, begin in begins.items()),
            *(rows(connection, table) for table in ("balance", "loan")),
        )


def in_schema(database, schema):
    """The URL of the database with this schema first in the search path."""
    return f"{database}{'&' if '?' in database else '?'}options=-csearch_path%3D{schema}"


def end_of(broker, topic):
    consumer = Consumer({"bootstrap.servers": broker, "group.id": uuid4().hex})
    _, end = consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=10)
    consumer.close()
    return end


def records(broker, schema_registry, topic, begin):
    """The records written to the topic since ``begin``, decoded by the registry's schemas."""
    with SchemaRegistryClient({"url": schema_registry}) as registry:
        decode = AvroDeserializer(registry)

        def decoded(message):
            key = decode(message.key(), SerializationContext(topic, MessageField.KEY))
            value = decode(message.value(), SerializationContext(topic, MessageField.VALUE))
            return Record(key, value, message.timestamp()[1])

        return [decoded(message) for message in messages(broker, topic, begin)]


def messages(broker, topic, begin):
    left = end_of(broker, topic) - begin
    consumer = Consumer({"bootstrap.servers": broker, "group.id": uuid4().hex})
    consumer.assign([TopicPartition(topic, 0, begin)])
    for _ in range(left):
        message = consumer.poll(20)
        assert message is not None
        assert message.error() is None, message.error()
        yield message
    consumer.close()


def rows(connection, table):
    cursor = connection.execute(f"SELECT * FROM {table}")
    names = [column.name for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def shape(value):
    return [(name, type(it)) for name, it in value.items()]


def by_user(values):
    grouped = defaultdict(list)
    for value in values:
        grouped[value["user_id"]].append(value)
    return grouped


def values(stream):
    return [it.value if isinstance(it, Record) else it for it in stream]


def streams(outcome):
    return {name: values(getattr(outcome, name)) for name in ("clickstream", "trx", "balance", "loan")}


def test_the_program_is_exactly_the_published_one():
    assert VERBATIM in (EXAMPLES / "banking" / "banking.py").read_text()


def test_the_program_ends_by_starting_the_generator():
    assert (EXAMPLES / "banking" / "banking.py").read_text().endswith(f"{VERBATIM}# fmt: on\n")


@pytest.mark.slow
def test_records_and_rows_have_the_fields_of_the_expected_output_in_its_order(outcome):
    expected = dict(line.split(maxsplit=1) for line in (EXAMPLES / "banking" / "expected.txt").read_text().splitlines())
    for name, actual in streams(outcome).items():
        assert {tuple(shape(value)) for value in actual} <= {tuple(shape(json.loads(expected[name])))}, name


@pytest.mark.slow
def test_clicks_and_payments_are_in_time_order(outcome):
    for name, actual in streams(outcome).items():
        times = [value["timestamp"] for value in actual]
        assert times == sorted(times), name


def test_timestamps_are_those_of_ticks(outcome):
    for name, actual in streams(outcome).items():
        ticks = [divmod(value["timestamp"] - START, MINUTE) for value in actual]
        assert all(rest == 0 and 0 <= tick < TICKS for tick, rest in ticks), name


def test_a_record_is_dated_by_its_event_and_keyed_by_its_user(outcome):
    for record in (*outcome.clickstream, *outcome.trx):
        assert record.timestamp == record.value["timestamp"]
        assert record.key == {"user_id": record.value["user_id"]}


def test_users_are_numbered_from_0(outcome):
    known = {str(number) for number in range(USERS)}
    for name, actual in streams(outcome).items():
        assert {value["user_id"] for value in actual} <= known, name


def test_a_user_clicks_only_what_is_on_the_screen(outcome):
    for clicks in by_user(values(outcome.clickstream)).values():
        triggers = [None, *(click["event"] for click in clicks)]
        for before, trigger in pairwise(triggers):
            assert before in BEFORE[trigger], triggers


def test_a_user_clicks_at_most_once_per_tick(outcome):
    clicks = [(click["user_id"], click["timestamp"]) for click in values(outcome.clickstream)]
    assert len(clicks) == len(set(clicks))


def test_each_loan_is_a_click_a_row_in_loan_and_a_row_in_balance(outcome):
    clicks = values(outcome.clickstream)
    taken = {(click["user_id"], click["timestamp"]) for click in clicks if click["event"] == "take_loan"}
    assert sorted(taken) == sorted((row["user_id"], row["timestamp"]) for row in outcome.loan)
    assert taken <= {(row["user_id"], row["timestamp"]) for row in outcome.balance}


def test_the_nth_loan_of_a_user_gives_n_times_the_amount(outcome):
    for loans in by_user(outcome.loan).values():
        assert [row["loan"] for row in loans] == [LOAN * (number + 1) for number in range(len(loans))]


def test_each_balance_is_the_previous_one_changed_by_a_payment_a_loan_or_an_income(outcome):
    paid = {(value["user_id"], value["timestamp"]): value["amount"] for value in values(outcome.trx)}
    lent = {(value["user_id"], value["timestamp"]) for value in outcome.loan}
    explained = set()
    for user, balances in by_user(outcome.balance).items():
        for number, row in enumerate(balances):
            event = user, row["timestamp"]
            explained.add(event)
            change = row["balance"] - balances[number - 1]["balance"] if number else None
            assert fits(change, row["balance"], paid.get(event), event in lent), (user, number, balances)
    assert paid.keys() <= explained


def fits(change, balance, payment, loan):
    """Whether a change of balance is possible; a user's initial balance is between 0 and 999."""
    if payment is not None:
        return 10 <= payment < 100 and balance >= 0 and (change == -payment if change is not None else balance < 1000)
    least, most = (LOAN, LOAN) if loan else (500, 1999)
    return least <= change <= most if change is not None else least <= balance < most + 1000


@pytest.mark.slow
@pytest.mark.parametrize("outcome", [WITH_A_SEED], ids=["with a seed"], indirect=True)
def test_every_stream_has_records(outcome):
    assert all(streams(outcome).values())
