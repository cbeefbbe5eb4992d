"""Databases that hold the samples of a run, and commits to them."""

import pytest

from doge_datagen.sinks.testing.samples import batches_of
from doge_datagen.sinks.testing.transactions import RUN
from doge_datagen.sinks.transactional import Position
from tests.sinks.committing_databases import DATABASES, postgresql, postgresql_at

SIZES = (3, 2, 4)
BATCHES = batches_of(SIZES)
COLUMNS = "record BIGINT, amount BIGINT, rate FLOAT8, settled BOOLEAN, note TEXT, happened TIMESTAMPTZ"


@pytest.fixture(params=DATABASES, ids=lambda database: database.__name__)
def place(request):
    return request.param(request)


@pytest.fixture
def server(request):
    """A table in PostgreSQL; the connections to it are named like the table."""
    place = postgresql(request)
    return postgresql_at(f"{place.url}?application_name={place.table}", place.table)


def commit(sink, number):
    """Write and commit one of the batches."""
    sink.write(BATCHES[number])
    sink.commit(Position(number + 1, RUN))
