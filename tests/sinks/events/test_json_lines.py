import datetime as dt
import json
import os
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doge_datagen.errors import DeliveryError, RecordError, SinkError, UnknownTargetError
from doge_datagen.model import Destination, Transition
from doge_datagen.sinks.events.json_lines import JsonLinesSink
from doge_datagen.sinks.registry import open_sink

LOGIN = Transition("login", "offline", "online", 1)
ITSELF = {}
ITSELF["me"] = ITSELF


def value(timestamp, subject, transition):
    return {"user_id": str(subject), "event": transition.trigger, "timestamp": timestamp}


def subject_itself(timestamp, subject, transition):
    return subject


@pytest.fixture
def path(tmp_path):
    return tmp_path / "events.jsonl"


def part(path):
    return path.with_name("events.jsonl.part")


def write(path, *objects):
    with JsonLinesSink(path, subject_itself) as sink:
        for each in objects:
            sink.collect(0, each, LOGIN)


def test_a_line_is_a_compact_object_in_the_order_of_the_function(path):
    with JsonLinesSink(path, value) as sink:
        sink.collect(1644549768000, 7, LOGIN)
    assert path.read_bytes() == b'{"user_id":"7","event":"login","timestamp":1644549768000}\n'


def test_text_is_utf_8_and_not_escaped(path):
    write(path, {"name": "Zoë 🐕"})
    assert path.read_bytes() == '{"name":"Zoë 🐕"}\n'.encode()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.slow
@given(objects=st.lists(st.dictionaries(st.text(), json_values, max_size=4), max_size=4))
def test_written_objects_read_back(tmp_path_factory, objects):
    path = tmp_path_factory.mktemp("json") / "events.jsonl"
    write(path, *objects)
    assert [json.loads(line) for line in path.read_text("utf-8").split("\n")[:-1]] == objects


def test_until_close_only_the_part_is_there_and_nothing_is_delivered(path):
    sink = JsonLinesSink(path, value)
    sink.collect(0, 7, LOGIN)
    assert (path.exists(), part(path).exists(), sink.delivered) == (False, True, 0)
    sink.close()
    assert (path.exists(), part(path).exists(), sink.delivered) == (True, False, 1)


def test_an_older_file_is_kept_until_close(path):
    path.write_text("old\n")
    sink = JsonLinesSink(path, value)
    sink.collect(0, 7, LOGIN)
    assert path.read_text() == "old\n"
    sink.close()
    assert path.read_text() == '{"user_id":"7","event":"login","timestamp":0}\n'


def test_missing_folders_are_created(tmp_path):
    path = tmp_path / "a" / "b" / "events.jsonl"
    write(path, {"a": 1})
    assert path.read_text() == '{"a":1}\n'


def test_a_path_may_be_text(path):
    write(str(path), {"a": 1})
    assert path.exists()


@pytest.mark.parametrize(
    ("record", "named"),
    [
        ({"ok": 1, "rate": float("nan")}, "field rate = nan"),
        ({"rate": float("-inf")}, "field rate = -inf"),
        ({"raw": b"abc"}, "field raw = b'abc'"),
        ({"when": dt.date(2024, 1, 1)}, r"field when = datetime\.date\(2024, 1, 1\)"),
        ({"user": {"tags": ["a", {1}]}}, r"field user\.tags\[1\] = \{1\}"),
        ({"name": "\ud800"}, r"field name = '\\ud800'"),
        ({("a", "b"): 1}, r"\{\('a', 'b'\): 1\}: keys must be"),
        (ITSELF, "Circular reference"),
    ],
)
def test_a_value_that_json_cannot_represent_is_refused_with_its_field(path, record, named):
    with pytest.raises(RecordError, match=rf"^file .*events\.jsonl: .*{named}"):
        write(path, record)


@pytest.mark.parametrize("record", [[1], "text", None, 7])
def test_a_value_that_is_not_an_object_is_refused(path, record):
    with pytest.raises(RecordError, match=r"the value function returned .*. Hint: return a dict"):
        write(path, record)


def test_lines_before_a_refused_one_are_delivered(path):
    with pytest.raises(RecordError):
        write(path, {"a": 1}, {"a": {1}})
    assert path.read_text() == '{"a":1}\n'


def test_after_a_refused_line_no_more_are_accepted(path):
    with JsonLinesSink(path, subject_itself) as sink:
        with pytest.raises(RecordError):
            sink.collect(0, {"a": {1}}, LOGIN)
        with pytest.raises(SinkError, match="takes no more events after an error"):
            sink.collect(0, {"a": 1}, LOGIN)


def test_an_error_of_the_value_function_is_the_users_own(path):
    with JsonLinesSink(path, lambda timestamp, subject, transition: 1 / 0) as sink, pytest.raises(ZeroDivisionError):
        sink.collect(0, 7, LOGIN)


def test_a_folder_at_the_path_is_reported_when_the_sink_is_created(tmp_path):
    with pytest.raises(SinkError, match="is a folder") as caught:
        JsonLinesSink(tmp_path, value)
    assert isinstance(caught.value.__cause__, IsADirectoryError)


def test_a_file_in_place_of_a_folder_is_reported_when_the_sink_is_created(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SinkError, match="cannot be written") as caught:
        JsonLinesSink(tmp_path / "file" / "events.jsonl", value)
    assert isinstance(caught.value.__cause__, OSError)


def test_a_full_disk_at_close_reports_that_nothing_was_delivered(path):
    part(path).symlink_to("/dev/full")
    sink = JsonLinesSink(path, value)
    sink.collect(0, 7, LOGIN)
    with pytest.raises(DeliveryError, match="No space left on device") as caught:
        sink.close()
    assert (caught.value.accepted, caught.value.delivered, caught.value.missing) == (1, 0, 1)
    assert isinstance(caught.value.__cause__, OSError)
    assert not path.exists()
    sink.close()


def test_a_full_disk_during_collect_reports_that_nothing_was_delivered(path):
    part(path).symlink_to("/dev/full")
    sink = JsonLinesSink(path, subject_itself)
    accepted = 0
    with pytest.raises(DeliveryError, match="No space left on device") as caught:  # noqa: PT012 - any of the calls may raise
        for _ in range(100):
            sink.collect(0, {"text": "x" * 100_000}, LOGIN)
            accepted += 1
    assert caught.value.missing == accepted > 0
    sink.close()
    assert sink.delivered == 0
    assert not path.exists()


def test_a_part_left_by_a_killed_run_is_overwritten(path):
    part(path).write_text("half a li")
    write(path, {"a": 1})
    assert Path(path).read_text() == '{"a":1}\n'


def test_a_pipe_is_refused_and_kept(path):
    os.mkfifo(path)
    with pytest.raises(UnknownTargetError, match=r"is a device or pipe. Hint: name a file"):
        JsonLinesSink(path, value)
    assert (path.is_fifo(), part(path).exists()) == (True, False)


def test_a_link_is_kept_and_the_file_it_points_to_is_replaced(path, tmp_path):
    real = tmp_path / "elsewhere" / "real.jsonl"
    path.symlink_to(real)
    write(path, {"a": 1})
    assert (path.is_symlink(), real.read_bytes()) == (True, b'{"a":1}\n')


def test_a_path_through_a_file_names_that_file(path):
    path.write_text("text")
    with pytest.raises(UnknownTargetError, match=rf"{path} is a file, not a folder. Hint: name another path"):
        JsonLinesSink(path / "events.jsonl", value)


def test_a_second_sink_on_the_path_is_refused_and_the_first_has_all_its_lines(path, tmp_path):
    (tmp_path / "link").symlink_to(tmp_path)
    with JsonLinesSink(path, subject_itself) as first:
        first.collect(0, {"a": 1}, LOGIN)
        for same in (path, tmp_path / "link" / path.name):
            with pytest.raises(SinkError, match="another run or sink is writing to"):
                JsonLinesSink(same, subject_itself)
        first.collect(0, {"a": 2}, LOGIN)
    assert path.read_text() == '{"a":1}\n{"a":2}\n'
    write(path, {"a": 3})
    assert path.read_text() == '{"a":3}\n'


@pytest.mark.parametrize("model_first", [True, False])
def test_a_sink_and_a_model_run_cannot_share_a_path(path, model_first):
    schema = pa.schema({"number": pa.int64()})
    makers = [lambda: open_sink(Destination.of(str(path)), "trx", schema), lambda: JsonLinesSink(path, subject_itself)]
    first, second = makers if model_first else reversed(makers)
    with first(), pytest.raises(SinkError, match="another run or sink is writing to"):
        second()
    assert path.is_file()


def test_a_sink_whose_part_file_is_used_by_another_reports_that_its_lines_are_missing(path):
    first = JsonLinesSink(path, subject_itself)
    first.collect(0, {"a": 1}, LOGIN)
    with JsonLinesSink(part(path), subject_itself) as second:
        second.collect(0, {"b": 1}, LOGIN)
    with pytest.raises(DeliveryError, match="was moved, removed or replaced while it was written"):
        first.close()
    assert (first.delivered, path.exists(), part(path).read_text()) == (0, False, '{"b":1}\n')


def test_a_folder_of_parts_at_the_path_is_reported_as_such(tmp_path):
    (tmp_path / "_doge.json").write_text("{}")
    with pytest.raises(UnknownTargetError, match=r"is a folder with the parts of a run that can be resumed"):
        JsonLinesSink(tmp_path, value)
