"""Ports that are held."""

import errno
import os
import socket
import sys

import pytest

from services import Postgres
from services.errors import ServiceError
from services.ports import HOST, Port

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a port is chosen, not held")


def listener(port, *, reuse):
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(reuse))
    server.bind((HOST, port))
    server.listen()
    return server


@pytest.fixture
def port():
    held = Port()
    yield held
    held.close()


def test_a_server_listens_on_the_port_that_is_held_for_it_and_again_after_it_was_down(port):
    for _ in range(2):
        with listener(port.number, reuse=True), socket.create_connection((HOST, port.number)):
            pass


def test_no_port_that_is_free_is_an_error():
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        number = taken.getsockname()[1]
        with pytest.raises(ServiceError, match=r"is free; end what listens there"):
            Port(number, number)


@on_linux
def test_a_port_that_is_held_is_not_given_to_another_while_nobody_listens(port):
    others = [Port(port.number, port.number + 20) for _ in range(10)]
    try:
        numbers = [port.number, *(other.number for other in others)]
        assert len(set(numbers)) == 11
    finally:
        for other in others:
            other.close()


@pytest.mark.slow
@on_linux
def test_a_server_that_is_down_finds_its_port_again_whoever_asks_for_it_meanwhile():
    with Postgres() as server:
        server.stop()
        with socket.socket() as other, pytest.raises(OSError, match=os.strerror(errno.EADDRINUSE)):
            other.bind((HOST, server.port))
        server.start()
        assert server.psql("SELECT 42") == "42"


def test_a_port_that_was_closed_is_anybodys(port):
    port.close()
    with listener(port.number, reuse=False):
        pass
