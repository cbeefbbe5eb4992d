"""A small HTTP server on a thread of its own, for as long as somebody wants it."""

from __future__ import annotations

import errno
import logging
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from socketserver import TCPServer, ThreadingMixIn
from threading import Thread
from time import time
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from doge_datagen.errors import MissingDriverError, ModelError
from doge_datagen.monitor.metric_families import Measured
from doge_datagen.run.report import Progress, ProgressListener

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

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


SECONDS_BETWEEN_LOOKS = 0.05
SECONDS_FOR_A_REQUEST = 5
WAYS_OUT = {
    errno.EADDRINUSE: "is in use; give another port, or port 0 for any that is free",
    errno.EACCES: "is not allowed; give a port above 1023",
    errno.EADDRNOTAVAIL: "is not an address of this computer; give one that is, or a port alone",
}

log = logging.getLogger(__name__)


@contextmanager
def serving(place: str, address: str, application: WSGIApplication) -> Iterator[tuple[str, int]]:
    """Serve an application; its host and port, the real one where any was asked for.

    Args:
        place: what errors are about, such as ``metrics``.
        address: where to listen, as :func:`host_and_port` reads it.
        application: what answers.

    Raises:
        ModelError: it is no address, or nothing can listen there.
    """
    server = _bound(place, address, application)
    thread = Thread(target=server.serve_forever, args=(SECONDS_BETWEEN_LOOKS,), name=f"doge-{place}", daemon=True)
    thread.start()
    try:
        yield server.server_name, server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(WSGIRequestHandler):
    """One request; who connects and then says nothing is let go."""

    timeout = SECONDS_FOR_A_REQUEST

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as the base class calls it
        """Say nothing: a scrape is no news."""


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True  # nobody waits for a slow reader when a run is over
    allow_reuse_port = False  # two runs on one port would answer by turns

    def __init__(self, family: socket.AddressFamily, address: tuple[str, int], application: WSGIApplication) -> None:
        self.address_family = family
        super().__init__(address, _Handler)
        self.set_app(application)

    def server_bind(self) -> None:
        """Bind, without asking for the host's full name as the base class does: that may take seconds."""
        TCPServer.server_bind(self)
        host, self.server_port = self.server_address[:2]
        self.server_name = str(host)
        self.setup_environ()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - as the base class calls it
        """A reader that went away is no matter of the run, and its screen stays as it is."""
        log.debug("a request of %s failed", client_address, exc_info=True)  # noqa: LOG014 - called while it is handled


def _bound(place: str, address: str, application: WSGIApplication) -> _Server:
    host, port = host_and_port(place, address)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise ModelError(place, f"the host {host!r} is not known; mend it, or give a port alone") from error
    family, _, _, _, socket_address = found[0]
    try:
        return _Server(family, (str(socket_address[0]), port), application)
    except OSError as error:
        way_out = WAYS_OUT.get(error.errno or 0, f"cannot be had: {error.strerror}; give another")
        raise ModelError(place, f"{_written(host, port)} {way_out}") from error


def _written(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def url(host: str, port: int, path: str) -> str:
    """What a reader asks for.

    >>> url('::1', 9400, '/metrics')
    'http://[::1]:9400/metrics'
    """
    return f"http://{_written(host, port)}{path}"


PLACE = "metrics"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A listener whose last news can be read over HTTP.

    Attributes:
        url: where, with the real port.
        listener: takes the news.
    """

    url: str
    listener: ProgressListener

    def __call__(self, progress: Progress) -> None:
        """Take how far the run is."""
        self.listener(progress)


@contextmanager
def metrics(
    address: str, *, model: str, seed: int | None = None, run_id: str | None = None, now: Callable[[], float] = time
) -> Iterator[Endpoint]:
    """Serve a run's metrics until the block ends; what is yielded is told of progress, and knows its ``url``.

    Args:
        address: ``HOST:PORT``, or ``:PORT`` or ``PORT`` for this computer alone; port 0 takes any that is free.
        model: the model's name, shown as a label.
        seed: the seed, shown as a label; None where only the progress tells it.
        run_id: the name of the run, shown as a label.
        now: the wall clock, in seconds since the epoch.

    Raises:
        ModelError: it is no address, its host is not known, or its port is in use.
        MissingDriverError: the extra ``metrics`` is not installed.
    """
    try:
        from doge_datagen.monitor.metric_families import RunCollector  # noqa: PLC0415 - a driver, loaded where it is needed
    except ImportError as error:
        raise MissingDriverError(PLACE, "metrics") from error
    run = Measured(model, "" if seed is None else str(seed), run_id or "", now(), Progress(0, 0, 0))
    collector = RunCollector(run)
    with serving(PLACE, address, collector.application()) as (host, port):
        yield Endpoint(url(host, port, "/metrics"), collector.listen)
