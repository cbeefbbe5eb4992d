import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table
from sqlalchemy.dialects import mssql, mysql, oracle, postgresql, sqlite

from doge_datagen.sinks.database import columns as kinds
from doge_datagen.sinks.database.sqlalchemy.columns import MADE, columns_of


@pytest.mark.parametrize(
    ("dialect", "types"),
    [
        (postgresql, ["BIGINT", "DOUBLE PRECISION", "BOOLEAN", "TEXT", "TIMESTAMP WITH TIME ZONE"]),
        (sqlite, ["BIGINT", "DOUBLE", "BOOLEAN", "TEXT", "DATETIME"]),
        (mysql, ["BIGINT", "DOUBLE", "BOOL", "LONGTEXT", "DATETIME(3)"]),
        (oracle, ["NUMBER(19)", "DOUBLE PRECISION", "BOOLEAN", "CLOB", "TIMESTAMP WITH TIME ZONE"]),
        (mssql, ["BIGINT", "DOUBLE PRECISION", "BIT", "NVARCHAR(max)", "DATETIMEOFFSET"]),
    ],
)
def test_each_database_has_its_own_types(dialect, types):
    assert [str(kind.compile(dialect=dialect.dialect())) for kind in MADE.values()] == types


def test_every_field_type_has_a_column_type():
    table = Table("events", MetaData(), *(Column(kind, of) for kind, of in MADE.items()))
    for column in columns_of(table, postgresql.dialect()):
        assert column.family in kinds.FITS[column.name]


def test_a_column_is_required_if_it_has_no_other_source_of_values():
    table = Table(
        "events",
        MetaData(),
        Column("bare", Integer, nullable=False),
        Column("null", Integer),
        Column("default", String(3), nullable=False, server_default="a"),
        Column("counted", Integer, nullable=False, autoincrement=True),
    )
    assert [column.name for column in columns_of(table, mysql.dialect()) if column.required] == ["bare"]
