"""Servers that hang: they keep their connections and do not answer."""

import json
import logging
import re
from contextlib import contextmanager

import psycopg
import pytest

from doge_datagen.errors import DeliveryError, UnreachableError
from services import Kafka
from services.registry import SchemaRegistry
from tests.faults.runs import ALL, BEFORE, FaultMidRun, failed, run
from tests.sinks.committed import read_committed

AT_LEAST_FIVE = r"for ([5-9]|1\d) s"
"""Even without patience, a run waits for five seconds; on a busy machine it may take longer."""


class Topic:
    def __init__(self, server, name):
        self.server = server
        self.at = {"kafka": server.bootstrap_servers, "topic": name}

    def numbers(self):
        return [
            json.loads(record.value)["number"]
            for record in read_committed(self.server.bootstrap_servers, self.at["topic"])
        ]


class Table:
    def __init__(self, server, name):
        self.server = server
        self.at = {"database": server.url, "table": name}

    def numbers(self):
        with psycopg.connect(self.server.url) as connection:
            return [row[0] for row in connection.execute(f'SELECT number FROM "{self.at["table"]}" ORDER BY number')]


@pytest.fixture(scope="module")
def kafka_of_module():
    with Kafka() as server:
        yield server


@pytest.fixture(params=["kafka_of_module", "postgres_of_module"])
def destination(request, topic):
    """A destination on a server that a test may freeze."""
    server = request.getfixturevalue(request.param)
    yield (Topic if isinstance(server, Kafka) else Table)(server, topic)
    server.thaw()


@pytest.fixture
def run_id(topic):
    return f"run-{topic[-12:]}"


@pytest.mark.slow
def test_a_run_with_an_id_waits_as_long_as_its_patience(destination, run_id):
    error = failed(destination.at, run_id, patience=0, stop=FaultMidRun(destination.server.freeze))
    destination.server.thaw()
    assert isinstance(error, UnreachableError)
    assert re.search(AT_LEAST_FIVE, str(error)), error
    run(destination.at, run_id, patience=60)
    assert destination.numbers() == ALL


@contextmanager
def thawed_once_reported(server):
    """Thaw the server as soon as a warning says that the run waits for it; yields the messages."""
    messages = []

    class Listener(logging.Handler):
        def emit(self, record):
            if not messages:
                server.thaw()
            messages.append(record.getMessage())

    listener, log = Listener(), logging.getLogger("doge_datagen.sinks.server_wait")
    log.addHandler(listener)
    try:
        yield messages
    finally:
        log.removeHandler(listener)


@pytest.mark.parametrize("named", [False, True], ids=["without a run id", "with a run id"])
def test_a_server_that_answers_again_in_time_is_reported_and_the_run_continues(destination, run_id, named):
    with thawed_once_reported(destination.server) as messages:
        run(destination.at, run_id if named else None, patience=60, stop=FaultMidRun(destination.server.freeze))
    assert re.search(r"the server has not answered for \d+ s; waiting", messages[0])
    assert re.search(r"resumed after \d+ s", messages[-1])
    assert destination.numbers() == ALL


def test_a_run_without_an_id_does_not_wait_for_a_database_forever(postgres_of_module, table_name):
    table = Table(postgres_of_module, table_name)
    error = failed(table.at, patience=0, stop=FaultMidRun(postgres_of_module.freeze))
    postgres_of_module.thaw()
    assert isinstance(error, DeliveryError)
    assert error.transient
    assert re.search(f"the server has not answered {AT_LEAST_FIVE}", str(error))
    assert table.numbers() == BEFORE == ALL[: error.delivered]


def test_a_run_that_is_stopped_does_not_wait_long(destination, run_id):
    stop = FaultMidRun(destination.server.freeze, stop_run=True)
    error = failed(destination.at, run_id, patience=3600, commit_every=3600, stop=stop)
    destination.server.thaw()
    assert isinstance(error, UnreachableError)
    assert re.search(AT_LEAST_FIVE, str(error)), error
    assert error.report.sinks[0].delivered == len(destination.numbers()) == 0


@pytest.mark.slow
def test_stopping_a_run_without_an_id_reports_what_did_not_arrive(kafka_of_module, topic):
    stop = FaultMidRun(kafka_of_module.freeze, stop_run=True, windows=1)  # whose records cannot have arrived
    error = failed(Topic(kafka_of_module, topic).at, patience=3600, stop=stop)
    kafka_of_module.thaw()
    assert isinstance(error, DeliveryError)
    assert error.accepted == len(BEFORE) + 10
    assert "when the run was to end, as no broker answered" in str(error)
    assert error.missing == sum(error.causes.values()) == error.accepted - error.delivered >= 10


@pytest.mark.slow
def test_a_run_waits_for_a_registry_that_does_not_answer_as_long_as_its_patience(kafka_of_module, topic, run_id):
    with SchemaRegistry() as registry:
        at = {"kafka": kafka_of_module.bootstrap_servers, "topic": topic, "format": "avro"}
        registry.freeze()
        error = failed({**at, "schema_registry": registry.url}, run_id, patience=0)
        registry.thaw()
    assert isinstance(error, UnreachableError)
    assert re.search(AT_LEAST_FIVE, str(error)), error
