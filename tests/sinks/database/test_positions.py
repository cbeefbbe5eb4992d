import pytest
from sqlalchemy.dialects import mssql, mysql, oracle, postgresql, sqlite
from sqlalchemy.schema import CreateTable

from doge_datagen.sinks.database.positions import position_table


@pytest.mark.parametrize(
    ("dialect", "kind"),
    [
        (postgresql.dialect(), "VARCHAR"),
        (sqlite.dialect(), "VARCHAR"),
        (mysql.dialect(), "VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"),
        (mssql.dialect(), "NVARCHAR(200) COLLATE Latin1_General_BIN2"),
        (oracle.dialect(), "NVARCHAR2(200)"),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_run_id_and_stream_are_the_case_sensitive_key_in_every_database(dialect, kind):
    created = " ".join(str(CreateTable(position_table("bank")).compile(dialect=dialect)).split())
    assert f"bank.doge_position ( run_id {kind} " in created
    assert f" stream {kind} " in created
    assert "PRIMARY KEY (run_id, stream)" in created
