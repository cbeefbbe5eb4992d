"""Reads folders of parts as users and packages do."""

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds

from tests.sinks.files.read_back import read_back


def by_names(folder, ending):
    """The records of all parts in order of names, like a shell pattern."""
    return [record for path in sorted(folder.glob(f"*{ending}")) for record in read_back(path)]


def by_dataset(folder, file_format):
    """The whole folder, as an Arrow dataset."""
    return ds.dataset(folder, format=file_format, partitioning=None).to_table().to_pylist()


def by_duckdb(folder, ending):
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        result = connection.sql(f"SELECT * REPLACE (epoch_ms(happened) AS happened) FROM '{folder}/*{ending}'")
        return [dict(zip(result.columns, row, strict=True)) for row in result.fetchall()]


def by_pandas(folder):
    return pd.read_parquet(folder).to_dict("records")


def by_polars(folder, ending):
    return pl.read_parquet(folder / f"*{ending}").to_dicts()


def schema_of(folder, file_format) -> pa.Schema:
    return ds.dataset(folder, format=file_format).schema
