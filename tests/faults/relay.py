"""A way to a real server that can be cut and mended, where the server itself is shared with other tests."""

import socket
import threading
from contextlib import suppress

HOST = "127.0.0.1"


class Relay:
    """Passes connections on from a port of its own, as long as it is open.

    Args:
        port: of the server behind it.
    """

    def __init__(self, port: int) -> None:
        self._behind = port
        self._listener: socket.socket | None = None
        self.port = 0
        self.open()

    def open(self) -> None:
        """Take connections, at the port that it had before."""
        self._listener = socket.create_server((HOST, self.port))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._take, args=(self._listener,), daemon=True).start()

    def cut(self) -> None:
        """Take none any more; those that are open end by themselves."""
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()

    def _take(self, listener: socket.socket) -> None:
        with suppress(OSError):  # it is cut
            while True:
                front, _ = listener.accept()
                threading.Thread(target=self._connect, args=(front,), daemon=True).start()

    def _connect(self, front: socket.socket) -> None:
        with front, socket.create_connection((HOST, self._behind)) as back:
            answers = threading.Thread(target=_pass_on, args=(back, front), daemon=True)
            answers.start()
            _pass_on(front, back)
            answers.join()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(1 << 16):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
