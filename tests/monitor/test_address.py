import pytest

from doge_datagen.errors import ModelError
from doge_datagen.monitor.metrics import host_and_port


@pytest.mark.parametrize(
    ("address", "meant"),
    [
        ("9400", ("127.0.0.1", 9400)),
        (":9400", ("127.0.0.1", 9400)),
        ("0.0.0.0:65535", ("0.0.0.0", 65535)),
        ("my-host.example:1", ("my-host.example", 1)),
        ("[::]:9400", ("::", 9400)),
    ],
)
def test_an_address_is_read(address, meant):
    assert host_and_port("metrics", address) == meant


@pytest.mark.parametrize(
    "address", ["", ":", "host", "host:", "host:port", "::1:9400", "[::1]", "http://host:9400", "-1", "9400 ", "९४००"]
)
def test_an_invalid_address_is_an_error(address):
    with pytest.raises(
        ModelError, match=r"metrics: .* is not an address. Hint: give HOST:PORT, or a port alone, such as :9400"
    ):
        host_and_port("metrics", address)


def test_an_impossible_port_is_an_error():
    with pytest.raises(ModelError, match=r"metrics: port 65536 is too large. Hint: give 65535 or less"):
        host_and_port("metrics", ":65536")


def test_a_password_is_not_repeated():
    with pytest.raises(ModelError) as raised:
        host_and_port("metrics", "ann:secret@host:9400")
    assert "secret" not in str(raised.value)
