"""A run to parts that is killed anywhere resumes and delivers every record once."""

from functools import partial

import pytest

from doge_datagen.model import Destination
from doge_datagen.sinks.registry import open_sink
from doge_datagen.sinks.testing.samples import SCHEMA, STREAM, batches_of, row_of, rows
from doge_datagen.sinks.transactional import Position
from tests.crashing import TIMEOUT, crash_at_every_step, left_between_steps
from tests.sinks.files.read_parts import by_names

OF = '{"model": "samples", "seed": 7}'
COMMITS = ((5, 3), (8, 0), (12, 2))
"""The position of each commit, and its number of records."""

pytestmark = pytest.mark.timeout(TIMEOUT)


def sizes(commits):
    return [count for _, count in COMMITS[:commits] if count]


def run(path, commits):
    """Run or resume; returns where it resumed."""
    batches = iter(batches_of(sizes(commits)))
    with open_sink(Destination.of(str(path)), STREAM, SCHEMA, run_id="nightly") as sink:
        sink.claim()
        position = sink.position()
        for ticks, count in COMMITS[:commits]:
            batch = next(batches) if count else None
            if position is None or ticks > position.ticks:
                if batch is not None:
                    sink.write(batch)
                sink.commit(Position(ticks, OF))
    return position


def commit(folder, name, commits, number):
    run(folder / str(number) / name, commits)


def check(folder, name, commits, number):
    path = folder / str(number) / name
    before = read(path)
    position = run(path, commits)
    assert position is None or (position.of, position.ticks) in [(OF, ticks) for ticks, _ in COMMITS[:commits]]
    there = sum(count for ticks, count in COMMITS[:commits] if position is not None and ticks <= position.ticks)
    assert before == rows(sizes(commits))[:there], "records and position do not belong together"
    assert read(path) == rows(sizes(commits)), "not every record is there once"
    assert run(path, commits) == Position(COMMITS[commits - 1][0], OF)
    assert sorted(it.name for it in path.iterdir() if it.name.startswith("_")) == ["_doge.json"]


def read(path):
    return [row_of(record) for record in by_names(path, path.suffix)]


def there(folder):
    """The contents of the folder."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.slow
@pytest.mark.parametrize(("name", "commits"), [("a.csv", 3), ("a.parquet", 1), ("a.jsonl", 1), ("a.avro", 1)], ids=str)
def test_a_run_killed_at_any_step_delivers_every_record_once(name, commits, tmp_path):
    """Other formats differ only in how a part is written."""
    killed = crash_at_every_step(partial(commit, tmp_path, name, commits), partial(check, tmp_path, name, commits))
    assert len(killed) > 20 * commits


@pytest.mark.parametrize("name", ["a.csv", "a.parquet", "a.jsonl", "a.avro"])
def test_only_steps_change_anything(name, tmp_path):
    path = tmp_path / "out" / name
    assert left_between_steps(partial(run, path, len(COMMITS)), partial(there, tmp_path)) == []
    assert read(path) == rows(sizes(len(COMMITS)))
