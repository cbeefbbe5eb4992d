"""Free ports on the loopback."""

import random
import socket

HOST = "127.0.0.1"
# Below the range from which systems give ports to outgoing connections: while a server is down,
# a client that keeps trying to reach it could otherwise be given the server's own port.
FIRST, LAST = 20_000, 32_000


def free_ports(count: int) -> tuple[int, ...]:
    """Return `count` different ports on which nothing listens now."""
    chosen: set[int] = set()
    while len(chosen) < count:
        port = random.SystemRandom().randint(FIRST, LAST)
        if is_free(port):
            chosen.add(port)
    return tuple(chosen)


def is_free(port: int) -> bool:
    """Tell whether a server could listen on `port` now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
