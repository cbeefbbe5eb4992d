"""The base class of all servers: ports and a data folder are chosen once; then start, stop, kill, restart."""

import os
import shutil
import signal
from abc import ABC, abstractmethod
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Literal, NoReturn, Self

from services.account import Account, temporary_folder
from services.errors import ServiceError
from services.ports import Port
from services.process import Launch, ServerProcess, family, tail
from services.waiting import wait_until

ANSWER_SECONDS = 90.0


class Server(ABC):
    """A real server on 127.0.0.1, with its data in a temporary folder.

    `start` returns when the server answers. After `stop` or `kill`, `start` brings the same server back: same
    ports, same data. `close`, or the end of the `with` block, stops it and deletes its data. If this process
    ends without that, however it ends, the server is stopped too.
    """

    title: ClassVar[str]
    name: ClassVar[str]
    port_count: ClassVar[int]

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._ports: tuple[Port, ...] = ()
        self._process: ServerProcess | None = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @classmethod
    @abstractmethod
    def fetch(cls) -> None:
        """Install and download what this server needs, unless it is present."""

    @classmethod
    def warm_up(cls) -> None:
        """Prepare once whatever makes later starts faster; does nothing by default."""
        return

    @property
    @abstractmethod
    def address(self) -> str:
        """The address that clients use."""

    @property
    def running(self) -> bool:
        """Whether the server's process is running."""
        return self._process is not None and self._process.alive()

    @property
    def pid(self) -> int:
        """The ID of the server's main process."""
        if self._process is None:
            raise ServiceError(f"{self.title}: it does not run; call start() first")
        return self._process.pid

    def start(self) -> None:
        """Start the server and wait until it answers; does nothing if it is running."""
        if self.running:
            return
        self._end("kill")
        if self._folder is None:
            self._start_first()
        else:
            self._run()

    def check(self) -> None:
        """Raise ServiceError, with the end of its log, if the server has ended unexpectedly."""
        if not self.running:
            self._give_up("it ended unexpectedly")

    def stop(self) -> None:
        """Ask the server to end, and kill it if it does not; its ports and data are kept."""
        self._end("stop")

    def kill(self) -> None:
        """Kill the server's processes with SIGKILL, without a clean shutdown; its ports and data are kept."""
        self._end("kill")

    def freeze(self) -> None:
        """Stop all its processes with SIGSTOP, like a machine that hangs: connections stay open without answers."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Resume frozen processes."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        for pid in family(self.pid):
            with suppress(ProcessLookupError):  # a client's backend may have ended meanwhile
                os.kill(pid, number)

    def close(self) -> None:
        """Stop the server and delete its data."""
        self.stop()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        for port in self._ports:
            port.close()
        self._folder, self._ports = None, ()

    @abstractmethod
    def _prepare(self) -> None:
        """Write the configuration and initialize the data in the new, empty folder."""

    @abstractmethod
    def _launch(self) -> Launch:
        """Return the command that runs the server."""

    @abstractmethod
    def _answers(self) -> bool:
        """Return whether this server, and no other on its port, answers clients."""

    def _account(self) -> Account | None:
        return None

    @property
    def folder(self) -> Path:
        """The temporary folder with the data and the log."""
        if self._folder is None:
            raise ServiceError(f"{self.title}: it has no address yet; call start() first")
        return self._folder

    def _port(self, number: int) -> int:
        if not self._ports:
            raise ServiceError(f"{self.title}: it has no address yet; call start() first")
        return self._ports[number].number

    @property
    def _log(self) -> Path:
        return self.folder / "server.log"

    def _start_first(self) -> None:
        self._ports = tuple(Port() for _ in range(self.port_count))
        self._folder = temporary_folder(self.name, self._account())
        try:
            self._prepare()
            self._run()
        except BaseException:
            self.close()
            raise

    def _run(self) -> None:
        self._process = ServerProcess(self._launch())
        wait_until(lambda: self._answers() or not self.running, seconds=ANSWER_SECONDS)
        self.check()
        if not self._answers():
            self._give_up(f"no answer within {ANSWER_SECONDS:.0f} s")

    def _give_up(self, reason: str) -> NoReturn:
        self.kill()
        raise ServiceError(f"{self.title}: {reason}; its log ends with\n{tail(self._log)}")

    def _end(self, word: Literal["stop", "kill"]) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.end(word)
