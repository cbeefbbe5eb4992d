"""A folder of parts follows the rules of resumable sinks, and can be read by users' tools."""

import json
import sys

import pytest

from doge_datagen.errors import MissingDriverError, RecordError, SinkError
from doge_datagen.sinks.testing.samples import SCHEMA, STREAM, batches_of, row_of, rows
from doge_datagen.sinks.testing.transactions import COMMITTING_RULES, CommittingSinkUnderTest
from doge_datagen.sinks.transactional import Position
from tests.sinks.files.part_folders import (
    ENDINGS,
    OF,
    claimed_sink,
    commit,
    folder,
    names,
    opened,
    part,
    path,
    position_of,
    ran,
    read,
)
from tests.sinks.files.read_parts import by_dataset, by_duckdb, by_pandas, by_polars, schema_of
from tests.sinks.files.test_sink import text

__all__ = ["folder", "path"]  # fixtures


@pytest.mark.parametrize("rule", COMMITTING_RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("name", ["a.jsonl", "a.ndjson.gz", "a.csv", "a.csv.zst", "a.parquet", "a.arrow", "a.avro"])
def test_every_format_follows_the_rule(rule, name, tmp_path):
    path = tmp_path / "new" / name
    rule(
        CommittingSinkUnderTest(
            make=lambda run_id: opened(path, run_id), read=lambda: read(path), excludes=True, shared=False
        )
    )


READERS = {
    "arrow's dataset": lambda path: by_dataset(path, "parquet"),
    "duckdb": lambda path: by_duckdb(path, ".parquet"),
    "pandas": by_pandas,
    "polars": lambda path: by_polars(path, ".parquet"),
}


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
def test_readers_see_only_committed_parts_while_the_next_one_is_written(reader, tmp_path):
    path = tmp_path / "a.parquet"
    ran(path, 10, 20)
    with claimed_sink(path):
        (path / f"_{part(20, 30, '.parquet')}.part").write_bytes(b"half")
        assert [row_of(record) for record in reader(path)] == rows((3, 2))


def test_other_files_have_names_that_readers_ignore(path):
    with claimed_sink(path) as sink:
        commit(sink, 10, batches_of([3])[0])
        assert [name for name in names(path) if not name.startswith("_")] == [part(0, 10, ENDINGS[path.name])]


@pytest.mark.parametrize(
    ("name", "options", "ending"),
    [
        ("a.NDJSON.GZ", {}, ".ndjson.gz"),
        ("a.jsonl", {"compression": "gzip"}, ".jsonl.gz"),
        ("records", {"format": "csv"}, ".csv"),
        ("a.txt", {"format": "jsonl", "compression": "zstd"}, ".jsonl.zst"),
        ("a.pq", {"compression": "snappy"}, ".pq"),
    ],
)
def test_the_ending_of_a_part_shows_format_and_compression(name, options, ending, tmp_path):
    with claimed_sink(tmp_path / name, **options) as sink:
        commit(sink, 10, batches_of([3])[0])
    assert names(tmp_path / name) == ["_doge.json", part(0, 10, ending)]


def test_parts_are_contiguous_despite_empty_commits(folder):
    with claimed_sink(folder) as sink:
        commit(sink, 5)
        commit(sink, 10, batches_of([3])[0])
        commit(sink, 15)
        commit(sink, 1_000_000_000, batches_of([3])[0])
    assert names(folder) == ["_doge.json", part(0, 10), part(10, 1_000_000_000)]


@pytest.mark.parametrize(("ends", "empty", "ticks"), [((10,), None, 10), ((10, 20), None, 20), ((10,), 15, 15)])
def test_the_position_follows_from_parts_and_empty_commits(ends, empty, ticks, folder):
    ran(folder, *ends)
    if empty:
        with claimed_sink(folder) as sink:
            commit(sink, empty)
    assert position_of(folder) == Position(ticks, OF)


def test_the_identity_of_the_run_is_that_of_the_last_commit(folder):
    ran(folder, 10)
    with claimed_sink(folder) as sink:
        sink.write(batches_of([3])[0])
        sink.commit(Position(20, "another"))
    assert position_of(folder) == Position(20, "another")


def test_a_removed_last_part_is_generated_again(folder):
    ran(folder, 10, 20)
    (folder / part(10, 20)).unlink()
    assert position_of(folder) == Position(10, OF)


@pytest.mark.parametrize(
    ("removed", "message"), [(part(0, 10), "from tick 0 on are missing"), (part(10, 20), "from tick 10 on are missing")]
)
def test_a_removed_part_is_detected(removed, message, folder):
    ran(folder, 10, 20, 30)
    (folder / removed).unlink()
    with pytest.raises(
        SinkError, match=rf"^file .*a.csv: .*{message} before part-.*. Hint: put back what was taken away"
    ):
        claimed_sink(folder)


def test_a_removed_last_part_is_detected_if_the_run_continued_after_it(folder):
    with claimed_sink(folder) as sink:
        commit(sink, 10, batches_of([3])[0])
        commit(sink, 20)
    (folder / part(0, 10)).unlink()
    with pytest.raises(SinkError, match=r"the records from tick 0 to 10 are missing. Hint: put their parts back"):
        claimed_sink(folder)


def test_an_unexpected_part_is_reported(folder):
    ran(folder, 10, 20)
    (folder / part(10, 15)).write_text("")
    with pytest.raises(SinkError, match=f"{part(10, 20)} has records that other parts have too, up to tick 15"):
        claimed_sink(folder)


def test_parts_of_another_format_are_reported(tmp_path):
    with claimed_sink(tmp_path / "records", format="csv") as sink:
        commit(sink, 10, batches_of([3])[0])
    with pytest.raises(SinkError, match=r"is not \.jsonl: format or compression were others. Hint: set them back"):
        claimed_sink(tmp_path / "records", format="jsonl")


def test_leftovers_of_a_killed_process_are_removed(path):
    ran(path, 10)
    for left in (f"_{part(10, 20, ENDINGS[path.name])}.part", "_doge.json.part", "_doge.lock"):
        (path / left).write_text("half" * 100)
    with claimed_sink(path) as sink:
        assert names(path) == ["_doge.json", "_doge.lock", part(0, 10, ENDINGS[path.name])]
        assert sink.position() == Position(10, OF)
    assert names(path) == ["_doge.json", part(0, 10, ENDINGS[path.name])]


def test_hidden_files_of_others_are_kept(folder):
    ran(folder, 10)
    (folder / "_SUCCESS").write_text("")
    (folder / "_notes.part").write_text("")
    assert position_of(folder) == Position(10, OF)
    assert {"_SUCCESS", "_notes.part"} < set(names(folder))


def test_a_repeated_commit_does_nothing(path):
    with claimed_sink(path) as sink:
        batch = batches_of([3])[0]
        for ticks, batches in [(10, [batch]), (10, [batch]), (20, []), (20, []), (30, [batch]), (30, [batch])]:
            commit(sink, ticks, *batches)
    assert len(read(path)) == 6


def test_a_commit_cannot_go_back(folder):
    with claimed_sink(folder) as sink:
        commit(sink, 10, batches_of([3])[0])
        sink.write(batches_of([3])[0])
        with pytest.raises(SinkError, match="is at tick 10 already; a commit cannot lead to 9"):
            sink.commit(Position(9, OF))


def test_a_run_without_records_leaves_a_schema_for_readers(tmp_path):
    path = tmp_path / "a.parquet"
    with claimed_sink(path) as sink:
        commit(sink, 10)
        assert names(path) == ["_doge.json", "_doge.lock"]
    assert names(path) == ["_doge.json", part(0, 10, ".parquet")]
    assert schema_of(path, "parquet").equals(SCHEMA)
    assert position_of(path) == Position(10, OF)


def test_a_run_without_records_so_far_resumes(path):
    with claimed_sink(path) as sink:
        commit(sink, 10)
    with claimed_sink(path) as sink:
        commit(sink, 20, batches_of([3])[0])
    assert read(path) == rows([3])


def test_a_batch_with_different_fields_is_refused_and_leaves_nothing(path):
    with claimed_sink(path) as sink:
        sink.write(batches_of([3])[0])
        sink.write(text(1))
        with pytest.raises(RecordError, match="a batch has the fields text string, but the stream has record int64"):
            sink.commit(Position(10, OF))
    assert names(path) == ["_doge.json"]


def test_the_parts_are_in_the_folder_that_a_link_points_to(path, tmp_path):
    path.symlink_to(tmp_path / "elsewhere")
    ran(path, 10)
    assert (path.is_symlink(), names(tmp_path / "elsewhere")) == (True, names(path))


@pytest.mark.parametrize("content", ["", "{", "[]", "3", '{"run": "nightly"}', '{"run": "nightly", "of": 3}'])
def test_an_invalid_state_is_reported_with_a_hint(content, folder):
    ran(folder, 10)
    (folder / "_doge.json").write_text(content)
    with pytest.raises(
        SinkError, match=r"_doge\.json is not as a run left it: .*. Hint: put it back, or remove the folder"
    ):
        opened(folder)


@pytest.mark.parametrize("ticks", ["7.5", '"7"', "true", "-1"])
def test_a_state_with_invalid_ticks_is_reported(ticks, folder):
    ran(folder, 10)
    (folder / "_doge.json").write_text(f'{{"run": "nightly", "stream": "s", "of": "", "ticks": {ticks}, "parts": 0}}')
    with pytest.raises(SinkError, match="is not as a run left it"):
        opened(folder)


def test_the_state_is_readable_json(folder):
    with claimed_sink(folder) as sink:
        commit(sink, 10, batches_of([3])[0])
        commit(sink, 20)
    assert json.loads((folder / "_doge.json").read_text()) == {
        "run": "nightly",
        "stream": STREAM,
        "of": OF,
        "ticks": 20,
        "parts": 10,
    }


@pytest.mark.parametrize(("name", "package"), [("a.jsonl", "polars"), ("a.avro", "pyruhvro")])
def test_a_missing_package_is_reported_when_the_sink_is_opened_and_leaves_nothing(name, package, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingDriverError):
        opened(tmp_path / name)
    assert names(tmp_path) == []
