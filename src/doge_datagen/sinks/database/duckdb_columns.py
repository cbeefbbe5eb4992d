"""The columns of a DuckDB table, and the table that is made for a stream."""

from __future__ import annotations

from typing import TYPE_CHECKING

from doge_datagen.sinks.database import columns as kinds
from doge_datagen.sinks.database.columns import Column

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

FAMILIES = {
    kinds.INTEGER: (
        *("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"),
        *("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"),
    ),
    kinds.DECIMAL: ("DECIMAL",),
    kinds.FLOAT: ("DOUBLE",),
    kinds.SINGLE: ("FLOAT",),
    kinds.BOOLEAN: ("BOOLEAN",),
    kinds.STRING: ("VARCHAR",),
    kinds.LABEL: ("ENUM", "JSON", "UUID"),
    kinds.TIMESTAMP: ("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"),
    kinds.ZONED: ("TIMESTAMP WITH TIME ZONE",),
}
FAMILY_OF = {name: family for family, names in FAMILIES.items() for name in names}

COLUMNS = """
SELECT column_name, data_type, NOT is_nullable AND column_default IS NULL
FROM duckdb_columns() WHERE database_name = current_database() AND lower(table_name) = lower(?)
AND lower(schema_name) = lower(coalesce(nullif(?, ''), current_schema())) ORDER BY column_index
"""


def columns_of(connection: duckdb.DuckDBPyConnection, name: str) -> list[Column]:
    """The columns of the table ``name`` or ``schema.name``; none where there is no such table."""
    schema, _, table = name.rpartition(".")
    found = connection.execute(COLUMNS, [table, schema]).fetchall()
    return [Column(column, kind, _family(kind), required, digits=_digits(kind)) for column, kind, required in found]


def table_names(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The tables there are, as a target would name them."""
    asked = "SELECT schema_name, table_name, schema_name = current_schema() FROM duckdb_tables() ORDER BY ALL"
    found = connection.execute(asked).fetchall()
    return [table if current else f"{schema}.{table}" for schema, table, current in found]


def make_table(connection: duckdb.DuckDBPyConnection, name: str, schema: pa.Schema) -> None:
    """Make the table where it is missing, with a column for each field."""
    fields = (f"{identifier(field.name)} {kinds.BEST[kinds.KINDS[field.type]]} NOT NULL" for field in schema)
    connection.execute(f"CREATE TABLE IF NOT EXISTS {quoted(name)} ({', '.join(fields)})")


def quoted(name: str) -> str:
    """``table`` or ``schema.table`` as SQL writes it."""
    schema, _, table = name.rpartition(".")
    return f"{identifier(schema)}.{identifier(table)}" if schema else identifier(table)


def identifier(name: str) -> str:
    """A name as SQL writes it, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def _digits(kind: str) -> int | None:
    """After the point, that a column keeps: ``DECIMAL(9,2)`` has two."""
    if kind.startswith("DECIMAL("):
        return int(kind.rstrip(")").rpartition(",")[2])
    return 0 if kind == "TIMESTAMP_S" else None


def _family(kind: str) -> str:
    return FAMILY_OF.get(kind.partition("(")[0], kinds.OTHER)
