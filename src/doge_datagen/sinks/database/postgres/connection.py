"""Connections to PostgreSQL that do not wait indefinitely for a frozen server."""

from __future__ import annotations

from collections.abc import Generator
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from sqlalchemy import Engine, event

from doge_datagen.sinks.server_wait import Wait

if TYPE_CHECKING:
    from doge_datagen.sinks.server_wait import Patience

Result = TypeVar("Result")
INTERVAL = 0.1
NO_ANSWER = (
    "the server has not answered for {seconds:.0f} s, so the connection was closed; is it frozen, or busy for so long? "
    "Hint: where it is only slow, have more patience"
)


class PatientConnection(psycopg.Connection[Any]):
    """A psycopg connection that limits each wait for the server.

    Attributes:
        server: the server and the limit; None for no limit.
    """

    server: Server | None = None

    def wait(self, gen: Any, interval: float = INTERVAL, timeout: float | None = None) -> Any:  # Any: as in psycopg
        """Run a generator of psycopg, as the driver does for each request to the server."""
        return super().wait(gen if self.server is None else self._watched(gen, self.server), interval, timeout)

    def _watched(self, gen: Generator[Any, Any, Result], server: Server) -> Generator[Any, Any, Result]:
        """Wrap the generator, noting whenever the socket is ready and whenever nothing came within the interval."""
        wait = Wait(server.destination, server.patience)
        try:
            state = next(gen)
            while True:
                ready = yield state
                if ready:
                    wait.progressed()
                elif wait.is_over():
                    # Closed, not cancelled: a server that is frozen would not read the cancellation either. It rolls
                    # back when it notices.
                    self.pgconn.finish()
                    raise server.given_up(wait.since)
                state = gen.send(ready)
        except StopIteration as end:
            result: Result = end.value
            return result


class Server:
    """A server and the limit for its answers, shared by the connections of one engine.

    Args:
        destination: name of the server in messages.
        patience: how long to wait for it.
    """

    def __init__(self, destination: str, patience: Patience) -> None:
        self.destination = destination
        self.patience = patience
        self._silent_since: float | None = None

    def given_up(self, since: float) -> psycopg.OperationalError:
        """The error to raise when the limit is reached."""
        self._silent_since = since
        return psycopg.OperationalError(NO_ANSWER.format(seconds=monotonic() - since))

    def connect(self, *arguments: Any, **options: Any) -> PatientConnection:
        """Connect, unless the server was just given up: callers that lose a connection retry at once."""
        # Otherwise each retry would wait for the whole limit again, and the limits would add up.
        if self._silent_since is not None and self.patience.seconds_left(self._silent_since) <= 0:
            raise self.given_up(self._silent_since)
        connection = PatientConnection.connect(*arguments, **options)
        connection.server, self._silent_since = self, None
        return connection


def connect_patiently(engine: Engine, destination: str, patience: Patience) -> None:
    """Make an engine of psycopg use such connections."""
    server = Server(destination, patience)
    event.listen(engine, "do_connect", lambda _dialect, _record, given, named: server.connect(*given, **named))
