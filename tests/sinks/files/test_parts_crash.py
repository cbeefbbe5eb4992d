"""A run that is killed anywhere goes on with its parts, and has every record once."""

from functools import partial

import pytest

from doge_datagen.model import Place
from doge_datagen.sinks.batch_samples import SCHEMA, STREAM, batches_of, row_of, rows
from doge_datagen.sinks.committing import Position
from doge_datagen.sinks.files import folder_lock, on_disk, part_file, parts, records_file, run_folder, run_state
from doge_datagen.sinks.kinds import open_sink
from tests.crashing import crash_at_every_line
from tests.sinks.files.read_parts import by_names

COMMITTING = (parts, part_file, run_state)
ALL = (*COMMITTING, records_file, run_folder, folder_lock, on_disk)
OF = '{"model": "samples", "seed": 7}'
COMMITS = ((5, 3), (8, 0), (12, 2))
"""Where each leads, and how many records it has."""

SIZES = [count for _, count in COMMITS if count]


def run(path):
    """All of it, or what is left of it; where it went on."""
    batches = iter(batches_of(SIZES))
    with open_sink(Place.of(str(path)), STREAM, SCHEMA, run_id="nightly") as sink:
        sink.claim()
        position = sink.position()
        for ticks, count in COMMITS:
            batch = next(batches) if count else None
            if position is None or ticks > position.ticks:
                if batch is not None:
                    sink.write(batch)
                sink.commit(Position(ticks, OF))
    return position


def commit(folder, name, number):
    run(folder / str(number) / name)


def check(folder, name, number):
    path = folder / str(number) / name
    before = read(path)
    position = run(path)
    assert position is None or (position.of, position.ticks) in [(OF, ticks) for ticks, _ in COMMITS]
    there = sum(count for ticks, count in COMMITS if position is not None and ticks <= position.ticks)
    assert before == rows(SIZES)[:there], "records and position do not belong together"
    assert read(path) == rows(SIZES), "not every record is there once"
    assert run(path) == Position(12, OF)
    assert sorted(it.name for it in path.iterdir() if it.name.startswith("_")) == ["_doge.json"]


def read(path):
    return [row_of(record) for record in by_names(path, path.suffix)]


@pytest.mark.parametrize(
    ("name", "modules", "step"),
    [("a.csv", COMMITTING, 1), ("a.parquet", ALL, 13), ("a.jsonl", ALL, 31), ("a.avro", ALL, 31)],
    ids=["csv", "parquet", "jsonl", "avro"],
)
def test_a_run_that_is_killed_at_any_line_has_every_record_once(name, modules, step, tmp_path):
    """All lines in one format; the others, which differ by what they write, at some."""
    killed = crash_at_every_line(modules, partial(commit, tmp_path, name), partial(check, tmp_path, name), step=step)
    assert len(killed) > 140 / step
