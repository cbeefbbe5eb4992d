"""A small HTTP server on a thread of its own, for as long as somebody wants it."""

from __future__ import annotations

import errno
import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import TCPServer, ThreadingMixIn
from threading import Thread
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from doge_datagen.errors import ModelError
from doge_datagen.watch.address import host_and_port

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

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
