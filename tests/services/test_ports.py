"""Reserved ports."""

import errno
import os
import socket
import sys

import pytest

from services import Postgres
from services.errors import ServiceError
from services.ports import HOST, Port

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="other systems do not reserve ports")


def listener(port, *, reuse):
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(reuse))
    server.bind((HOST, port))
    server.listen()
    return server


@pytest.fixture
def port():
    reserved = Port()
    yield reserved
    reserved.close()


def test_a_server_can_listen_on_its_reserved_port_repeatedly(port):
    for _ in range(2):
        with listener(port.number, reuse=True), socket.create_connection((HOST, port.number)):
            pass


def test_a_range_without_a_free_port_is_an_error():
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        number = taken.getsockname()[1]
        with pytest.raises(ServiceError, match=r"is free; end the processes that use them"):
            Port(number, number)


@linux_only
def test_a_reserved_port_is_not_chosen_again_even_if_no_server_listens(port):
    others = [Port(port.number, port.number + 20) for _ in range(10)]
    try:
        numbers = [port.number, *(other.number for other in others)]
        assert len(set(numbers)) == 11
    finally:
        for other in others:
            other.close()


@pytest.mark.slow
@linux_only
def test_a_stopped_server_keeps_its_port():
    with Postgres() as server:
        server.stop()
        with socket.socket() as other, pytest.raises(OSError, match=os.strerror(errno.EADDRINUSE)):
            other.bind((HOST, server.port))
        server.start()
        assert server.psql("SELECT 42") == "42"


def test_a_closed_port_can_be_used_by_any_server(port):
    port.close()
    with listener(port.number, reuse=False):
        pass
