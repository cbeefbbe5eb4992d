import subprocess
import sys

import pytest
from sqlalchemy import URL, make_url

from doge_datagen.errors import DeliveryError, ModelError, RecordError, SinkError, UnknownTargetError
from doge_datagen.sinks.database.sqlalchemy.engine import checked_url
from doge_datagen.sinks.events.database import DbSink, DbSinkFactory, open_table
from tests.sinks.databases import LOGIN, ask, sink_of, write


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    return f"sqlite:///{tmp_path}/events.db" if request.param == "sqlite" else request.getfixturevalue("database")


@pytest.fixture
def table(url, table_name):
    ask(url, f"CREATE TABLE {table_name} (number BIGINT UNIQUE, name TEXT)")
    return table_name


def numbers(url, table):
    return [number for (number,) in ask(url, f"SELECT number FROM {table} ORDER BY number")]


def test_importing_the_package_does_not_import_sqlalchemy():
    code = "import sys, doge_datagen; sys.exit('sqlalchemy' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_rows_read_back_exactly(url, table):
    rows = [{"number": 1, "name": "Zoë 🐕"}, {"number": -(2**63), "name": ""}, {"number": 2**63 - 1, "name": None}]
    write(url, table, rows)
    assert ask(url, f"SELECT number, name FROM {table}") == [(row["number"], row["name"]) for row in rows]


def test_the_mapper_gets_timestamp_subject_and_transition(url, table):
    def row(timestamp, subject, transition):
        return {"number": timestamp, "name": f"{subject} {transition.trigger}"}

    with DbSinkFactory(url).create(table, row) as sink:
        sink.collect(60_000, "alice", LOGIN)
    assert ask(url, f"SELECT number, name FROM {table}") == [(60_000, "alice login")]


def test_columns_may_be_omitted_and_given_in_any_order(url, table):
    write(url, table, [{"name": "b"}])
    write(url, table, [{"name": "a", "number": 1}, {"number": 2, "name": "c"}])
    assert set(ask(url, f"SELECT number, name FROM {table}")) == {(None, "b"), (1, "a"), (2, "c")}


def test_names_that_are_sql_keywords_are_quoted(url, table_name):
    ask(url, f'CREATE TABLE "50% order {table_name[-12:]}" ("select" BIGINT, "50% ""off"" (x)" BIGINT)')
    write(url, f"50% order {table_name[-12:]}", [{"select": 1, '50% "off" (x)': 2}, {"select": 3, '50% "off" (x)': 4}])
    assert ask(url, f'SELECT * FROM "50% order {table_name[-12:]}"') == [(1, 2), (3, 4)]


def test_a_batch_is_written_when_it_is_full(url, table):
    with sink_of(url, table, batch_size=2) as sink:
        for number in range(5):
            sink.collect(0, {"number": number}, LOGIN)
        assert numbers(url, table) == [0, 1, 2, 3]
        assert sink.delivered == 4
    assert sink.delivered == 5


def test_a_batch_of_one_row_is_a_batch(url, table):
    with sink_of(url, table, batch_size=1) as sink:
        sink.collect(0, {"number": 1}, LOGIN)
        assert numbers(url, table) == [1]


def test_one_factory_makes_several_sinks(url, table, table_name):
    ask(url, f"CREATE TABLE {table_name}_2 (number BIGINT)")
    factory = DbSinkFactory(url)
    sinks = [factory.create(name, lambda timestamp, subject, transition: subject) for name in (table, f"{table}_2")]
    for sink in sinks:
        sink.collect(0, {"number": 1}, LOGIN)
    for sink in sinks:
        sink.close()
    assert numbers(url, table) == numbers(url, f"{table}_2") == [1]


def test_a_url_object_is_accepted(url, table):
    write(make_url(url), table, [{"number": 1}])
    assert numbers(url, table) == [1]
    assert isinstance(make_url(url), URL)


def test_a_failed_batch_is_rolled_back_and_earlier_ones_are_kept(url, table):
    sink = sink_of(url, table, batch_size=3)
    for number in (1, 2, 3, 4, 5):
        sink.collect(0, {"number": number}, LOGIN)
    with pytest.raises(DeliveryError) as caught:
        sink.collect(0, {"number": 4}, LOGIN)
    assert (caught.value.accepted, caught.value.delivered, caught.value.missing) == (6, 3, 3)
    assert list(caught.value.causes.values()) == [3]
    assert numbers(url, table) == [1, 2, 3]
    sink.close()


def test_a_failed_batch_has_the_drivers_error_as_its_cause(url, table):
    with pytest.raises(DeliveryError, match=r"(?i)unique") as caught:
        write(url, table, [{"number": 1}, {"number": 1}])
    assert type(caught.value.__cause__).__name__ in ("UniqueViolation", "IntegrityError")
    assert type(caught.value.__cause__).__module__.partition(".")[0] in ("psycopg", "sqlite3")
    assert not caught.value.transient


def test_a_failed_batch_is_reported_once_and_not_retried(url, table):
    sink = sink_of(url, table, batch_size=2)
    sink.collect(0, {"number": 1}, LOGIN)
    with pytest.raises(DeliveryError):
        sink.collect(0, {"number": 1}, LOGIN)
    with pytest.raises(SinkError, match="takes no more events after an error"):
        sink.collect(0, {"number": 2}, LOGIN)
    sink.close()
    assert numbers(url, table) == []
    assert sink.delivered == 0


def test_a_batch_that_fails_at_close_is_reported_by_close_once(url, table):
    sink = sink_of(url, table)
    for _ in range(2):
        sink.collect(0, {"number": 1}, LOGIN)
    with pytest.raises(DeliveryError):
        sink.close()
    sink.close()


def test_a_table_dropped_during_a_run_is_an_error(url, table):
    with sink_of(url, table, batch_size=1) as sink:
        ask(url, f"DROP TABLE {table}")
        with pytest.raises(DeliveryError, match="1 of 1 records did not arrive"):
            sink.collect(0, {"number": 1}, LOGIN)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"numbr": 1}, "has no column 'numbr'. Hint: did you mean 'number'"),
        ({}, r"the row mapper returned \{\}. Hint: return a dict"),
        (None, "the row mapper returned None. Hint: return a dict"),
        ("text", "the row mapper returned 'text'. Hint: return a dict"),
        ([("number", 1)], "the row mapper returned .*. Hint: return a dict"),
    ],
)
def test_a_row_that_does_not_fit_the_table_is_refused(url, table, row, message):
    with sink_of(url, table) as sink, pytest.raises(RecordError, match=f"^table {table}: {message}"):
        sink.collect(0, row, LOGIN)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"number": 2}, "a row without 'name'"),
        ({"number": 2, "name": "b", "extra": 1}, "has no column 'extra'"),
        ({"number": 2, "other": "b"}, "has no column 'other'"),
        ([2, "b"], "the row mapper returned"),
    ],
)
def test_a_row_with_other_columns_than_the_first_is_refused(url, table, row, message):
    with sink_of(url, table) as sink:
        sink.collect(0, {"number": 1, "name": "a"}, LOGIN)
        with pytest.raises(RecordError, match=message):
            sink.collect(0, row, LOGIN)


def test_a_row_with_more_columns_than_the_first_is_refused(url, table):
    with sink_of(url, table) as sink:
        sink.collect(0, {"number": 1}, LOGIN)
        with pytest.raises(RecordError, match="a row with 'name', which the rows before it do not have"):
            sink.collect(0, {"number": 2, "name": "b"}, LOGIN)


def test_rows_before_a_refused_one_are_delivered(url, table):
    with pytest.raises(RecordError):
        write(url, table, [{"number": 1}, {"numbr": 2}])
    assert numbers(url, table) == [1]


def test_after_a_refused_row_no_more_are_accepted(url, table):
    with sink_of(url, table) as sink:
        with pytest.raises(RecordError):
            sink.collect(0, {"numbr": 1}, LOGIN)
        with pytest.raises(SinkError, match="takes no more events after an error"):
            sink.collect(0, {"number": 1}, LOGIN)


def test_an_error_of_the_mapper_is_the_users_own_and_loses_nothing(url, table):
    with DbSinkFactory(url).create(table, lambda timestamp, subject, transition: {"number": 1 // subject}) as sink:
        sink.collect(0, 1, LOGIN)
        with pytest.raises(ZeroDivisionError):
            sink.collect(0, 0, LOGIN)
    assert numbers(url, table) == [1]


def test_a_missing_table_is_reported_with_the_nearest_name(url, table):
    with pytest.raises(UnknownTargetError, match=rf"table {table}x: does not exist. Hint: did you mean '{table}'"):
        sink_of(url, f"{table}x")


def test_a_missing_table_is_still_a_value_error(url):
    with pytest.raises(ValueError, match="does not exist"):
        sink_of(url, "nowhere")


def test_a_missing_schema_is_a_missing_table(url):
    with pytest.raises(UnknownTargetError, match=r"nowhere\.events: does not exist"):
        sink_of(url, "nowhere.events")


@pytest.mark.parametrize("batch_size", [0, -1, 1.5, True, None])
def test_a_batch_size_below_one_is_refused(url, table, batch_size):
    with pytest.raises(ModelError, match=r"^batch_size: .* give 1 or more"):
        sink_of(url, table, batch_size)


class InterruptedOnce:
    """A table that is interrupted by Ctrl-C during its first batch."""

    def __init__(self, table):
        self._table = table
        self._rows = (InterruptingRow((3,)),)

    def __getattr__(self, name):
        return getattr(self._table, name)

    def write(self, names, rows):
        more, self._rows = self._rows, ()
        return self._table.write(names, [*rows, *more])


class InterruptingRow(tuple):
    """A row at which Ctrl-C is pressed while the batch is being written."""

    __slots__ = ()

    def __iter__(self):
        raise KeyboardInterrupt


def interrupted_sink(url, table, batch_size):
    there = InterruptedOnce(open_table(checked_url(url), table))
    return DbSink(f"table {table}", there, lambda timestamp, subject, transition: subject, batch_size)


def test_a_batch_interrupted_by_ctrl_c_is_written_by_close(url, table):
    sink = interrupted_sink(url, table, batch_size=2)
    sink.collect(0, {"number": 1}, LOGIN)
    with pytest.raises(KeyboardInterrupt):
        sink.collect(0, {"number": 2}, LOGIN)
    assert (numbers(url, table), sink.delivered) == ([], 0)
    sink.close()
    assert (numbers(url, table), sink.delivered) == ([1, 2], 2)


def test_after_ctrl_c_no_more_events_are_accepted(url, table):
    sink = interrupted_sink(url, table, batch_size=1)
    with pytest.raises(KeyboardInterrupt):
        sink.collect(0, {"number": 1}, LOGIN)
    with pytest.raises(SinkError, match="takes no more events"):
        sink.collect(0, {"number": 2}, LOGIN)
    sink.close()
    assert numbers(url, table) == [1]


def test_a_file_that_was_removed_is_an_error_and_nothing_counts_as_delivered(tmp_path):
    url = f"sqlite:///{tmp_path}/events.db"
    ask(url, "CREATE TABLE events (number BIGINT)")
    sink = sink_of(url, "events", batch_size=2)
    for number in range(3):
        sink.collect(0, {"number": number}, LOGIN)
    (tmp_path / "events.db").unlink()
    with pytest.raises(DeliveryError, match="was moved, removed or replaced during the run") as caught:
        sink.close()
    assert (caught.value.accepted, caught.value.delivered, caught.value.missing) == (3, 0, 3)
    assert sink.delivered == 0
