"""The endpoint from which Prometheus scrapes a run's metrics."""

from __future__ import annotations

import errno
import logging
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import time
from typing import TYPE_CHECKING, Any

from doge_datagen.errors import MissingDriverError, ModelError
from doge_datagen.run.reporting.report import Progress, ProgressListener

if TYPE_CHECKING:
    from threading import Thread
    from wsgiref.simple_server import WSGIServer

    from prometheus_client import CollectorRegistry

OPTION = "metrics"
# Metrics name streams and states and need no password, so other computers can read them only if the user says so.
LOOPBACK = "127.0.0.1"
LAST_PORT = 2**16 - 1
ADDRESS = re.compile(r"(?:(?P<host>[^:\[\]\s/@]+|\[[0-9a-fA-F:.]+(?:%\w+)?\])?:)?(?P<port>[0-9]{1,5})")
HINTS = {
    errno.EADDRINUSE: "is in use. Hint: give another port, or port 0 for any that is free",
    errno.EACCES: "is not allowed. Hint: give a port above 1023",
    errno.EADDRNOTAVAIL: "is not an address of this computer. Hint: give one that is, or a port alone",
}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A progress listener whose latest values can be scraped.

    Attributes:
        url: URL of the metrics, with the actual port.
        listener: receives the progress.
    """

    url: str
    listener: ProgressListener

    def __call__(self, progress: Progress) -> None:
        """Pass the progress on to the metrics."""
        self.listener(progress)


@contextmanager
def metrics(
    address: str, *, model: str, seed: int | None = None, run_id: str | None = None, now: Callable[[], float] = time
) -> Iterator[Endpoint]:
    """Serve a run's metrics until the block ends; yields the listener to call with its progress.

    Args:
        address: ``HOST:PORT``, or ``:PORT`` or ``PORT`` to listen on the loopback interface only; port 0 takes any free
            port.
        model: the model's name, shown as a label.
        seed: the seed, shown as a label; None if only the progress knows it.
        run_id: the name of the run, shown as a label.
        now: the wall clock, in seconds since the epoch.

    Raises:
        ModelError: the address is malformed, its host is unknown, or its port is in use.
        MissingDriverError: the extra ``metrics`` is not installed.
    """
    try:
        from doge_datagen.monitor.metric_families import Measured, RunCollector, registry_of  # noqa: PLC0415 - a driver
    except ImportError as error:
        raise MissingDriverError(OPTION, "metrics") from error
    run = Measured(model, "" if seed is None else str(seed), run_id or "", now(), Progress(0, 0, 0))
    collector = RunCollector(run)
    host, port = host_and_port(OPTION, address)
    server, thread = _started(host, port, registry_of(collector))
    try:
        yield Endpoint(
            f"http://{_host_port(str(server.server_address[0]), server.server_port)}/metrics", collector.listen
        )
    finally:
        # First, as it waits until the loop has ended: closing a socket on which another thread waits fails in that
        # thread.
        server.shutdown()
        server.server_close()
        thread.join()


def host_and_port(option: str, address: str) -> tuple[str, int]:
    """Split an address into host and port; a port without a host means the loopback interface.

    Raises:
        ModelError: the address is malformed.

    >>> host_and_port('metrics', ':9400'), host_and_port('metrics', '[::1]:0')
    (('127.0.0.1', 9400), ('::1', 0))
    """
    found = ADDRESS.fullmatch(address)
    if found is None:
        shown = address.rpartition("@")[2]  # there may be a password before the @
        raise ModelError(option, f"{shown!r} is not an address. Hint: give HOST:PORT, or a port alone, such as :9400")
    port = int(found["port"])
    if port > LAST_PORT:
        raise ModelError(option, f"port {port} is too large. Hint: give {LAST_PORT} or less")
    return (found["host"] or LOOPBACK).strip("[]"), port


def _started(host: str, port: int, registry: CollectorRegistry) -> tuple[WSGIServer, Thread]:
    from prometheus_client import start_http_server  # noqa: PLC0415 - a driver

    try:
        # By itself, since the server fails on an unknown host with an OSError, too, as on everything else.
        socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ModelError(OPTION, f"the host {host!r} is unknown. Hint: correct it, or give a port alone") from error
    try:
        server, thread = start_http_server(port, host, registry)
    except OSError as error:
        hint = HINTS.get(error.errno or 0, f"cannot be bound: {error.strerror}. Hint: give another")
        raise ModelError(OPTION, f"{_host_port(host, port)} {hint}") from error
    server.handle_error = _request_failed  # type: ignore[method-assign, assignment]  # the default prints a traceback
    return server, thread


def _request_failed(_request: Any, client_address: Any) -> None:  # Any: what socketserver passes
    """Log a failed scrape at debug level, since the run does not depend on it."""
    log.debug("a request of %s failed", client_address, exc_info=True)  # noqa: LOG014 - called while it is handled


def _host_port(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
