"""Check database URLs, open SQLAlchemy engines, and turn drivers' errors into ours."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from doge_datagen.errors import MissingDriverError, ModelError, RefusedError, SinkError, UnreachableError
from doge_datagen.model.redaction import Redacted, hidden_in, revealed, without_secrets
from doge_datagen.sinks.files.paths import SQLITE_MOVED
from doge_datagen.sinks.registry import refusal_of, unknown_scheme
from doge_datagen.sinks.server_wait import AtMost, Patience

SCHEMES = ("duckdb", "sqlite", "postgresql", "postgres", "mysql", "mariadb", "oracle", "mssql")
"""Schemes of the URLs of databases that need no further dialect."""


def is_dialect(scheme: str) -> bool:
    """Whether an installed package brings a SQLAlchemy dialect for URLs of this scheme, or it cannot be read.

    >>> is_dialect('sqlite'), is_dialect('s3')
    (True, False)
    """
    try:
        return not scheme or bool(make_url(f"{scheme}://").get_dialect())
    except (ArgumentError, NoSuchModuleError):
        return False
    except ImportError:
        return True  # the dialect is there, and its driver is missing


def check_dialect(url: URL) -> None:
    """Check that the dialect is installed; a missing driver shows when the engine is opened.

    Raises:
        ModelError: it is not installed.
    """
    if url.get_backend_name() == "duckdb":
        return  # DuckDB is written to without SQLAlchemy
    try:
        url.get_dialect()
    except ImportError:
        return  # a third-party dialect whose own dependency is missing; reported when the engine is opened
    except NoSuchModuleError as error:
        name = url.get_backend_name()
        why = refusal_of(name) or ("" if name in SCHEMES else unknown_scheme(name, SCHEMES))
        problem = f"no SQLAlchemy dialect {url.drivername!r} is installed"
        raise ModelError("db_url", f"{problem}: {why}" if why else problem) from error


SECONDS_TO_CONNECT = 5
"""For each address that a name such as localhost resolves to. Ctrl-C has no effect meanwhile, so keep it short."""
SERVERS = AtMost(300)
"""The default limit, as long as a Kafka client waits for a broker."""
TAKE_CONNECT_TIMEOUT = ("psycopg", "psycopg2", "pymysql", "mysqldb")
PACKAGES = {"psycopg2": "psycopg2-binary", "MySQLdb": "mysqlclient", "mysql": "mysql-connector-python"}
SQLITE_FILE = re.compile(r"[^@:?]+\.(db|sqlite|sqlite3)")  # matches nothing that may contain a password
SHORTEST_SECRET = 4
"""Only option values of at least this length are hidden, so that a driver's 'at 5 s' stays readable."""
FILES = {"duckdb": "duckdb", "sqlite": "db"}
"""Databases that are files, and the usual file extension."""
NOT_YET = (
    *("starting up", "shutting down", "recovery mode", "not yet accepting", "terminating connection"),
    *("too many clients", "too many connections", "connection slots", "due to timeout"),
)
"""Messages of PostgreSQL that refuse a connection (FATAL, without a code that libpq would pass on) only for the moment.
Recognized only if the server's messages are in English."""


def checked_url(db_url: str | URL | Redacted) -> URL:
    """Parse the URL, with psycopg as PostgreSQL's driver if none is named.

    Raises:
        ModelError: it is not a database URL, no dialect of that name is installed, or a password is not URL-encoded.
    """
    try:
        url = make_url(revealed(db_url))
    except (ArgumentError, ValueError):
        # Without its cause: SQLAlchemy quotes the string, which may contain a password.
        raise ModelError("db_url", _url_hint(db_url)) from None
    # Refused without quoting anything: what the message would show as the host may be a part of the password.
    if "@" in (url.host or ""):  # in fact the end of the password
        raise ModelError("db_url", "has more than one '@'. Hint: write @, / and : in a password as %40, %2F and %3A")
    dialect, _, driver = url.drivername.partition("+")
    if dialect in ("postgres", "postgresql"):
        # SQLAlchemy's default is psycopg2, which the extra does not install. It has also dropped the scheme postgres.
        url = url.set(drivername=f"postgresql+{driver or 'psycopg'}")
    check_dialect(url)
    if url.get_backend_name() in FILES and url.host:
        shown = shown_url(url) if isinstance(db_url, URL) else without_secrets(str(db_url))
        problem = f"has a server's name, and {url.get_backend_name()} is a file"
        raise ModelError("db_url", f"{problem}. Hint: write {_with_three_slashes(shown, url)}")
    return url


def checked_url_of_destination(db_url: Redacted) -> URL:
    """Parse a URL as :func:`checked_url` does, refusing in-memory databases, which would be lost with the run.

    Raises:
        ModelError: as :func:`checked_url`, or a file-based database is not given a file.
    """
    url = checked_url(db_url)
    name = url.get_backend_name()
    if name in FILES and _is_in_memory(url):
        raise ModelError("db_url", f"{db_url} names no file. Hint: write {name}:///bank.{FILES[name]}")
    return url


def _is_in_memory(url: URL) -> bool:
    """Whether a file-based database is in memory, in any of the ways to ask for that."""
    path = url.database or ""
    named = path.removeprefix("file:") if "uri" in url.query else path
    return not named or named.startswith(":memory:") or "memory" in (url.query.get("mode"), url.query.get("vfs"))


def shown_url(url: URL) -> str:
    """The URL for messages: without the password, and without options, which may contain one."""
    # Options go as a whole, since which of them are secrets depends on the driver.
    return url.set(query={}).render_as_string(hide_password=True)


def without_secrets_of(url: URL, message: str) -> str:
    """A driver's message without the URL's password and option values, which it may repeat."""
    options = (it for value in url.query.values() for it in ([value] if isinstance(value, str) else value))
    return hidden_in(message, [str(url.password or ""), *(it for it in options if len(it) >= SHORTEST_SECRET)])


def open_engine(url: URL, patience: Patience = SERVERS, **options: Any) -> Engine:
    """Create an engine for the URL; it does not connect yet.

    ``patience`` limits the wait for a PostgreSQL server that does not answer; after it the connection is closed and
    psycopg's ``OperationalError`` is raised.

    The first connection to a SQLite file in a missing folder raises ``SinkError``, as the driver does not say why it is
    unable to open the file.

    Raises:
        MissingDriverError: psycopg is not installed.
        ModelError: the dialect does not exist, its driver is not installed or is for asyncio, or an option of the URL
            has a value that the dialect cannot parse.
    """
    try:
        engine = create_engine(url, connect_args=_time_limit(url), **options)
    except NoSuchModuleError as error:
        raise ModelError("db_url", f"no SQLAlchemy dialect {url.drivername!r} is installed") from error
    except ImportError as error:
        raise _missing(url, error) from error
    except ValueError as error:  # an option of the URL that the dialect cannot parse
        reason = without_secrets_of(url, str(error))
        # Without its cause, whose message may have the value of the option, such as a password.
        raise ModelError("db_url", f"an option of {shown_url(url)} cannot be read: {reason}") from None
    if engine.dialect.is_async:
        raise ModelError("db_url", f"{url.drivername} is for asyncio. Hint: name a driver that is not")
    if url.drivername == "postgresql+psycopg":
        from doge_datagen.sinks.database.postgres.connection import connect_patiently  # noqa: PLC0415 - needs psycopg

        connect_patiently(engine, shown_url(url), patience)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "do_connect", lambda *_: _check_folder(url), once=True)
    return engine


def explained(error: SQLAlchemyError, destination: str, url: URL) -> SinkError:
    """Turn the error of a failed connection or query into ours.

    Args:
        error: what SQLAlchemy raised.
        destination: name of the table in messages.
        url: the URL, of which the driver may repeat secret parts.
    """
    cause = cause_of(error)
    message = without_secrets_of(url, message_of(cause))
    if type(cause).__module__.startswith("psycopg"):
        if getattr(cause, "sqlstate", None) == "42501":
            return RefusedError(destination, message)
        # libpq passes on no code for a connection that was refused, so the text has to tell; see NOT_YET.
        if _is_of_connections(cause) and getattr(cause, "sqlstate", None) is None:
            refused = "FATAL" in message and not any(words in message for words in NOT_YET)
            return (RefusedError if refused else UnreachableError)(destination, message)
    return SinkError(destination, message)


def _is_of_connections(cause: BaseException) -> bool:
    """Whether psycopg's error is about the connection rather than about data, such as a NUL in a name."""
    return any(kind.__name__ in ("OperationalError", "InterfaceError") for kind in type(cause).__mro__)


def cause_of(error: BaseException) -> BaseException:
    """The driver's own error, which SQLAlchemy may have wrapped."""
    return getattr(error, "orig", None) or error


def message_of(error: BaseException) -> str:
    """The message of an error on one line."""
    if getattr(error, "sqlite_errorcode", None) == SQLITE_MOVED:
        # SQLite's own message, 'attempt to write a readonly database', is misleading.
        return "the file was moved, removed or replaced during the run, with what was in it"
    return " ".join(str(error).split()) or type(error).__name__


def _url_hint(db_url: object) -> str:
    """The hint for something that is not a URL; quotes it only if it is clearly a file name."""
    shown = os.fspath(db_url) if isinstance(db_url, os.PathLike) else db_url
    text = revealed(shown)
    if isinstance(text, str) and SQLITE_FILE.fullmatch(text):
        return f"{shown!r} is a file's name. Hint: write sqlite:///{shown}"
    return "is not a database URL. Hint: write dialect://user:password@host:port/database"


def _with_three_slashes(shown: str, url: URL) -> str:
    if "://" not in shown:  # it comes from a variable
        shown = f"{url.drivername}://bank.{FILES[url.get_backend_name()]}"
    return shown.replace("://", ":///", 1)


def _check_folder(url: URL) -> None:
    folder = Path(url.database or "").absolute().parent
    if "uri" not in url.query and not folder.is_dir():
        raise SinkError(shown_url(url), f"the folder {folder} is missing. Hint: make it first")


def _time_limit(url: URL) -> dict[str, int]:
    driver = url.drivername.partition("+")[2]
    takes_it = driver in TAKE_CONNECT_TIMEOUT and "connect_timeout" not in url.query
    return {"connect_timeout": SECONDS_TO_CONNECT} if takes_it else {}


def _missing(url: URL, error: ImportError) -> MissingDriverError | ModelError:
    if url.drivername == "postgresql+psycopg":
        return MissingDriverError("writing to PostgreSQL", "postgres")
    module = (error.name or url.drivername.partition("+")[2]).partition(".")[0]
    package = PACKAGES.get(module, module)
    return ModelError("db_url", f"{url.drivername} needs a package that is not installed. Hint: pip install {package}")
