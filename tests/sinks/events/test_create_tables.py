import pytest
from sqlalchemy import Date

from doge_datagen.errors import ModelError, RefusedError, SinkError, UnknownTargetError, UnreachableError
from doge_datagen.sinks.events.create_tables import create_tables
from tests.sinks.databases import ask, sink_of, write

EVENTS = {"timestamp": "integer", "event": "text", "day": Date}


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/events.db"


def test_missing_tables_are_created_and_returned(url):
    ask(url, "CREATE TABLE a (timestamp INTEGER, event TEXT, day DATE)")
    assert create_tables(url, {"a": EVENTS, "b": EVENTS, "c": EVENTS}) == ["b", "c"]


def test_an_existing_table_is_unchanged(url):
    ask(url, "CREATE TABLE a (event TEXT, old INTEGER)")
    create_tables(url, {"a": {"event": "text"}})
    write(url, "a", [{"old": 1}])
    assert ask(url, "SELECT old FROM a") == [(1,)]


def test_an_existing_table_without_the_columns_is_refused_and_none_is_created(url):
    ask(url, "CREATE TABLE a (event TEXT, old INTEGER)")
    with pytest.raises(UnknownTargetError, match=r"^table a: exists without 'timestamp', 'day'. Hint: add the columns"):
        create_tables(url, {"b": EVENTS, "a": EVENTS})
    assert ask(url, "SELECT name FROM sqlite_master") == [("a",)]


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(SinkError, match=rf"the folder {tmp_path}/nowhere is missing. Hint: make it first"):
        create_tables(f"sqlite:///{tmp_path}/nowhere/events.db", {"events": EVENTS})


def test_a_mapping_without_tables_is_accepted(url):
    assert create_tables(url, {}) == []


def test_integer_columns_can_contain_milliseconds(database, table_name):
    create_tables(database, {table_name: EVENTS})
    write(database, table_name, [{"timestamp": 2**63 - 1, "event": "login", "day": "2024-02-29"}])
    assert ask(database, f'SELECT "timestamp", event, day::text FROM {table_name}') == [
        (2**63 - 1, "login", "2024-02-29")
    ]


def test_an_unknown_type_is_refused_with_the_nearest(url):
    with pytest.raises(ModelError, match=r"^events\.at: no column type 'integr'. Hint: did you mean 'integer'"):
        create_tables(url, {"events": {"at": "integr"}})


@pytest.mark.parametrize(
    ("kind", "hint"),
    [
        (int, "write 'integer'"),
        (str, "write 'text'"),
        (float, "write 'integer', 'text' or a type of SQLAlchemy"),
        (["text"], "write 'integer', 'text' or a type of SQLAlchemy"),
    ],
)
def test_an_invalid_column_type_is_refused_with_a_hint(url, kind, hint):
    with pytest.raises(ModelError) as caught:
        create_tables(url, {"events": {"at": kind}})
    assert str(caught.value) == f"events.at: {kind!r} is not a column type. Hint: {hint}"


def test_a_missing_server_is_unreachable():
    with pytest.raises(UnreachableError):
        create_tables("postgresql://me@127.0.0.1:1/db", {"events": EVENTS})


def test_a_user_who_may_not_create_is_refused(database, table_name):
    user = f"u_{table_name[-12:]}"
    ask(database, f"CREATE USER {user} PASSWORD 'x'")
    with pytest.raises(RefusedError, match="permission denied"):
        create_tables(database.replace("doge:doge", f"{user}:x"), {f"{table_name}": EVENTS})


def test_a_created_table_can_be_filled(url):
    create_tables(url, {"events": {"timestamp": "integer"}})
    sink_of(url, "events").close()
