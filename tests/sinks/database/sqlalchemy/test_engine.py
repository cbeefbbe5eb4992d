import re
import socket
import sys
from pathlib import Path

import pytest
from sqlalchemy import make_url

from doge_datagen.errors import MissingDriverError, ModelError, RefusedError, SinkError, UnreachableError
from doge_datagen.sinks.database.postgres.connection import PatientConnection
from doge_datagen.sinks.database.sqlalchemy.engine import checked_url, open_engine, shown_url
from doge_datagen.sinks.events.database import DbSinkFactory
from tests.sinks.databases import ask, sink_of

SECRET = "hush-hush"


@pytest.mark.parametrize("given", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_uses_psycopg_3(given):
    assert checked_url(f"{given}://me@host/db").drivername == "postgresql+psycopg"


@pytest.mark.parametrize("given", ["postgresql+psycopg2://me@host", "sqlite://", "mysql+pymysql://me@host"])
def test_an_explicit_driver_is_kept(given):
    assert checked_url(f"{given}/db").drivername == given.partition(":")[0]


def test_an_address_is_displayed_without_secrets():
    shown = shown_url(make_url(f"postgresql://me:{SECRET}@host:5432/db?password={SECRET}"))
    assert shown == "postgresql://me:***@host:5432/db"


@pytest.mark.parametrize(
    "url",
    [
        f"me:{SECRET}@host",
        f"me:{SECRET}@host/bank.db",
        f"{SECRET}@host.db",
        f"postgresql://me:{SECRET}@host:port/db",
        "",
        7,
    ],
)
def test_an_invalid_url_is_refused_without_displaying_it(url):
    with pytest.raises((ModelError, TypeError)) as caught:
        DbSinkFactory(url)
    assert isinstance(caught.value, ModelError)
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None


def test_the_hint_for_a_password_with_an_at_sign_does_not_display_it():
    with pytest.raises(ModelError, match="write @, / and : in a password as %40, %2F and %3A") as caught:
        checked_url(f"postgresql://me:{SECRET}@{SECRET}@127.0.0.1/db")
    assert SECRET not in str(caught.value)


def test_an_escaped_password_is_accepted():
    assert checked_url("postgresql://me:pa%40ss@127.0.0.1/db").password == "pa@ss"


@pytest.mark.parametrize(
    ("url", "hint"),
    [
        ("s3://bucket/y.parquet", "object stores are not supported yet. Hint: write a file, such as"),
        ("https://host/y", "web servers and object stores are not supported yet. Hint: "),
        ("postgresq://host/db", r"did you mean 'postgresql'\?$"),
        ("kafka://host", "Kafka is named by its brokers. Hint: "),
        ("file:///out/a.csv", "a file is its path alone"),
        (
            "nodb://host/db",
            "it is unknown. Hint: known: 'duckdb', .*, and those for which an installed package brings",
        ),
    ],
)
def test_the_hint_for_a_url_that_is_not_a_database_has_an_alternative(url, hint):
    with pytest.raises(ModelError, match=f"no SQLAlchemy dialect .* is installed.*{hint}"):
        checked_url(url)


def test_an_unknown_dialect_is_named():
    with pytest.raises(ModelError, match="no SQLAlchemy dialect 'nodb' is installed"):
        DbSinkFactory("nodb://host/db")


def test_a_driver_for_asyncio_is_refused():
    with pytest.raises(ModelError, match="is for asyncio"):
        DbSinkFactory("postgresql+psycopg_async://host/db")


def test_missing_psycopg_gives_the_pip_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingDriverError, match=re.escape("pip install 'doge-datagen[postgres]'")) as caught:
        DbSinkFactory("postgresql://host/db")
    assert caught.value.extra == "postgres"


@pytest.mark.parametrize(
    ("url", "module", "package"),
    [
        ("postgresql+psycopg2://host/db", "psycopg2", "psycopg2-binary"),
        ("mysql://host/db", "MySQLdb", "mysqlclient"),
        ("mysql+pymysql://host/db", "pymysql", "pymysql"),
        ("oracle+oracledb://host/db", "oracledb", "oracledb"),
    ],
)
def test_another_missing_driver_is_named_with_its_package(url, module, package, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ModelError, match=f"needs a package that is not installed. Hint: pip install {package}$"):
        DbSinkFactory(url)


def test_a_factory_does_not_connect():
    DbSinkFactory("postgresql://nobody@127.0.0.1:1/nowhere")


def test_an_unused_port_is_unreachable():
    with pytest.raises(UnreachableError) as caught:
        sink_of(f"postgresql://me:{SECRET}@127.0.0.1:1/db", "events")
    assert caught.value.transient
    assert SECRET not in str(caught.value)
    assert type(caught.value.__cause__).__module__.startswith("psycopg")


def test_a_server_that_never_answers_is_unreachable():
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(UnreachableError):
        sink_of(f"postgresql://me@127.0.0.1:{silent.getsockname()[1]}/db?connect_timeout=2", "events")


@pytest.mark.parametrize(("option", "seconds"), [("", "5"), ("?connect_timeout=2", "2")])
def test_the_connection_timeout_is_5_seconds_or_that_of_the_url(option, seconds, monkeypatch):
    actual = {}

    def connect(*_arguments, **options):
        actual.update(options)
        raise ConnectionAbortedError

    monkeypatch.setattr(PatientConnection, "connect", connect)
    with pytest.raises(ConnectionAbortedError):
        open_engine(checked_url(f"postgresql://me@127.0.0.1:1/db{option}")).connect()
    assert str(actual["connect_timeout"]) == seconds


def test_a_wrong_password_is_refused_and_not_displayed(database):
    url = make_url(database).set(password=SECRET)
    with pytest.raises(RefusedError, match="password authentication failed") as caught:
        sink_of(url, "events")
    assert not caught.value.transient
    assert SECRET not in str(caught.value)


def test_a_database_that_does_not_exist_is_refused(database):
    with pytest.raises(RefusedError, match="does not exist"):
        sink_of(make_url(database).set(database="nowhere"), "events")


def test_a_user_who_may_not_insert_is_refused_before_the_run(database, table_name):
    user = f"u_{table_name[-12:]}"
    ask(database, f"CREATE TABLE {table_name} (number BIGINT)")
    ask(database, f"CREATE USER {user} PASSWORD '{SECRET}'")
    url = make_url(database).set(username=user, password=SECRET)
    with pytest.raises(RefusedError, match=r"may not insert .* GRANT INSERT"):
        sink_of(url, table_name)
    ask(database, f"GRANT INSERT ON {table_name} TO {user}")
    sink_of(url, table_name).close()


def test_a_file_that_cannot_be_opened_is_a_sink_error(tmp_path):
    with pytest.raises(SinkError, match="unable to open database file"):
        sink_of(f"sqlite:///{tmp_path}", "events")


def test_a_missing_folder_of_a_file_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SinkError, match=rf"the folder {tmp_path}/nowhere is missing. Hint: make it first"):
        sink_of("sqlite:///nowhere/events.db", "events")


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite:///file::memory:?uri=true"])
def test_a_database_in_memory_needs_no_folder(url):
    with open_engine(make_url(url)).connect() as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1


@pytest.mark.parametrize("name", ["bank.db", "data/bank.sqlite3", "/var/data/bank.db", Path("bank.db")])
def test_the_hint_for_a_file_name_is_its_url(name):
    with pytest.raises(ModelError, match=rf"'{name}' is a file's name. Hint: write sqlite:///{name}$"):
        DbSinkFactory(name)


@pytest.mark.parametrize(
    ("url", "file"),
    [
        ("duckdb://out/x.db", "duckdb:///out/x.db"),
        ("sqlite://x.db", "sqlite:///x.db"),
        ("sqlite+pysqlite://a/b/c.db", "sqlite+pysqlite:///a/b/c.db"),
    ],
)
def test_a_file_with_too_few_slashes_is_reported_with_three(url, file):
    with pytest.raises(
        ModelError, match=rf"has a server's name, and (duckdb|sqlite) is a file. Hint: write {re.escape(file)}$"
    ):
        checked_url(url)
