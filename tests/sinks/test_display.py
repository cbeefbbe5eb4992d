import pytest

from doge_datagen.model.destination import Destination
from doge_datagen.sinks.display import shown_place


@pytest.fixture(autouse=True)
def variables(monkeypatch):
    monkeypatch.setenv("KAFKA", "broker-1:9092,broker-2:9092")
    monkeypatch.setenv("DATABASE", "postgresql://ann:geheim@h/bank?sslpassword=geheim")
    monkeypatch.setenv("TOPIC", "payments")
    monkeypatch.setenv("DB_PASSWORD", "geheim")
    monkeypatch.setenv("HOST_TOKEN", "geheim")
    monkeypatch.delenv("MISSING", raising=False)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("out/a.csv", "out/a.csv"),
        ("console", "console"),
        ("postgresql://u:geheim@h/d", "postgresql://u:***@h/d, table trx"),
        ("u:geheim@host/db", "***@host/db"),
        ({"kafka": "${KAFKA}"}, "kafka broker-1:9092,broker-2:9092, topic trx"),
        ({"kafka": "${MISSING:-localhost:9092}", "topic": "${TOPIC}"}, "kafka localhost:9092, topic payments"),
        ({"kafka": "${MISSING}"}, "kafka ${MISSING}, topic trx"),
        ({"kafka": "u:geheim@host"}, "kafka ***@host, topic trx"),
        ({"kafka": "SASL_SSL://user:geheim@host:9093"}, "kafka ***, topic trx"),
        ({"kafka": "a:1,geheim in words"}, "kafka a:1,***, topic trx"),
        ({"kafka": "${HOST_TOKEN}"}, "kafka ${HOST_TOKEN}, topic trx"),
        ({"database": "${DATABASE}", "table": "t"}, "postgresql://ann:***@h/bank?***, table t"),
        ({"database": "postgresql://u:${DB_PASSWORD}@h/d"}, "postgresql://u:${DB_PASSWORD}@h/d, table trx"),
        ({"database": "duckdb:///x?encryption_key=geheim"}, "duckdb:///x?***, table trx"),
        ({"kafka": "h:9092", "conf": {"sasl.password": "geheim"}}, "kafka h:9092, topic trx"),
        ({"arrow_folder": "x", "secret": "geheim"}, "arrow_folder x"),
    ],
)
def test_a_place_is_shown_with_its_real_address_and_without_secrets(given, shown):
    assert shown_place(Destination.of(given), "trx") == shown


def test_a_place_shows_no_secret_of_itself():
    place = Destination.of({"kafka": "u:geheim@h", "conf": {"sasl.password": "geheim", "linger.ms": 5}})
    assert (
        repr(place)
        == "Destination(kind='kafka', at='***@h', options={'conf': {'sasl.password': '***', 'linger.ms': 5}})"
    )
