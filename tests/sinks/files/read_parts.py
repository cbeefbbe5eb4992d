"""What stands in a folder of parts, as packages and users read one."""

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds

from tests.sinks.files.read_back import read_back


def by_names(folder, ending):
    """Each part as its format is read, in order of names, as a shell's pattern finds them."""
    return [record for path in sorted(folder.glob(f"*{ending}")) for record in read_back(path)]


def by_dataset(folder, file_format):
    """The whole folder, as Arrow finds its files."""
    return ds.dataset(folder, format=file_format, partitioning=None).to_table().to_pylist()


def by_duckdb(folder, ending):
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        found = connection.sql(f"SELECT * REPLACE (epoch_ms(happened) AS happened) FROM '{folder}/*{ending}'")
        return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]


def by_pandas(folder):
    return pd.read_parquet(folder).to_dict("records")


def by_polars(folder, ending):
    return pl.read_parquet(folder / f"*{ending}").to_dicts()


def schema_of(folder, file_format) -> pa.Schema:
    return ds.dataset(folder, format=file_format).schema
