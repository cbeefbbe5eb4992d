from contextlib import ExitStack

import pyarrow as pa
import pytest

from doge_datagen.errors import ModelError
from doge_datagen.model import Destination
from doge_datagen.sinks import registry as kinds
from doge_datagen.sinks.conflicts import check_apart, check_open_apart
from doge_datagen.sinks.destination_identity import file_destination
from doge_datagen.sinks.memory_batches import MemoryBatchSink
from doge_datagen.sinks.registry import open_sink
from doge_datagen.sinks.sink_kind import SinkKind

NAMED = pytest.mark.parametrize("run_id", [None, "apart"])


def check(**destinations):
    check_apart({stream: Destination.of(destination) for stream, destination in destinations.items()})


def check_open(run_id, **given):
    """The same, according to the opened destinations."""
    destinations = {stream: Destination.of(destination) for stream, destination in given.items()}
    schema = pa.schema({"number": pa.int64()})
    with ExitStack() as stack:
        opened = {
            it: stack.enter_context(open_sink(destination, it, schema, run_id=run_id))
            for it, destination in destinations.items()
        }
        check_open_apart(opened, destinations)


@pytest.mark.parametrize("other", ["./a.csv", "b/../a.csv", {"file": "a.csv", "format": "jsonl"}])
def test_one_file_for_two_streams_is_refused(other):
    with pytest.raises(
        ModelError, match=r"^targets\.two: '.*a\.csv' is where 'one' goes already.*. Hint: give each a file of"
    ):
        check(one="a.csv", two=other)


def test_one_file_through_a_link_is_refused(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(ModelError, match=r"/link/a\.csv' is where 'one' goes already, as '.*a\.csv'. Hint: give"):
        check(one=str(tmp_path / "a.csv"), two=str(tmp_path / "link" / "a.csv"))


def test_one_file_with_two_names_is_refused(tmp_path):
    (tmp_path / "a.csv").touch()
    (tmp_path / "b.csv").hardlink_to(tmp_path / "a.csv")
    with pytest.raises(ModelError, match=r"b\.csv' is where 'one' goes already, as '.*a\.csv'"):
        check(one=str(tmp_path / "a.csv"), two=str(tmp_path / "b.csv"))


def test_the_part_file_of_another_file_is_refused():
    with pytest.raises(
        ModelError, match=r"'a\.csv\.part' is where 'one' goes already, as 'a\.csv'. Hint: give each a file"
    ):
        check(one="a.csv", two={"file": "a.csv.part", "format": "csv"})


@pytest.mark.parametrize("two", ["a.csv/b.csv", "duckdb:///a.csv/b.duckdb"])
def test_a_path_below_a_folder_of_parts_is_refused(two):
    for destinations in ({"one": "a.csv", "two": two}, {"two": two, "one": "a.csv"}):
        with pytest.raises(ModelError, match="goes already"):
            check(**destinations)


@pytest.mark.parametrize(
    ("url", "file"),
    [
        ("sqlite:///a.db", "a.db"),
        ("sqlite:///a.db", "a.db-wal"),
        ("sqlite:///a.db", "a.db-journal"),
        ("sqlite:///file:a.db?uri=true", "a.db"),
        ("duckdb:///a.db", "a.db"),
        ("duckdb:///a.db", "a.db.wal"),
    ],
)
def test_a_file_that_belongs_to_the_database_of_another_stream_is_refused(url, file):
    with pytest.raises(
        ModelError, match=r"is where 'one' goes already, as the table 'one'. Hint: give each a file of its own"
    ):
        check(one=url, two={"file": file, "format": "csv"})


def test_one_file_for_two_databases_is_refused():
    with pytest.raises(ModelError, match="the table 'two' is where 'one' goes already, as the table 'one'"):
        check(one="sqlite:///a.db", two="duckdb:///a.db")


@pytest.mark.parametrize("table", ["events", "Events", "main.events", "Main.EVENTS"])
@pytest.mark.parametrize("url", ["sqlite:///a.db", "duckdb:///a.db"])
def test_one_table_for_two_streams_is_refused_in_all_notations(url, table):
    with pytest.raises(ModelError, match=rf"^targets\.two: the table '{table}' is where 'events' goes already"):
        check(events=url, two={"database": url, "table": table})


def test_one_table_through_another_path_is_refused():
    table = {"database": "sqlite:///./out/../a.db", "table": "one"}
    with pytest.raises(ModelError, match="the table 'one' is where 'one' goes already"):
        check(one="sqlite:///a.db", two=table)


def test_one_table_of_a_server_through_another_host_or_user_is_refused():
    table = {"database": "postgresql+psycopg://ann:x@127.0.0.1:5432/bank", "table": "one"}
    with pytest.raises(
        ModelError, match=r"the table 'one' is where 'one' goes already. Hint: give each a table of its own"
    ):
        check(one="postgres://bob:y@localhost/bank", two=table)


def test_one_topic_for_two_streams_is_refused_with_the_reason():
    with pytest.raises(ModelError) as caught:
        check(one={"kafka": "a:1"}, two={"kafka": "a:1", "topic": "one", "format": "avro"})
    assert str(caught.value) == (
        "targets.two: the topic 'one' is where 'one' goes already. Hint: give each a topic of its own: "
        "in one, the records of two streams would not be in order of time"
    )


@pytest.mark.parametrize(
    "brokers",
    [
        {"kafka": "b:2,a:9092"},
        {"kafka": " A , b:2"},
        {"kafka": "PLAINTEXT://a:9092"},
        {"kafka": "elsewhere:1", "conf": {"bootstrap.servers": "a"}},
        {"kafka": "elsewhere:1", "conf": {"metadata.broker.list": "c:3,a"}},
    ],
    ids=str,
)
def test_one_topic_through_another_list_of_brokers_is_refused(brokers):
    with pytest.raises(ModelError, match="the topic 't' is where 'one' goes already"):
        check(one={"kafka": "a:9092,c:3", "topic": "t"}, two={**brokers, "topic": "t"})


def test_two_variables_with_one_value_are_one_destination(monkeypatch):
    monkeypatch.setenv("DOGE_A", "t")
    monkeypatch.setenv("DOGE_B", "t")
    with pytest.raises(ModelError, match=r"the topic '\$\{DOGE_B\}' is where 'one' goes already. Hint: give"):
        check(one={"kafka": "a:1", "topic": "${DOGE_A}"}, two={"kafka": "a:1", "topic": "${DOGE_B}"})


@pytest.mark.parametrize(
    "destinations",
    [
        {"one": "a.csv", "two": "b.csv"},
        {"one": "out/a.csv", "two": "out/a.csvs/b.csv"},
        {"one": "duckdb:///a.db", "two": "duckdb:///a.db"},
        {"one": "duckdb:///a.db", "two": {"database": "duckdb:///b.db", "table": "one"}},
        {"one": "postgresql://a/b", "two": {"database": "postgresql://a/b", "table": "One"}},
        {"one": "postgresql://a/b", "two": {"database": "postgresql://a:1/b", "table": "one"}},
        {"one": "sqlite:///a.db", "two": {"database": "sqlite:///a.db", "table": "other.one"}},
        {"one": "console", "two": "console"},
        {"one": {"kafka": "a:1"}, "two": {"kafka": "a:1"}},
        {"one": {"kafka": "a:1", "topic": "t"}, "two": {"kafka": "a:2", "topic": "t"}},
    ],
    ids=str,
)
def test_different_destinations_and_those_for_many_streams_are_accepted(destinations):
    check(**destinations)


def test_variables_are_filled_in_and_not_shown(monkeypatch):
    monkeypatch.setenv("DOGE_HERE", "secret.csv")
    with pytest.raises(ModelError) as caught:
        check(one="secret.csv", two="${DOGE_HERE}")
    assert (
        str(caught.value)
        == "targets.two: '${DOGE_HERE}' is where 'one' goes already. Hint: give each a file of its own"
    )


@NAMED
def test_one_table_of_postgresql_is_refused_whatever_its_schema_and_host_names(database, table_name, run_id):
    one = {"database": database, "table": table_name}
    two = {"database": database.replace("127.0.0.1", "127.1"), "table": f"public.{table_name}"}
    with pytest.raises(ModelError, match=rf"two: the table 'public.{table_name}' is where 'one' goes already, as the"):
        check_open(run_id, one=one, two=two)


@NAMED
def test_two_tables_of_postgresql_whose_names_differ_in_case_are_accepted(database, table_name, run_id):
    check_open(
        run_id, one={"database": database, "table": table_name}, two={"database": database, "table": f"{table_name}X"}
    )


@NAMED
def test_one_topic_of_a_cluster_is_refused_whatever_the_name_of_its_broker(kafka, table_name, run_id):
    one = {"kafka": kafka, "topic": table_name}
    two = {"kafka": f"127.1:{kafka.rpartition(':')[2]}", "topic": table_name}
    with pytest.raises(
        ModelError, match=rf"two: the topic '{table_name}' is where 'one' goes already. Hint: give each"
    ):
        check_open(run_id, one=one, two=two)


def test_one_open_sink_for_two_streams_is_refused_and_named_by_its_class():
    sink = MemoryBatchSink()
    with pytest.raises(ModelError) as caught:
        check_apart({"one": sink, "two": sink})
    assert str(caught.value) == (
        "targets.two: MemoryBatchSink is where 'one' goes already. Hint: give each a sink of its own"
    )


def test_a_third_party_sink_type_may_define_the_identity_of_destinations(monkeypatch):
    kind = SinkKind("rainbow", "a path", MemoryBatchSink, identify=lambda given: file_destination([given.at.reveal()]))
    monkeypatch.setattr(kinds, "rainbow", kind, raising=False)
    monkeypatch.setitem(kinds.BUILT_IN, "rainbow", "doge_datagen.sinks.registry:rainbow")
    with pytest.raises(
        ModelError, match=r"two: './a' is where 'one' goes already, as 'a'. Hint: give each a file of its own"
    ):
        check(one={"rainbow": "a"}, two={"rainbow": "./a"})
