import subprocess
import sys

import pyarrow as pa
import pytest

from doge_datagen.errors import DeliveryError, MissingDriverError, ModelError, SinkError, UnknownTargetError
from doge_datagen.sinks.database.sink_kind import DATABASE
from doge_datagen.sinks.sink_kind import SinkConfig, SinkContext
from doge_datagen.sinks.transactional import Position
from tests.sinks.batch_databases import UTC_MS, batch_of, in_duckdb, in_postgres, in_sqlite, opened, write

BATCH = batch_of(number=[1, 2], name=["a", "b"])


@pytest.fixture(params=["duckdb", "sqlite", "postgresql"])
def place(request, tmp_path):
    """A database: its URL, and a function that runs a statement."""
    if request.param == "duckdb":
        return f"duckdb:///{tmp_path}/bank.duckdb", lambda statement: in_duckdb(tmp_path / "bank.duckdb", statement)
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/bank.db", lambda statement: in_sqlite(tmp_path / "bank.db", statement)
    url = request.getfixturevalue("database")
    return url, lambda statement: in_postgres(url, statement)


@pytest.fixture
def url(place):
    return place[0]


@pytest.fixture
def ask(place):
    return place[1]


@pytest.mark.slow
@pytest.mark.parametrize("package", ["duckdb", "psycopg"])
def test_using_the_sink_type_imports_no_driver(package):
    code = f"import sys, doge_datagen.sinks.database.sink_kind; sys.exit({package!r} in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("module", "url", "extra"), [("duckdb", "duckdb:///a.db", "duckdb"), ("psycopg", "postgresql://h/d", "postgres")]
)
def test_a_missing_package_gives_the_pip_line(monkeypatch, module, url, extra):
    for name in ("doge_datagen.sinks.database.duckdb.table", "doge_datagen.sinks.database.duckdb.columns"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingDriverError) as caught:
        opened(url, "events", BATCH)
    assert caught.value.extra == extra


@pytest.mark.parametrize(
    "url",
    [
        "me:hush@host",
        "nodb://me:hush@host/db",
        "duckdb://",
        "duckdb:///:memory:",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite://bank.db",
    ],
)
def test_an_invalid_database_is_refused_with_the_stream_and_without_the_password(url):
    with pytest.raises(ModelError) as caught:
        opened(url, "events", BATCH)
    assert caught.value.dotted_path == "targets.events"
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("option", ["timeout=abc", "check_same_thread=abc", "cached_statements=abc"])
def test_an_option_of_the_url_that_cannot_be_read_is_refused_with_its_value(tmp_path, option):
    with pytest.raises(ModelError, match=r"targets\.events: an option of sqlite:///.* cannot be read: .*'abc'"):
        opened(f"sqlite:///{tmp_path}/bank.db?{option}", "events", BATCH)


def test_a_table_with_rows_is_reported_once_with_a_hint(url, table_name, caplog):
    write(url, table_name, BATCH, BATCH)
    assert caplog.messages == []
    write(url, table_name, BATCH, BATCH)
    (message,) = caplog.messages
    hint = "drop or empty it before a run, or name another table"
    assert message == f"table {table_name} has rows already, and those of this run are added to them. Hint: {hint}"
    assert caplog.records[0].levelname == "WARNING"


def test_a_resumed_run_does_not_warn_about_its_own_table(url, table_name, caplog):
    for ticks in (1, 2):
        with DATABASE.open_committing(SinkContext(table_name, BATCH.records.schema, url, run_id="nightly")) as sink:
            sink.claim()
            sink.write(BATCH)
            sink.commit(Position(ticks, "a run"))
    assert caplog.messages == []


def test_a_write_only_table_is_filled_without_a_warning(database, table_name, caplog):
    write(database, table_name, BATCH)
    in_postgres(database, f"CREATE ROLE {table_name}; GRANT INSERT ON {table_name} TO {table_name}")
    try:
        write(f"{database}?options=-c%20role%3D{table_name}", table_name, BATCH)
        assert in_postgres(database, f"SELECT count(*) FROM {table_name}") == [(4,)]
        assert caplog.messages == []
    finally:
        in_postgres(database, f"DROP OWNED BY {table_name}; DROP ROLE {table_name}")


def test_a_missing_table_is_created_and_filled(url, ask, table_name):
    write(url, table_name, BATCH)
    assert ask(f"SELECT number, name FROM {table_name}") == [(1, "a"), (2, "b")]


def test_rows_are_appended_to_a_table_of_an_earlier_run(url, ask, table_name):
    write(url, table_name, BATCH)
    write(url, table_name, BATCH)
    assert ask(f"SELECT count(*) FROM {table_name}") == [(4,)]


def test_the_table_may_have_another_name_than_the_stream(url, ask, table_name):
    write(url, "events", BATCH, table=table_name)
    assert ask(f"SELECT count(*) FROM {table_name}") == [(2,)]


def test_a_name_before_a_dot_is_a_schema(url, ask, table_name):
    schema = "main" if "sqlite" in url else f"s{table_name[-12:]}"
    if "sqlite" not in url:
        ask(f"CREATE SCHEMA {schema}")
    write(url, "events", BATCH, table=f"{schema}.{table_name}")
    assert ask(f"SELECT number FROM {schema}.{table_name}") == [(1,), (2,)]


def test_a_schema_that_does_not_exist_is_named(url):
    with pytest.raises(UnknownTargetError, match="nowhere"):
        opened(url, "events", BATCH, table="nowhere.events")


def test_a_missing_table_is_an_error_if_it_must_not_be_created(url, table_name):
    write(url, table_name, BATCH)
    with pytest.raises(UnknownTargetError, match=rf"{table_name}_.* does not exist. Hint: did you mean '{table_name}'"):
        opened(url, f"{table_name}_", BATCH, create=False)


def test_names_that_are_sql_keywords_are_quoted(url, ask, table_name):
    table = f"50% order {table_name[-12:]}"
    write(url, table, batch_of(**{"select": [1], '50% "off" (x)': [2]}))
    assert ask(f'SELECT "select", "50% ""off"" (x)" FROM "{table}"') == [(1, 2)]


def test_columns_are_matched_by_name_and_those_with_a_default_may_be_omitted(url, ask, table_name):
    ask(f"CREATE TABLE {table_name} (name TEXT, more INTEGER NOT NULL DEFAULT 7, less TEXT, number BIGINT)")
    write(url, table_name, BATCH)
    assert ask(f"SELECT number, name, more, less FROM {table_name}") == [(1, "a", 7, None), (2, "b", 7, None)]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (
            "number BIGINT, nam TEXT",
            "has no column for the field 'name'. Hint: add one of type TEXT.* did you mean 'nam'",
        ),
        ("number BIGINT, name TEXT, more BIGINT NOT NULL", r"'more' \(BIGINT NOT NULL\) has no default"),
        ("number BIGINT, name BIGINT", "'name' is of type BIGINT, which takes no field of type string. Hint: make"),
        ("number DATE, name TEXT", "'number' is of type DATE, which takes no field of type integer. Hint: make"),
    ],
)
def test_an_incompatible_table_is_refused_before_the_run(url, ask, table_name, columns, message):
    ask(f"CREATE TABLE {table_name} ({columns})")
    with pytest.raises(UnknownTargetError, match=message) as caught:
        opened(url, table_name, BATCH)
    assert f"table {table_name} at " in str(caught.value)


def test_each_batch_is_committed_by_write(url, ask, table_name):
    with opened(url, table_name, BATCH) as sink:
        sink.write(BATCH)
        assert ask(f"SELECT count(*) FROM {table_name}") == [(2,)]
        assert sink.delivered == 2


def test_a_failed_batch_is_rolled_back_and_earlier_ones_are_kept(url, ask, table_name):
    ask(f"CREATE TABLE {table_name} (number BIGINT UNIQUE, name TEXT)")
    sink = opened(url, table_name, BATCH)
    sink.write(BATCH)
    with pytest.raises(DeliveryError, match=r"(?i)unique|duplicate key") as caught:
        sink.write(batch_of(number=[3, 2], name=["c", "b"]))
    assert (caught.value.accepted, caught.value.delivered, caught.value.missing) == (4, 2, 2)
    assert not caught.value.transient
    with pytest.raises(SinkError, match="after an error"):
        sink.write(BATCH)
    sink.close()
    assert ask(f"SELECT number FROM {table_name}") == [(1,), (2,)]


def test_a_table_dropped_during_a_run_is_an_error(url, ask, table_name):
    with opened(url, table_name, BATCH) as sink:
        sink.write(BATCH)
        ask(f"DROP TABLE {table_name}")
        with pytest.raises(DeliveryError, match=table_name) as caught:
            sink.write(BATCH)
    assert (caught.value.accepted, caught.value.delivered) == (4, 2)


def test_several_streams_can_alternate_in_one_database(url, ask, table_name):
    names = [f"{table_name}_{number}" for number in range(3)]
    sinks = [opened(url, name, BATCH) for name in names]
    for _ in range(3):
        for sink in sinks:
            sink.write(BATCH)
    for sink in sinks:
        sink.close()
    assert [ask(f"SELECT count(*) FROM {name}") for name in names] == [[(6,)]] * 3


@pytest.mark.parametrize("kind", ["TEXT", "VARCHAR(40)"])
def test_a_text_column_accepts_every_field(url, ask, table_name, kind):
    batch = batch_of(a=[-7], b=[0.1], c=[True], d=["Zoë"], e=pa.array([1_644_549_708_123], UTC_MS))
    ask(f"CREATE TABLE {table_name} (a {kind}, b {kind}, c {kind}, d {kind}, e {kind})")
    write(url, table_name, batch)
    assert ask(f"SELECT * FROM {table_name}") == [("-7", "0.1", "true", "Zoë", "2022-02-11 03:21:48.123Z")]


def test_a_decimal_column_accepts_numbers(url, ask, table_name):
    ask(f"CREATE TABLE {table_name} (a DECIMAL(18, 2), b DECIMAL(18, 2))")
    write(url, table_name, batch_of(a=[-7], b=[0.25]))
    assert [tuple(map(float, row)) for row in ask(f"SELECT * FROM {table_name}")] == [(-7.0, 0.25)]


def test_an_integer_column_accepts_booleans_as_0_or_1(url, ask, table_name):
    ask(f"CREATE TABLE {table_name} (a INTEGER)")
    write(url, table_name, batch_of(a=[True, False]))
    assert ask(f"SELECT a FROM {table_name}") == [(1,), (0,)]


def test_a_batch_interrupted_by_ctrl_c_is_written_by_close(url, ask, table_name, monkeypatch):
    sink = opened(url, table_name, BATCH)
    with monkeypatch.context() as patched:
        interrupt(patched)
        with pytest.raises(KeyboardInterrupt):
            sink.write(BATCH)
    assert sink.delivered == 0
    sink.close()
    assert sink.delivered == 2
    assert ask(f"SELECT count(*) FROM {table_name}") == [(2,)]


def interrupt(patched):
    """Press Ctrl-C during the next batch of any of the writers."""

    def interrupted(*arguments):
        raise KeyboardInterrupt

    for module, name in (
        ("doge_datagen.sinks.database.sqlalchemy.row_inserts", "insert"),
        ("doge_datagen.sinks.database.postgres.copy", "copy"),
        ("doge_datagen.sinks.database.duckdb.table", "fitted"),
    ):
        patched.setattr(f"{module}.{name}", interrupted)


@pytest.mark.parametrize("options", [{"table": "a\0b"}, {"table": "x."}, {"table": ""}], ids=str)
def test_an_invalid_table_name_is_refused_before_anything_is_opened(url, options):
    with pytest.raises(ModelError, match=r"^there(\.table)?: .*(NUL|does not name a table)"):
        DATABASE.check(SinkConfig("events", ("number",), url, options, "there"))


def test_a_field_with_an_invalid_column_name_is_refused(url):
    with pytest.raises(ModelError, match=r"the field 'a\\x00b' has the character NUL, which no database takes"):
        DATABASE.check(SinkConfig("events", ("a\0b",), url, {}, "there"))


@pytest.mark.parametrize(
    "url",
    ["duckdb:///:memory:x", "sqlite:///file::memory:?uri=true", "sqlite:///file:x?mode=memory&cache=shared&uri=true"],
)
def test_an_in_memory_database_is_refused_in_all_notations(url):
    with pytest.raises(ModelError, match=r"names no file. Hint: write"):
        DATABASE.check(SinkConfig("events", ("number",), url, {}, "there"))
