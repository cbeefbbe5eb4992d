"""Ports on the loopback interface, reserved for one server even while it is down."""

import random
import socket
import sys
from contextlib import suppress

from services.errors import ServiceError

HOST = "127.0.0.1"
# Below the range that systems use for outgoing connections, so that few are in use.
FIRST, LAST = 20_000, 32_000
TRIES = 1000


class Port:
    """A port that was free and is reserved until `close`, even while no server listens on it.

    On Linux it is reserved by a socket that never listens: a server that sets SO_REUSEADDR, as all of ours do, can
    still listen on it, while any other bind fails and no outgoing connection uses it. Other systems would refuse the
    server too, so there the port is only chosen, not reserved.

    Args:
        first: lowest port to choose.
        last: highest port to choose.
    """

    def __init__(self, first: int = FIRST, last: int = LAST) -> None:
        self._socket = _bound(first, last)
        self.number: int = self._socket.getsockname()[1]
        if sys.platform == "linux":
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        else:
            self._socket.close()

    def close(self) -> None:
        """Release the port."""
        self._socket.close()


def _bound(first: int, last: int) -> socket.socket:
    """Return a socket bound to an unused port; without SO_REUSEADDR, as that could bind to another's reserved port."""
    for _ in range(TRIES):
        found = socket.socket()
        with suppress(OSError):
            found.bind((HOST, random.SystemRandom().randint(first, last)))
            return found
        found.close()
    raise ServiceError(f"no port of {HOST} from {first} to {last} is free; end the processes that use them")
