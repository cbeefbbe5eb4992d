"""A folder of parts follows the rules of resumable sinks, and can be read by users' tools."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from doge_datagen.errors import DeliveryError, MissingDriverError, RecordError, SinkError, UnknownTargetError
from doge_datagen.model import Destination
from doge_datagen.sinks.files.paths import sync_folder
from doge_datagen.sinks.registry import open_sink
from doge_datagen.sinks.testing.samples import SCHEMA, STREAM, batches_of, row_of, rows
from doge_datagen.sinks.testing.transactions import COMMITTING_RULES, CommittingSinkUnderTest
from doge_datagen.sinks.transactional import Position
from tests.sinks.files.read_back import FILES
from tests.sinks.files.read_parts import by_dataset, by_duckdb, by_names, by_pandas, by_polars, schema_of
from tests.sinks.files.test_sink import files_of_at_most, text

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


def test_a_part_and_its_name_are_synced_to_disk(folder, monkeypatch):
    done, fsync, rename = [], os.fsync, Path.replace
    with claimed_sink(folder) as sink:
        monkeypatch.setattr(os, "fsync", lambda descriptor: done.append(synced(descriptor)) or fsync(descriptor))
        monkeypatch.setattr(Path, "replace", lambda old, new: done.append(new.name) or rename(old, new))
        commit(sink, 10, batches_of([3])[0])
    hidden = [f"_{name}.part" for name in ("doge.json", part(0, 10))]
    assert done == [hidden[0], "_doge.json", "a.csv", hidden[1], part(0, 10), "a.csv"]


def synced(descriptor):
    return Path(f"/proc/self/fd/{descriptor}").readlink().name


def test_created_folders_are_synced_to_disk(tmp_path, monkeypatch):
    done, fsync = [], os.fsync
    monkeypatch.setattr(os, "fsync", lambda descriptor: done.append(synced(descriptor)) or fsync(descriptor))
    opened(tmp_path / "one" / "two" / "a.csv").discard()
    assert done == [tmp_path.name, "one", "two"]


def test_a_system_that_cannot_sync_folders_is_accepted(tmp_path, monkeypatch):
    def refused(descriptor):
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr(os, "fsync", refused)
    sync_folder(tmp_path)


def test_a_failure_to_sync_the_folder_removes_the_part(folder, monkeypatch):
    def failed(descriptor):
        if Path(f"/proc/self/fd/{descriptor}").readlink() == folder:
            raise OSError(5, "Input/output error")

    ran(folder, 10)
    with claimed_sink(folder) as sink:
        monkeypatch.setattr(os, "fsync", failed)
        sink.write(batches_of([3])[0])
        with pytest.raises(DeliveryError, match="Input/output error"):
            sink.commit(Position(20, OF))
    assert names(folder) == ["_doge.json", part(0, 10)]


@pytest.mark.parametrize("name", FILES)
def test_a_full_disk_reports_what_is_missing_and_leaves_no_partial_files(name, tmp_path):
    path, ending = tmp_path / name, ENDINGS[name]
    ran(path, 10)
    with claimed_sink(path) as sink:
        (path / f"_{part(10, 20, ending)}.part").symlink_to("/dev/full")
        sink.write(batches_of([5])[0])
        with pytest.raises(DeliveryError, match=f"5 x {part(10, 20, ending)} cannot be written: .*No space") as caught:
            sink.commit(Position(20, OF))
        assert (caught.value.missing, caught.value.transient, sink.delivered) == (5, False, 0)
        with pytest.raises(SinkError, match="takes no more"):
            sink.commit(Position(20, OF))
    assert names(path) == ["_doge.json", part(0, 10, ending)]
    assert position_of(path) == Position(10, OF)


def test_a_full_disk_without_records_is_reported(folder):
    ran(folder, 10)
    with claimed_sink(folder) as sink:
        (folder / "_doge.json.part").symlink_to("/dev/full")
        with pytest.raises(SinkError, match=r"_doge\.json cannot be written: .*No space left"):
            sink.commit(Position(20, OF))
    assert names(folder) == ["_doge.json", part(0, 10)]
    assert position_of(folder) == Position(10, OF)


def test_closing_after_a_failed_commit_changes_nothing(folder):
    with claimed_sink(folder) as sink:
        commit(sink, 10)
        (folder / f"_{part(0, 20)}.part").symlink_to("/dev/full")
        sink.write(batches_of([3])[0])
        with pytest.raises(DeliveryError):
            sink.commit(Position(20, OF))
    assert names(folder) == ["_doge.json"]
    assert position_of(folder) == Position(10, OF)


def test_a_file_that_grows_too_large_is_an_error_and_is_removed(tmp_path):
    path = tmp_path / "a.parquet"
    with claimed_sink(path, schema=text(1).records.schema) as sink:
        sink.write(text(8000))
        with files_of_at_most(1000), pytest.raises(DeliveryError, match=r"8,000 of 8,000 .*File too large"):
            sink.commit(Position(20, OF))
    assert names(path) == ["_doge.json"]


@pytest.fixture
def tiny_disk(tmp_path):
    """A file system of 64 KB."""
    mounted = tmp_path / "disk"
    mounted.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", mounted]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.fail("this test needs a file system of its own, and this user may not mount any. Hint: run it as root")
    yield mounted
    subprocess.run(["umount", "--lazy", mounted], check=True)


@pytest.mark.parametrize("name", ["a.jsonl", "a.parquet"])
def test_a_run_that_a_full_disk_ended_resumes_when_there_is_room(name, tiny_disk):
    path, sizes = tiny_disk / "out" / name, (7, 100)
    ran(path, 1, sizes=sizes)
    filler = tiny_disk / "filler"
    with filler.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space"):  # noqa: PT012 - repeated until the disk is full
        while True:
            file.write(b"x" * 4096)
    with claimed_sink(path) as sink:
        sink.write(batches_of(sizes)[1])
        with pytest.raises(DeliveryError, match="No space left on device"):
            sink.commit(Position(2, OF))
    assert read(path) == rows([7])
    filler.unlink()
    with claimed_sink(path) as sink:
        assert sink.position() == Position(1, OF)
        commit(sink, 2, batches_of(sizes)[1])
    assert read(path) == rows(sizes)


def test_a_batch_with_different_fields_is_refused_and_leaves_nothing(path):
    with claimed_sink(path) as sink:
        sink.write(batches_of([3])[0])
        sink.write(text(1))
        with pytest.raises(RecordError, match="a batch has the fields text string, but the stream has record int64"):
            sink.commit(Position(10, OF))
    assert names(path) == ["_doge.json"]


def test_an_interrupted_commit_leaves_nothing(folder, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    ran(folder, 10)
    with claimed_sink(folder) as sink:
        sink.write(batches_of([3])[0])
        monkeypatch.setattr("doge_datagen.sinks.files.part_file.sync_folder", interrupted)
        with pytest.raises(KeyboardInterrupt):
            sink.commit(Position(20, OF))
    assert position_of(folder) == Position(10, OF)


@pytest.mark.parametrize("removable", [True, False])
def test_a_commit_is_gone_or_in_doubt_where_the_folder_cannot_be_synced(removable, folder, monkeypatch):
    def broken(*_, **__):
        raise OSError(5, "Input/output error")

    ran(folder, 10)
    with claimed_sink(folder) as sink, monkeypatch.context() as patched:
        sink.write(batches_of([3])[0])
        patched.setattr("doge_datagen.sinks.files.part_file.sync_folder", broken)
        if not removable:  # as on a disk that is read only from its first error on
            patched.setattr(Path, "unlink", broken)
        with pytest.raises(DeliveryError, match="3 of 3 records did not arrive") as caught:
            sink.commit(Position(20, OF))
    assert ("these records are in doubt" in str(caught.value)) is not removable
    assert position_of(folder) == Position(10 if removable else 20, OF)


def test_a_second_sink_is_refused_when_it_is_opened(path):
    with (
        opened(path),
        pytest.raises(SinkError, match=rf"another run is writing to {path}. Hint: wait for its end") as caught,
    ):
        opened(path)
    assert not caught.value.transient


@pytest.mark.slow
def test_a_second_process_is_refused_until_the_first_is_killed(folder):
    claim = f"from tests.sinks.files.test_transactions import *; claimed_sink(Path({str(folder)!r}))"
    program = f"{claim}; print(1, flush=True); input()"
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.read(2) == b"1\n"
        with pytest.raises(SinkError, match="another run is writing"):
            opened(folder)
        process.kill()
        process.wait()
        claimed_sink(folder).discard()


def test_a_lock_file_removed_during_the_wait_is_not_used(folder, monkeypatch):
    """Between the opening and the locking of the file, its holder ends and a third process takes the lock."""
    from doge_datagen.sinks.files import locks as system_lock  # noqa: PLC0415 - to break it

    first, lock, others = opened(folder), system_lock.lock, []

    def late(descriptor):
        monkeypatch.setattr(system_lock, "lock", lock)
        first.discard()
        others.append(opened(folder))
        lock(descriptor)

    monkeypatch.setattr(system_lock, "lock", late)
    with pytest.raises(SinkError, match="another run is writing"):
        opened(folder)
    others[0].discard()


@pytest.mark.parametrize("unlink", [Path.unlink, Path.rmdir], ids=["removed", "not removed, as on Windows"])
def test_a_forked_child_does_not_keep_the_lock(unlink, folder, monkeypatch):
    reading, writing = os.pipe()
    sink = opened(folder)
    child = os.fork()
    if not child:
        os.close(writing)
        os.read(reading, 1)
        os._exit(0)
    os.close(reading)
    try:
        with monkeypatch.context() as patched:
            patched.setattr(Path, "unlink", lambda path, **_: unlink(path))
            sink.discard()
        claimed_sink(folder).discard()
    finally:
        os.close(writing)
        os.waitpid(child, 0)


def test_a_run_that_never_started_leaves_no_folder(path):
    opened(path).discard()
    assert not path.exists()


def test_a_run_that_never_started_leaves_an_empty_folder_unchanged(path):
    path.mkdir()
    claimed_sink(path).discard()
    assert names(path) == []


def test_a_run_that_was_not_resumed_leaves_its_parts_unchanged(path):
    ran(path, 10)
    opened(path).discard()
    assert read(path) == rows([3])


def test_a_folder_of_another_run_is_refused_when_it_is_opened(folder):
    ran(folder, 10)
    with pytest.raises(
        UnknownTargetError, match=r"belongs to the run 'nightly', not 'daily'. Hint: name another path, or remove"
    ):
        opened(folder, "daily")
    assert names(folder) == ["_doge.json", part(0, 10)]


def test_a_folder_of_another_stream_is_refused_when_it_is_opened(folder):
    ran(folder, 10)
    message = (
        f"has the records of the stream '{STREAM}', not 'other'. Hint: name the path that this stream had, or a new one"
    )
    with pytest.raises(UnknownTargetError, match=message):
        open_sink(Destination("file", str(folder)), "other", SCHEMA, run_id="nightly")
    assert names(folder) == ["_doge.json", part(0, 10)]


@pytest.mark.parametrize("name", ["part-00000-c000.csv", part(0, 10), "notes.txt"])
def test_a_folder_with_other_files_is_refused(name, folder):
    folder.mkdir()
    (folder / name).write_text("")
    with pytest.raises(
        UnknownTargetError, match=rf"holds '{name}' but no _doge.json, so it is not of this run. Hint: name another"
    ):
        opened(folder)
    assert names(folder) == [name]


def test_a_file_at_the_path_is_reported_with_a_hint(path):
    path.write_text("")
    with pytest.raises(
        UnknownTargetError, match=rf"{path} is a file, and a run that can be resumed writes a folder .*. Hint: name"
    ):
        opened(path)


def test_a_pipe_at_the_path_is_refused_and_kept(path):
    os.mkfifo(path)
    with pytest.raises(UnknownTargetError, match=rf"{path} is a device or pipe, not a folder. Hint: name another path"):
        opened(path)
    assert path.is_fifo()


def test_the_parts_are_in_the_folder_that_a_link_points_to(path, tmp_path):
    path.symlink_to(tmp_path / "elsewhere")
    ran(path, 10)
    assert (path.is_symlink(), names(tmp_path / "elsewhere")) == (True, names(path))


def test_a_run_without_an_id_reports_a_folder_of_parts_at_its_path(path):
    ran(path, 10)
    with pytest.raises(
        UnknownTargetError, match=rf"{path} is a folder with the parts of a run that can be resumed .*. Hint: name"
    ):
        open_sink(Destination.of(str(path)), STREAM, SCHEMA)


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


def test_a_file_system_without_locks_is_reported(folder, monkeypatch):
    def none(descriptor):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("doge_datagen.sinks.files.locks.lock", none)
    with pytest.raises(
        SinkError, match=r"cannot be locked against a second run: .*not supported. Hint: name another path"
    ):
        opened(folder)
