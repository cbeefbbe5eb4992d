import copy
import pickle

import pytest

from doge_datagen.model.redaction import Piece, Redacted, hidden_in, is_secret_name, redacted, revealed, without_secrets

SECRET = "hunter2"
AT = f"postgresql://ann:{SECRET}@localhost/bank"


@pytest.mark.parametrize(
    "show", [str, repr, "{}".format, "{!r}".format, "{:>80}".format, lambda it: f"{[it]} { ({it: it}) }"]
)
def test_every_way_to_display_a_string_hides_secrets(show):
    assert "localhost" in show(Redacted(AT))
    assert SECRET not in show(Redacted(AT))


def test_a_redacted_string_is_revealed_only_on_request():
    assert Redacted(AT).reveal() == AT


def test_a_built_string_compares_with_strings_and_is_found_among_them():
    assert Redacted("csv") == "csv" == Redacted("csv")
    assert Redacted("csv") != "avro"
    assert Redacted("csv") != 7
    assert {"csv": 1}[Redacted("csv")] == 1
    assert not Redacted("")


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))])
def test_a_copy_is_redacted_too(copied):
    assert copied(Redacted(AT)) == AT
    assert SECRET not in repr(copied(Redacted(AT)))


def test_a_secret_reveals_nothing():
    secret = Redacted(SECRET, secret=True)
    assert (str(secret), secret.address, secret.reveal()) == ("***", "***", SECRET)


def test_parts_of_a_string_show_the_variables_they_come_from():
    parts = Redacted([Piece("a:1, b:2", "${KAFKA}"), Piece(",c:"), Piece("3", "${PORT}")]).split(",")
    assert [it.reveal() for it in parts] == ["a:1", "b:2", "c:3"]
    assert [str(it) for it in parts] == ["${KAFKA}", "${KAFKA}", "c:${PORT}"]


def test_an_address_shows_the_values_of_variables_unless_named_like_secrets():
    at = Redacted([Piece("db", "${HOST}"), Piece("/"), Piece(SECRET, "${DB_TOKEN}"), Piece("/x")])
    assert at.address == "db/${DB_TOKEN}/x"
    assert Redacted([Piece(AT, "${DATABASE}")]).address == "postgresql://ann:***@localhost/bank"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("out/a.csv", "out/a.csv"),
        ("out/me@home.csv", "out/me@home.csv"),
        ("C:/out/a.csv", "C:/out/a.csv"),
        ("a:9092,b:9092", "a:9092,b:9092"),
        ("postgresql://u:geheim@h/d", "postgresql://u:***@h/d"),
        ("postgresql://u:geh@eim@h/d", "postgresql://u:***@h/d"),
        ("postgresql://u:geh/eim@h/d", "postgresql://u:***@h/d"),
        ("postgresql://u:geh eim@h/d", "postgresql://u:***@h/d"),
        ("postgresql://u:geh?eim@h/d", "postgresql://u:***"),
        ("postgresql://u v@w:geheim@h/d", "postgresql://u v@w:***@h/d"),
        ("postgresql://u:${X}geheim@h/d", "postgresql://u:***@h/d"),
        ("postgresql://u:${PW:-geheim}@h/d", "postgresql://u:***@h/d"),
        ("postgresql://${U:-u}:geheim@h/d", "postgresql://${U:-u}:***@h/d"),
        ("postgresql://u:${PW}@h/d", "postgresql://u:${PW}@h/d"),
        ("${DB:-postgresql://u:geheim@h/d}", "${DB:-postgresql://u:***@h/d}"),
        ("postgresql://h1:5432,h2:${PORT}/d", "postgresql://h1:5432,h2:${PORT}/d"),
        ("postgresql://[::1]:5432/d", "postgresql://[::1]:5432/d"),
        ("postgresql://u:geheim", "postgresql://u:***"),
        ("postgresql:/u:geheim@h/d", "***@h/d"),
        ("u:geheim@h/d", "***@h/d"),
        ("u:geheim@h:9092,b:9092", "***@h:9092,b:9092"),
        ("SASL_SSL://user:geheim@h:9093", "SASL_SSL://user:***@h:9093"),
        ("ftp://u:geheim@h", "ftp://u:***@h"),
        ("https://geheim@h/x", "https://***@h/x"),
        ("http://h:8081?token=geheim", "http://h:8081?***"),
        ("http://h:8081#geheim", "http://h:8081#***"),
        ("h:9092?sig=geheim", "h:9092?***"),
        ("duckdb:///x?encryption_key=geheim", "duckdb:///x?***"),
        ("sqlite:///x.db?hexkey=a@geheim", "sqlite:///x.db?***"),
        ("abfss://c@h/x?sig=geheim&key=geheim", "abfss://c@h/x?***"),
        ("mssql:///?odbc_connect=UID%3Du%3BPWD%3Dgeheim", "mssql:///?***"),
        ("duckdb:///x?azure_storage_connection_string=AccountKey%3Dgeheim", "duckdb:///x?***"),
        ("sqlserver://h;user=u;password=geheim", "sqlserver://h;***"),
    ],
)
def test_a_string_is_shown_without_secrets(text, shown):
    assert without_secrets(text) == shown


@pytest.mark.parametrize(
    "name",
    [
        *("password", "sasl.password", "ssl.key.password", "ssl.key.pem", "token", "bearer.auth.token", "sig", "key"),
        *("hexkey", "encryption_key", "apikey", "API_KEY", "DB_PW", "SEC", "azure_storage_connection_string", "secret"),
        *("basic.auth.user.info", "sasl.oauthbearer.client.secret", "sasl.oauthbearer.config", "${KAFKA_PASSWORD:-x}"),
    ],
)
def test_secrets_are_recognized_by_name(name):
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name", ["sasl.username", "ssl.key.location", "topic", "KAFKA", "DATABASE", "keyspace", "user"]
)
def test_other_names_are_not_secrets(name):
    assert not is_secret_name(name)


def test_the_strings_of_a_mapping_are_redacted_by_their_names_and_revealed_again():
    conf = {"sasl.password": SECRET, "url": AT, "linger.ms": 5, "b": True}
    known = redacted({"conf": conf})
    assert SECRET not in repr(known)
    assert revealed(known) == {"conf": conf}
    assert redacted(known) == known


def test_a_drivers_message_is_shown_without_secrets():
    assert hidden_in("no hunter2, no hunter", ["hunter", "hunter2", ""]) == "no ***, no ***"
    assert hidden_in("it says nothing", []) == "it says nothing"
