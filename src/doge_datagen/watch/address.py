"""Where an endpoint listens, as a person writes it: ``HOST:PORT``, ``:PORT`` or ``PORT``."""

from __future__ import annotations

import re

from doge_datagen.errors import ModelError

LOOPBACK = "127.0.0.1"
LAST_PORT = 2**16 - 1
ADDRESS = re.compile(r"(?:(?P<host>[^:\[\]\s/@]+|\[[0-9a-fA-F:.]+(?:%\w+)?\])?:)?(?P<port>[0-9]{1,5})")


def host_and_port(place: str, address: str) -> tuple[str, int]:
    """Host and port; only this computer reaches a port without a host. Port 0 stands for any that is free.

    Raises:
        ModelError: it is no address.

    >>> host_and_port('metrics', ':9400'), host_and_port('metrics', '[::1]:0')
    (('127.0.0.1', 9400), ('::1', 0))
    """
    found = ADDRESS.fullmatch(address)
    if found is None:
        shown = address.rpartition("@")[2]  # before it could stand a password
        raise ModelError(place, f"{shown!r} is no address; give HOST:PORT, or a port alone, such as :9400")
    port = int(found["port"])
    if port > LAST_PORT:
        raise ModelError(place, f"port {port} is too large; give {LAST_PORT} or less")
    return (found["host"] or LOOPBACK).strip("[]"), port
