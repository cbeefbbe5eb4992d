"""Ports on the loopback, held for one server while it is there and while it is down."""

import random
import socket
import sys
from contextlib import suppress

from services.errors import ServiceError

HOST = "127.0.0.1"
# Below the range from which systems give ports to outgoing connections: few are in use there.
FIRST, LAST = 20_000, 32_000
TRIES = 1000


class Port:
    """A port that was free, and that until `close` nobody gets who asks for a free one, even if no server listens.

    On Linux a socket that never listens holds it: a server that sets SO_REUSEADDR, as all of ours do, may listen
    there all the same, while any other bind fails and no outgoing connection is given it. Other systems would
    refuse the server too, so there the port is only chosen.

    Args:
        first: the lowest port to choose.
        last: the highest.
    """

    def __init__(self, first: int = FIRST, last: int = LAST) -> None:
        self._socket = _bound(first, last)
        self.number: int = self._socket.getsockname()[1]
        if sys.platform == "linux":
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        else:
            self._socket.close()

    def close(self) -> None:
        """Let others have the port."""
        self._socket.close()


def _bound(first: int, last: int) -> socket.socket:
    """Return a socket at a port that nobody had; without SO_REUSEADDR, or it could be a port that another holds."""
    for _ in range(TRIES):
        found = socket.socket()
        with suppress(OSError):
            found.bind((HOST, random.SystemRandom().randint(first, last)))
            return found
        found.close()
    raise ServiceError(f"no port of {HOST} from {first} to {last} is free; end what listens there")
