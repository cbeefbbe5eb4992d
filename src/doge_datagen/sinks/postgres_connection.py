"""Connections to PostgreSQL that do not wait for a frozen server for ever."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from sqlalchemy import Engine, event

from doge_datagen.sinks.patience import Wait

if TYPE_CHECKING:
    from doge_datagen.sinks.patience import Patience

Result = TypeVar("Result")
INTERVAL = 0.1
NO_ANSWER = (
    "the server has not answered for {seconds:.0f} s, so the connection was closed; is it frozen, or busy for so long? "
    "Hint: where it is only slow, have more patience"
)


class PatientConnection(psycopg.Connection[Any]):
    """A connection of psycopg that asks, whenever it waits for the server, whether it has waited for too long.

    Attributes:
        place: as messages show it.
        patience: sets the limit; None for no limit.
    """

    place = "PostgreSQL"
    patience: Patience | None = None

    def wait(self, gen: Any, interval: float = INTERVAL, timeout: float | None = None) -> Any:  # Any: as in psycopg
        """Consume a generator of psycopg, as the driver does for each question to the server."""
        return super().wait(gen if self.patience is None else self._watched(gen, self.patience), interval, timeout)

    def _watched(self, gen: Generator[Any, Any, Result], patience: Patience) -> Generator[Any, Any, Result]:
        """The same generator; it is told of each moment in which the socket is ready, or that nothing came."""
        wait = Wait(self.place, patience.left)
        try:
            state = next(gen)
            while True:
                ready = yield state
                if ready:
                    wait.moved()
                elif wait.is_over():
                    self.pgconn.finish()
                    raise psycopg.OperationalError(NO_ANSWER.format(seconds=wait.seconds))
                state = gen.send(ready)
        except StopIteration as end:
            result: Result = end.value
            return result


def connect_patiently(engine: Engine, place: str, patience: Patience) -> None:
    """Have an engine of psycopg connect so."""

    def connect(_dialect: Any, _record: Any, arguments: Any, options: Any) -> PatientConnection:
        connection = PatientConnection.connect(*arguments, **options)
        connection.place, connection.patience = place, patience
        return connection

    event.listen(engine, "do_connect", connect)
