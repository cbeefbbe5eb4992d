"""Folders of parts that tests open, commit to and read."""

import pytest

from doge_datagen.model import Destination
from doge_datagen.sinks.registry import open_sink
from doge_datagen.sinks.testing.samples import SCHEMA, STREAM, batches_of, row_of
from doge_datagen.sinks.transactional import Position
from tests.sinks.files.read_back import FILES
from tests.sinks.files.read_parts import by_names

OF = '{"model": "samples", "seed": 7}'
ENDINGS = {name: name.removeprefix("a") for name in FILES}


@pytest.fixture(params=FILES)
def path(request, tmp_path):
    return tmp_path / request.param


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "a.csv"


def opened(path, run_id="nightly", schema=SCHEMA, **options):
    return open_sink(Destination("file", str(path), options), STREAM, schema, run_id=run_id)


def claimed_sink(path, run_id="nightly", schema=SCHEMA, **options):
    sink = opened(path, run_id, schema, **options)
    try:
        sink.claim()
    except BaseException:
        sink.discard()
        raise
    return sink


def commit(sink, ticks, *batches):
    for batch in batches:
        sink.write(batch)
    sink.commit(Position(ticks, OF))


def ran(path, *ticks, sizes=(3, 2, 4)):
    """A folder with a part up to each of these ticks."""
    with claimed_sink(path) as sink:
        for number, end in enumerate(ticks):
            commit(sink, end, batches_of(sizes)[number])


def position_of(path):
    with claimed_sink(path) as sink:
        return sink.position()


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def part(start, end, ending=".csv"):
    return f"part-{start:015}-{end:015}{ending}"


def read(path):
    return [row_of(record) for record in by_names(path, ENDINGS[path.name])]
