"""Read the columns of a DuckDB table, and create the table for a stream."""

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
    """The columns of the table ``name`` or ``schema.name``; empty if the table does not exist."""
    schema, _, table = name.rpartition(".")
    found = connection.execute(COLUMNS, [table, schema]).fetchall()
    return [Column(column, kind, _family(kind), required, digits=_digits(kind)) for column, kind, required in found]


def table_names(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """All tables, named as a target would name them."""
    asked = "SELECT schema_name, table_name, schema_name = current_schema() FROM duckdb_tables() ORDER BY ALL"
    found = connection.execute(asked).fetchall()
    return [table if current else f"{schema}.{table}" for schema, table, current in found]


def make_table(connection: duckdb.DuckDBPyConnection, name: str, schema: pa.Schema) -> None:
    """Create the table if it is missing, with a column for each field."""
    fields = (f"{identifier(field.name)} {kinds.BEST[kinds.KINDS[field.type]]} NOT NULL" for field in schema)
    connection.execute(f"CREATE TABLE IF NOT EXISTS {quoted(name)} ({', '.join(fields)})")


def quoted(name: str) -> str:
    """Quote ``table`` or ``schema.table`` for SQL."""
    schema, _, table = name.rpartition(".")
    return f"{identifier(schema)}.{identifier(table)}" if schema else identifier(table)


def identifier(name: str) -> str:
    """Quote a name for SQL, whatever characters it contains."""
    return '"' + name.replace('"', '""') + '"'


def _digits(kind: str) -> int | None:
    """Decimal places that a column keeps, such as two for ``DECIMAL(9,2)``; None if it keeps all of ours."""
    if kind.startswith("DECIMAL("):
        return int(kind.rstrip(")").rpartition(",")[2])
    return 0 if kind == "TIMESTAMP_S" else None


def _family(kind: str) -> str:
    return FAMILY_OF.get(kind.partition("(")[0], kinds.OTHER)
