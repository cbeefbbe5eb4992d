import pytest

from doge_datagen.errors import ModelError
from doge_datagen.model.redaction import Piece, Redacted
from doge_datagen.sinks.kafka.addresses import check_addresses


@pytest.mark.parametrize(
    "at",
    [
        *("localhost", "localhost:9092", "a:1,b:2", " a:1 , b:2 ,", "broker-1.example:9092", "my_broker:9092"),
        *("[::1]:9092", "[fe80::1%eth0]:9092", "::1", "127.0.0.1:1", "PLAINTEXT://a:9092", "plaintext://a:9092/"),
    ],
)
def test_what_librdkafka_takes_for_addresses_is_taken(at):
    check_addresses(Redacted(at), "plaintext", "there")


@pytest.mark.parametrize(
    ("at", "message"),
    [
        ("", "no broker is named"),
        (" , ", "no broker is named"),
        ("http://localhost:9092", "'http://localhost:9092' is not a broker's address. Hint: write host:port"),
        ("a:1,https://b", "'https://b' is not a broker's address"),
        ("a:b", "'a:b' is not a broker's address"),
        ("a b", "'a b' is not a broker's address"),
        ("a/b", "'a/b' is not a broker's address"),
        ("a:1;b:2", "'a:1;b:2' is not a broker's address"),
        ("a:0", "'a:0' has a port that does not exist. Hint: give one from 1 to 65535"),
        ("a:65536", "'a:65536' has a port that does not exist"),
        (
            "SASL_SSL://a:1",
            "'SASL_SSL://a:1' is not used, as security.protocol is PLAINTEXT. Hint: set security.protocol: SASL_",
        ),
        (
            "u:geheim@host:1",
            "a broker's address has no user. Hint: give user and password in conf: sasl.username, sasl.pass",
        ),
    ],
)
def test_what_is_no_address_is_refused(at, message):
    with pytest.raises(ModelError) as caught:
        check_addresses(Redacted(at), "plaintext", "there")
    assert str(caught.value).startswith(f"there: {message}")
    assert "geheim" not in str(caught.value)


def test_a_protocol_in_an_address_is_that_of_the_client():
    check_addresses(Redacted("SASL_SSL://a:1,b:2"), "sasl_ssl", "there")


def test_an_address_from_a_variable_is_shown_by_its_name():
    with pytest.raises(ModelError, match=r"there: '\$\{KAFKA\}' is not a broker's address"):
        check_addresses(Redacted([Piece("a b", "${KAFKA}")]), "plaintext", "there")
