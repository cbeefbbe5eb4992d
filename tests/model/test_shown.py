import pytest

from doge_datagen.model.place import Place
from doge_datagen.model.shown import shown


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("out/a.csv", "out/a.csv"),
        ("console", "console"),
        ("postgresql://u:geheim@h/d", "postgresql://u:***@h/d, table trx"),
        ("postgresql://u:geh@eim@h/d", "postgresql://u:***@h/d, table trx"),
        ("postgresql://h/d?user=u&password=geheim&x=1", "postgresql://h/d?user=u&password=***&x=1, table trx"),
        ("postgresql://u:geh/eim@h/d", "postgresql://u:***@h/d, table trx"),
        ("postgresql://u:geh eim@h/d", "postgresql://u:***@h/d, table trx"),
        ("postgresql://u:geh?eim@h/d", "postgresql://u:***@h/d, table trx"),
        ("postgresql://u v@w:geheim@h/d", "postgresql://u v@w:***@h/d, table trx"),
        ("postgresql://u:${X}geheim@h/d", "postgresql://u:***@h/d, table trx"),
        ("postgresql://u:${PW:-geheim}@h/d", "postgresql://u:***@h/d, table trx"),
        ("postgresql://${U:-u}:geheim@h/d", "postgresql://${U:-u}:***@h/d, table trx"),
        ("postgresql://${U}:${PW}@h:5432/d?x=a@b", "postgresql://${U}:${PW}@h:5432/d?x=a@b, table trx"),
        ("postgresql://h/d?password=geh eim;x&x=1", "postgresql://h/d?password=***&x=1, table trx"),
        (
            "mssql:///?odbc_connect=UID%3Du%3BPWD%3Dgeheim%3B&x=1",
            "mssql:///?odbc_connect=UID%3Du%3BPWD%3D***&x=1, table trx",
        ),
        ("postgresql://u:${PW}@h/d", "postgresql://u:${PW}@h/d, table trx"),
        ({"database": "${DB}", "table": "t"}, "${DB}, table t"),
        ({"kafka": "h:9092", "conf": {"sasl.password": "geheim"}}, "kafka h:9092, topic trx"),
        ({"arrow_folder": "x", "secret": "geheim"}, "arrow_folder x"),
    ],
)
def test_a_place_is_told_without_its_secrets(given, told):
    assert shown(Place.of(given), "trx") == told
