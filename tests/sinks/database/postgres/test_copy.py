"""COPY writes the same as INSERT."""

import datetime as dt
import json
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import MetaData, Table

from doge_datagen.errors import DeliveryError
from doge_datagen.sinks.database.postgres import copy as postgres_copy
from doge_datagen.sinks.database.postgres import copy_rows as copy_target
from doge_datagen.sinks.database.sqlalchemy.row_inserts import insert
from tests.sinks.databases import LOGIN, ask, connected, sink_of, write

NOON = dt.datetime(2024, 2, 29, 12, 0, 0, 123456)
TEXTS = ["", "plain", "tab\tline\nreturn\r", "\\N", "\\.", "back\\slash", "'quoted' \"twice\"", "Zoë 🐕", None]
VALUES = {
    "bigint": [0, -(2**63), 2**63 - 1, "7", " 8 ", None, 1.5, Decimal("2.5")],
    "integer": [2**31 - 1, "-7", None, 2.0, True],
    "text": [*TEXTS, 7, True, 1.5, 5.0, 1e20, Decimal("1.10"), UUID(int=1), NOON, b"bytes"],
    "varchar(40)": [*TEXTS, 7, True],
    "char(3)": ["a", "abc", None],
    "double precision": [0.1, 1e300, float("inf"), -0.0, 7, "1.5", Decimal("0.1"), None],
    "real": [0.1, 3, None],
    "numeric": [Decimal("1.10"), 0.1, 7, "1.230", None],
    "numeric(10,2)": [Decimal("1.105"), 0.1, 7, "1.239", None],
    "boolean": [True, False, None],
    "timestamp": [NOON, NOON.replace(tzinfo=dt.UTC), NOON.replace(tzinfo=dt.timezone(dt.timedelta(hours=5))), None],
    "timestamptz": [NOON, NOON.replace(tzinfo=dt.timezone(dt.timedelta(hours=5))), None],
    "date": [NOON.date(), NOON, "2024-02-29", None],
    "time": [NOON.time(), None],
    "interval": [dt.timedelta(days=1, seconds=2), None],
    "uuid": [UUID(int=7), None],
    "bytea": [b"", b"\x00\\\n\xff", None],
    "json": [{"a": [1, None, "\t\\N"]}, [1], "text", 7, None, True],
    "jsonb": [{"a": [1, None, "\t\\N"]}, [1], "text", 7, None, True],
    "integer[]": [[1, 2], [], None],
    "text[]": [["a", 'b"\\'], None],
    "colour": ["red", None],
}


@pytest.fixture
def colour(database, table_name):
    """The name of an enum unique to the test, as two workers share the database."""
    name = f"colour_{table_name[-12:]}"
    ask(database, f"CREATE TYPE {name} AS ENUM ('red', 'blue')")
    return name


@pytest.fixture
def copied(monkeypatch):
    """The connections of batches written by COPY."""
    connections, copy = [], postgres_copy.copy

    def noting(driver, send):
        connections.append(driver)
        copy(driver, send)

    monkeypatch.setattr(postgres_copy, "copy", noting)
    return connections


def by_insert(url, name, values):
    with connected(url) as connection:
        table = Table(name, MetaData(), autoload_with=connection)
        insert(connection, table, ("value",), [(value,) for value in values])


def stored(url, name):
    return ask(url, f"SELECT value::text, value IS NULL FROM {name} ORDER BY ctid")


@pytest.mark.parametrize("kind", VALUES)
def test_values_equal_those_written_by_insert(database, table_name, colour, kind):
    for name in (f"{table_name}_a", f"{table_name}_b"):
        ask(database, f"CREATE TABLE {name} (value {kind.replace('colour', colour)})")
    by_insert(database, f"{table_name}_a", VALUES[kind])
    write(database, f"{table_name}_b", [{"value": value} for value in VALUES[kind]], batch_size=1)
    assert stored(database, f"{table_name}_b") == stored(database, f"{table_name}_a")


@pytest.mark.slow
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(
            st.integers(-(2**63), 2**63 - 1), st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\0"))
        ),
        min_size=1,
        max_size=20,
    )
)
def test_integers_and_texts_read_back(database, request, rows):
    name = f"any_{request.getfixturevalue('table_name')[-12:]}"
    ask(database, f"DROP TABLE IF EXISTS {name}")
    ask(database, f"CREATE TABLE {name} (number BIGINT, name TEXT)")
    write(database, name, [{"name": text, "number": number} for number, text in rows], batch_size=7)
    assert ask(database, f"SELECT number, name FROM {name} ORDER BY ctid") == rows


@pytest.mark.parametrize("name", ["plain", "tab\t", None])
def test_rows_of_several_blocks_keep_their_order_and_values(database, table_name, copied, name):
    count = 2 * copy_target.ROWS_IN_A_BLOCK + 1
    ask(database, f"CREATE TABLE {table_name} (number BIGINT, name TEXT)")
    rows = [{"number": number, "name": name if number == count - 2 else "other"} for number in range(count)]
    write(database, table_name, rows, batch_size=count)
    assert ask(database, f"SELECT number, name FROM {table_name} ORDER BY ctid") == [
        tuple(row.values()) for row in rows
    ]
    assert len(copied) == 1


@pytest.mark.parametrize("encoding", ["utf8", "latin1"])
def test_strings_are_delivered_with_any_client_encoding(database, table_name, encoding):
    ask(database, f"CREATE TABLE {table_name} (value TEXT)")
    write(f"{database}?client_encoding={encoding}", table_name, [{"value": "Zoë"}, {"value": "plain"}])
    assert ask(database, f"SELECT value FROM {table_name} ORDER BY ctid") == [("Zoë",), ("plain",)]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("bigint", [1, "2", None]),
        ("text", ["a", 1, None]),
        ("double precision", [1.5, None]),
        ("timestamp", [NOON]),
        ("jsonb", [{"a": 1}]),
        ("colour", ["red"]),
    ],
)
def test_the_usual_types_are_written_by_copy(database, table_name, colour, copied, kind, values):
    ask(database, f"CREATE TABLE {table_name} (value {kind.replace('colour', colour)})")
    write(database, table_name, [{"value": value} for value in values])
    assert len(copied) == 1


@pytest.mark.parametrize("target_type", ["view", "rule", "row security", "identity"])
def test_targets_that_copy_does_not_support_are_written_by_insert(database, table_name, copied, target_type):
    name = table_name
    for statement in {
        "view": f"CREATE TABLE {name}_t (value BIGINT); CREATE VIEW {name} AS SELECT * FROM {name}_t",
        "rule": f"CREATE TABLE {name}_t (value BIGINT); CREATE TABLE {name} (value BIGINT). Hint: "
        f"CREATE RULE away AS ON INSERT TO {name} DO INSTEAD INSERT INTO {name}_t VALUES (new.value)",
        "row security": f"CREATE TABLE {name} (value BIGINT); ALTER TABLE {name} FORCE ROW LEVEL SECURITY. Hint: "
        f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY; CREATE POLICY all_of_it ON {name} USING (true). Hint: "
        f"CREATE USER u_{name[-12:]} PASSWORD 'x'; GRANT ALL ON {name} TO u_{name[-12:]}",
        "identity": f"CREATE TABLE {name} (id BIGINT GENERATED ALWAYS AS IDENTITY, value BIGINT)",
    }[target_type].split(". Hint: "):
        ask(database, statement)
    url = database.replace("doge:doge", f"u_{name[-12:]}:x") if target_type == "row security" else database
    write(url, name, [{"value": 1}, {"value": 2}])
    assert copied == []
    assert ask(database, f"SELECT value FROM {name}{'_t' if target_type in ('view', 'rule') else ''}") == [(1,), (2,)]


def test_a_table_in_a_schema_is_found(database, table_name, copied):
    schema = f"s_{table_name[-12:]}"
    ask(database, f"CREATE SCHEMA {schema}")
    ask(database, f"CREATE TABLE {schema}.events (value BIGINT)")
    write(database, f"{schema}.events", [{"value": 1}])
    assert ask(database, f"SELECT value FROM {schema}.events") == [(1,)]
    assert len(copied) == 1


def test_a_table_with_a_dot_in_its_name_is_found(database, table_name):
    ask(database, f'CREATE TABLE "public.{table_name}" (value BIGINT)')
    write(database, f"public.{table_name}", [{"value": 1}])
    assert ask(database, f'SELECT value FROM "public.{table_name}"') == [(1,)]


def test_a_value_the_column_cannot_hold_is_reported_with_its_column(database, table_name):
    ask(database, f"CREATE TABLE {table_name} (number BIGINT)")
    with pytest.raises(DeliveryError, match=r'invalid input syntax for type bigint: "seven".*column number'):
        write(database, table_name, [{"number": 1}, {"number": "seven"}])
    assert ask(database, f"SELECT * FROM {table_name}") == []


def test_a_violated_deferred_constraint_is_an_error_but_not_in_doubt(database, table_name):
    ask(database, f"CREATE TABLE {table_name} (number BIGINT UNIQUE DEFERRABLE INITIALLY DEFERRED)")
    with pytest.raises(DeliveryError, match="duplicate key") as caught:
        write(database, table_name, [{"number": 1}, {"number": 1}])
    assert "doubt" not in str(caught.value)
    assert not caught.value.transient
    assert ask(database, f"SELECT * FROM {table_name}") == []


def test_no_transaction_stays_open_between_batches(database, table_name):
    ask(database, f"CREATE TABLE {table_name} (number BIGINT)")
    with sink_of(database, table_name, batch_size=1) as sink:
        sink.collect(0, {"number": 1}, LOGIN)
        ask(database, f"ALTER TABLE {table_name} ADD COLUMN more BIGINT")  # it would wait for an open transaction
        sink.collect(0, {"number": 2}, LOGIN)


def test_json_is_stored_as_json(database, table_name):
    ask(database, f"CREATE TABLE {table_name} (value JSONB)")
    write(database, table_name, [{"value": {"b": 1, "a": [True, None]}}])
    assert json.loads(stored(database, table_name)[0][0]) == {"a": [True, None], "b": 1}
