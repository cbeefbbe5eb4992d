"""Read the columns of a table through SQLAlchemy, and create the table for a stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Column as SqlColumn
from sqlalchemy import Connection, Dialect, MetaData, Table, inspect, types
from sqlalchemy.dialects import mssql, mysql, oracle, postgresql
from sqlalchemy.exc import CompileError, DBAPIError

from doge_datagen.errors import UnknownTargetError, did_you_mean
from doge_datagen.sinks.database import columns as kinds
from doge_datagen.sinks.database.columns import Column

if TYPE_CHECKING:
    import pyarrow as pa

FAMILIES: tuple[tuple[type[types.TypeEngine[Any]], str], ...] = (
    (types.Boolean, kinds.BOOLEAN),
    (types.Integer, kinds.INTEGER),
    (types.Float, kinds.FLOAT),
    (types.Numeric, kinds.DECIMAL),
    (types.Enum, kinds.LABEL),
    (types.Uuid, kinds.LABEL),
    (types.JSON, kinds.LABEL),
    (types.String, kinds.STRING),
    (types.NullType, kinds.ANY),
)
"""The first match counts: an Enum is a String too."""

SINGLES: dict[str, type[types.TypeEngine[Any]]] = {
    "postgresql": types.REAL,
    "mssql": types.REAL,
    "mysql": mysql.FLOAT,
    "mariadb": mysql.FLOAT,
    "oracle": oracle.BINARY_FLOAT,
}
"""By database, the type of 32-bit floats."""

MADE: dict[str, types.TypeEngine[Any]] = {
    kinds.INTEGER: types.BigInteger(),
    kinds.FLOAT: types.Double(),
    kinds.BOOLEAN: types.Boolean(),
    # By default these two hold only 64 KB, and only one code page.
    kinds.STRING: types.Text()
    .with_variant(mysql.LONGTEXT(), "mysql", "mariadb")
    .with_variant(mssql.NVARCHAR(), "mssql"),
    kinds.TIMESTAMP: types.DateTime(timezone=True)
    # By default these two drop the milliseconds.
    .with_variant(mysql.DATETIME(fsp=3), "mysql", "mariadb")
    .with_variant(oracle.TIMESTAMP(timezone=True), "oracle"),
}
"""The column type for each kind of field."""


def columns_of(table: Table, dialect: Dialect) -> list[Column]:
    """The columns of a table whose definition SQLAlchemy has loaded."""
    return [_column(column, dialect) for column in table.columns]


def bare(kind: types.TypeEngine[Any]) -> types.TypeEngine[Any]:
    """The base type of a PostgreSQL domain; any other type unchanged."""
    return kind.data_type if isinstance(kind, postgresql.DOMAIN) else kind


def make_table(connection: Connection, name: str, schema: pa.Schema) -> None:
    """Create the table if it is missing, with a column for each field.

    Raises:
        UnknownTargetError: the schema before the dot does not exist.
    """
    if is_there(connection, name):
        return
    owner, _, rest = name.rpartition(".")
    known = inspect(connection).get_schema_names() if owner else []
    if owner and owner not in known:
        problem = f"the schema {owner!r} does not exist. Hint: CREATE SCHEMA first, or name another"
        raise UnknownTargetError(f"table {name}", f"{problem}; {did_you_mean(owner, known)}")
    columns = (SqlColumn(field.name, MADE[kinds.KINDS[field.type]], nullable=False) for field in schema)
    create(connection, Table(rest, MetaData(), *columns, schema=owner or None))


def create(connection: Connection, table: Table) -> None:
    """Create the table and commit, unless another process creates it at the same moment."""
    try:
        # Not CREATE TABLE IF NOT EXISTS, which several databases lack; and in PostgreSQL two of them at once can
        # collide in the catalogue.
        table.create(connection)
        connection.commit()
    except DBAPIError:
        connection.rollback()
        # Another process was faster, or has other reasons to fail: only the first is no error.
        if not is_there(connection, table.fullname):
            raise


def is_there(connection: Connection, name: str) -> bool:
    """Whether the table ``name`` or ``schema.name`` exists."""
    inspector = inspect(connection)
    schema, _, rest = name.rpartition(".")
    # A table's own name may contain a dot, so the whole name is tried before a part of it is taken for a schema.
    return inspector.has_table(name) or (
        schema in inspector.get_schema_names() and inspector.has_table(rest, schema=schema)
    )


def _column(column: SqlColumn[Any], dialect: Dialect) -> Column:
    return Column(
        name=column.name,
        type=_type_name(column.type, dialect),
        family=_family(bare(column.type), dialect.name),
        required=_is_required(column, dialect),
        generated=column.computed is not None,
        digits=_digits(bare(column.type), dialect.name),
    )


def _digits(kind: types.TypeEngine[Any], database: str) -> int | None:
    """Decimal places that a decimal or timestamp column keeps; None if it keeps all of ours."""
    if database == "sqlite":
        return None  # SQLite stores values as given
    if isinstance(kind, types.Numeric):
        return None if isinstance(kind, types.Float) or kind.precision is None else kind.scale or 0
    if isinstance(kind, postgresql.TIMESTAMP | mssql.DATETIME2 | mssql.DATETIMEOFFSET):
        precision: int | None = kind.precision
        return precision
    if isinstance(kind, mysql.DATETIME | mysql.TIMESTAMP):
        return kind.fsp or 0
    return 2 if isinstance(kind, mssql.DATETIME) else None  # DATETIME rounds to about 3 ms


def _family(kind: types.TypeEngine[Any], database: str) -> str:
    if database == "sqlite" and isinstance(kind, types.Numeric) and not isinstance(kind, types.Float):
        return kinds.NUMBER
    if database == "sqlite" and isinstance(kind, types.JSON):
        return kinds.NO_NUMBER
    if isinstance(kind, SINGLES.get(database, ())):
        return kinds.SINGLE
    if isinstance(kind, types.DateTime):
        return kinds.ZONED if kind.timezone else kinds.TIMESTAMP
    return next((family for base, family in FAMILIES if isinstance(kind, base)), kinds.OTHER)


def _type_name(kind: types.TypeEngine[Any], dialect: Dialect) -> str:
    try:
        return str(kind.compile(dialect=dialect))
    except CompileError:
        return "without a type" if dialect.name == "sqlite" else "unknown"


def _is_required(column: SqlColumn[Any], dialect: Dialect) -> bool:
    if column.nullable or column.server_default is not None or column.identity is not None:
        return False
    if dialect.name == "sqlite" and column is column.table.autoincrement_column:
        return False  # another name of SQLite's row number
    return column.autoincrement is not True
