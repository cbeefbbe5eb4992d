"""Whether a URL is that of a database that SQLAlchemy knows, and what to write instead where it is not."""

from __future__ import annotations

from difflib import get_close_matches

from sqlalchemy import URL
from sqlalchemy.exc import NoSuchModuleError

from doge_datagen.errors import ModelError

KNOWN = ("duckdb", "sqlite", "postgresql", "mysql", "mariadb", "oracle", "mssql")
STORES = "object stores and web servers are not written to: write a file, such as out/trx.parquet, and copy it"
INSTEAD = {
    **dict.fromkeys(("s3", "s3a", "s3n", "gs", "gcs", "r2", "az", "abfs", "abfss", "wasb", "wasbs"), STORES),
    **dict.fromkeys(("hdfs", "http", "https", "ftp", "sftp"), STORES),
    "file": "a file is its path alone, such as out/trx.parquet",
    "kafka": "Kafka is its brokers: {kafka: 'localhost:9092'}",
}
"""By what a URL begins with, what to write where it is no database."""


def see_that_it_is_known(url: URL) -> None:
    """See that the dialect is installed; whether its driver is, shows when it is opened.

    Raises:
        ModelError: it is not.
    """
    if url.get_backend_name() == "duckdb":
        return  # which needs no dialect
    try:
        url.get_dialect()
    except ImportError:
        return  # of a package of others: told with what it needs when it is opened
    except NoSuchModuleError as error:
        raise ModelError("db_url", f"no SQLAlchemy dialect {url.drivername!r} is installed; {_way_out(url)}") from error


def _way_out(url: URL) -> str:
    name = url.get_backend_name()
    near = get_close_matches(name, KNOWN, n=1)
    if name not in INSTEAD and near and near[0] != name:
        return f"did you mean {near[0]!r}?"
    databases = f"a URL is taken for a database's: {', '.join(KNOWN)}, or one whose package brings a dialect"
    return f"{databases}; {INSTEAD[name]}" if name in INSTEAD else databases
