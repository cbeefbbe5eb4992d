"""Fixtures for real servers: one set per test run, each started when a test first needs it."""

import re
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from services import Owner, Postgres, ServiceError, address, programs

FOLDER = pytest.StashKey[Path]()
OWNER = pytest.StashKey[Owner]()
XDIST_KEY = "servers_folder"

Provided = TypeVar("Provided")


def pytest_configure(config: pytest.Config) -> None:
    """Let the main process own the servers; under xdist, its workers get their addresses."""
    worker_input = getattr(config, "workerinput", None)
    if worker_input is None:
        owner = Owner()
        config.stash[OWNER] = owner
        config.stash[FOLDER] = owner.folder
    else:
        config.stash[FOLDER] = Path(worker_input[XDIST_KEY])


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:  # Any: a class of xdist, which may not be installed
    """Pass a worker the addresses of the servers."""
    node.workerinput[XDIST_KEY] = str(node.config.stash[FOLDER])


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the servers and wait until they have stopped."""
    if owner := config.stash.get(OWNER, None):
        owner.close()


@pytest.fixture(scope="session")
def kafka(pytestconfig: pytest.Config) -> str:
    """The bootstrap servers of a Kafka broker."""
    return _address("kafka", pytestconfig)


@pytest.fixture(scope="session")
def schema_registry(pytestconfig: pytest.Config) -> str:
    """The URL of a schema registry."""
    return _address("schema_registry", pytestconfig)


@pytest.fixture(scope="session")
def database(pytestconfig: pytest.Config) -> str:
    """The URL of a PostgreSQL database."""
    return _address("database", pytestconfig)


@pytest.fixture(scope="module")
def postgres_of_module() -> Iterator[Postgres]:
    """A PostgreSQL that no other module uses."""
    with Postgres() as server:
        yield server


@pytest.fixture
def server(postgres_of_module: Postgres) -> Postgres:
    """The same server, running; a test may kill it."""
    postgres_of_module.start()
    return postgres_of_module


@pytest.fixture(scope="session")
def dot() -> Path:
    """The path of Graphviz's ``dot``."""
    return _provided(programs.graphviz)


@pytest.fixture
def topic(request: pytest.FixtureRequest) -> str:
    """The name of a topic that does not exist yet."""
    return _unique_name(request)


@pytest.fixture
def table_name(request: pytest.FixtureRequest) -> str:
    """The name of a table that does not exist yet, in lower case."""
    return _unique_name(request)


def _address(name: str, config: pytest.Config) -> str:
    return _provided(lambda: address(name, config.stash[FOLDER]))


def _provided(provide: Callable[[], Provided]) -> Provided:
    try:
        return provide()
    except ServiceError as error:
        pytest.fail(str(error), pytrace=False)


def _unique_name(request: pytest.FixtureRequest) -> str:
    # Short enough for a PostgreSQL table (63), and shows in a log which test it belongs to.
    test = re.sub(r"[^a-z0-9]+", "_", request.node.name.lower())[:40]
    return f"{test}_{uuid.uuid4().hex[:12]}"
