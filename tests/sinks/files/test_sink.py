"""Rules for files of every format."""

import os
import resource
import signal
import sys
from contextlib import contextmanager
from dataclasses import replace
from hashlib import shake_256

import pyarrow as pa
import pytest

from doge_datagen.batch import Batch
from doge_datagen.errors import DeliveryError, MissingDriverError, RecordError, SinkError, UnknownTargetError
from doge_datagen.model import Destination
from doge_datagen.sinks.files.formats import compression_of, format_of
from doge_datagen.sinks.files.sink import FileBatchSink
from doge_datagen.sinks.registry import open_sink
from doge_datagen.sinks.sink_kind import SinkContext
from doge_datagen.sinks.testing.samples import SCHEMA, STREAM, UTC_MS, batches_of
from tests.sinks.files.read_back import FILES, read_back

TEXT = pa.schema({"text": pa.string()})


@pytest.fixture(params=FILES)
def path(request, tmp_path):
    return tmp_path / request.param


def part(path):
    return path.with_name(f"{path.name}.part")


def opened(path, schema=SCHEMA):
    return open_sink(Destination.of(str(path)), STREAM, schema)


def text(count):
    """A batch with the given number of thousands of letters, which hardly compress."""
    letters = shake_256(b"letters").hexdigest(count * 500)
    texts = [letters[first : first + 1000] for first in range(0, len(letters), 1000)]
    return Batch(pa.record_batch({"text": texts}), pa.array([0] * count, UTC_MS))


@contextmanager
def files_of_at_most(size):
    """Let the kernel refuse larger files, as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_until_close_only_the_part_is_there_and_nothing_is_delivered(path):
    sink = opened(path)
    sink.write(batches_of([3])[0])
    assert (path.exists(), part(path).exists(), sink.delivered) == (False, True, 0)
    sink.close()
    assert (path.exists(), part(path).exists(), sink.delivered) == (True, False, 3)


def test_an_older_file_is_kept_until_close(path):
    path.write_text("old")
    with opened(path) as sink:
        sink.write(batches_of([3])[0])
        assert path.read_text() == "old"
    assert len(read_back(path)) == 3


def test_missing_folders_are_created(tmp_path, path):
    opened(tmp_path / "a" / "b" / path.name).close()
    assert read_back(tmp_path / "a" / "b" / path.name) == []


def test_a_part_left_by_a_killed_run_is_overwritten(path):
    part(path).write_text("half" * 100_000)
    opened(path).close()
    assert read_back(path) == []


def test_the_same_records_give_the_same_bytes(path, tmp_path):
    def created(name):
        with opened(tmp_path / name / path.name) as sink:
            for batch in batches_of([50, 3]):
                sink.write(batch)
        return (tmp_path / name / path.name).read_bytes()

    assert created("once") == created("again")


def test_a_folder_at_the_path_is_reported_when_the_sink_is_opened(path):
    path.mkdir()
    with pytest.raises(UnknownTargetError, match=r"is a folder. Hint: name another path") as caught:
        opened(path)
    assert isinstance(caught.value.__cause__, IsADirectoryError)


def test_a_file_in_place_of_a_folder_is_reported_when_the_sink_is_opened(tmp_path, path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UnknownTargetError, match=rf"{tmp_path}/file is a file, not a folder. Hint: name another path"):
        opened(tmp_path / "file" / path.name)


def test_a_full_disk_at_close_reports_that_nothing_was_delivered(path):
    part(path).symlink_to("/dev/full")
    sink = opened(path)
    sink.write(batches_of([3])[0])
    with pytest.raises(DeliveryError, match="No space left on device") as caught:
        sink.close()
    assert (caught.value.accepted, caught.value.delivered, caught.value.missing) == (3, 0, 3)
    assert isinstance(caught.value.__cause__, OSError)
    sink.close()
    assert not path.exists()


def test_a_full_disk_during_write_reports_that_nothing_was_delivered(path):
    sink, batch, written = opened(path, TEXT), text(8000), 0
    with files_of_at_most(1000), pytest.raises(DeliveryError, match="File too large") as caught:  # noqa: PT012 - any of the writes may raise
        while written < 20:
            written += 1
            sink.write(batch)
    assert caught.value.missing == written * 8000
    sink.close()
    assert sink.delivered == 0
    assert not path.exists()


def test_after_an_error_nothing_is_accepted(path):
    part(path).symlink_to("/dev/full")
    sink = opened(path)
    sink.write(batches_of([3])[0])
    with pytest.raises(DeliveryError):
        sink.close()
    with pytest.raises(SinkError, match="takes no more"):
        sink.write(batches_of([3])[0])


def test_a_batch_with_different_fields_is_refused_and_earlier_ones_are_kept(path):
    sink = opened(path)
    sink.write(batches_of([3])[0])
    with pytest.raises(RecordError, match="a batch has the fields text string, but the stream has record int64"):
        sink.write(text(1))
    sink.close()
    assert len(read_back(path)) == sink.delivered == 3


def test_nullability_of_the_schema_does_not_matter(path):
    (batch,) = batches_of([3])
    records = pa.RecordBatch.from_arrays(batch.records.columns, names=SCHEMA.names)
    with opened(path) as sink:
        sink.write(Batch(records, batch.timestamps))
    assert len(read_back(path)) == 3


def test_an_interrupted_file_does_not_get_its_final_name(path):
    kind = format_of(str(path), None, "")

    class Interrupted(kind.writer):
        def write(self, records):
            raise KeyboardInterrupt

    compression = compression_of(str(path), kind, None, "")
    sink = FileBatchSink(SinkContext(STREAM, TEXT, str(path)), replace(kind, writer=Interrupted), compression)
    sink.write(text(3))
    with pytest.raises(KeyboardInterrupt):
        sink.close()
    sink.close()
    assert (path.exists(), sink.delivered) == (False, 0)


@pytest.mark.parametrize(
    ("name", "package", "extra"),
    [("a.jsonl", "polars", "json"), ("a.avro", "fastavro.write", "avro"), ("a.avro", "pyruhvro", "avro")],
)
def test_a_missing_package_is_named_with_its_extra_and_leaves_nothing(name, package, extra, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingDriverError) as caught:
        opened(tmp_path / name)
    assert caught.value.extra == extra
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_never_started_leaves_an_older_file_unchanged(path):
    path.write_bytes(b"older")
    sink = opened(path)
    sink.discard()
    assert path.read_bytes() == b"older"
    assert not part(path).exists()
    with pytest.raises(SinkError):
        sink.write(text(1))


def test_a_pipe_is_refused_and_kept(path):
    os.mkfifo(path)
    with pytest.raises(UnknownTargetError, match=r"is a device or pipe. Hint: name a file"):
        opened(path)
    assert (path.is_fifo(), part(path).exists()) == (True, False)


def test_a_link_to_a_missing_file_stays_a_link(path, tmp_path):
    real = tmp_path / "elsewhere" / path.name
    path.symlink_to(real)
    with opened(path) as sink:
        sink.write(batches_of([3])[0])
    assert (path.is_symlink(), len(read_back(real))) == (True, 3)
