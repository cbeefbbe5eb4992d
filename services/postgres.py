"""PostgreSQL, from the system's packages."""

import os
import signal
import subprocess
from typing import ClassVar

from services import programs
from services.account import Account, unprivileged
from services.errors import ServiceError
from services.ports import HOST
from services.process import Launch, run_to_end
from services.server import Server

SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    # In the data folder, so that a killed server leaves nothing in shared memory.
    "dynamic_shared_memory_type": "mmap",
    # The data must survive the server's processes, not the machine.
    "fsync": "off",
}
READY_LINE = 7


class Postgres(Server):
    """A PostgreSQL server with the user, password and database `doge`; the user is a superuser."""

    title: ClassVar[str] = "PostgreSQL"
    name: ClassVar[str] = "postgres"
    port_count: ClassVar[int] = 1
    user: ClassVar[str] = "doge"
    password: ClassVar[str] = "doge"
    database: ClassVar[str] = "doge"

    @classmethod
    def fetch(cls) -> None:
        """Install PostgreSQL if it is missing."""
        programs.postgres()

    @property
    def port(self) -> int:
        """The port on 127.0.0.1."""
        return self._port(0)

    @property
    def url(self) -> str:
        """The URL of the database, for SQLAlchemy and libpq."""
        return self._url(self.database)

    @property
    def address(self) -> str:
        """The same as `url`."""
        return self.url

    def psql(self, statement: str, *, database: str = database) -> str:
        """Run SQL with psql and return what it prints: one line per row, columns joined by `|`."""
        program = programs.postgres() / "psql"
        options = ("--no-psqlrc", "--no-align", "--tuples-only", "--quiet", "--set=ON_ERROR_STOP=1")
        command = (program, *options, f"--command={statement}", self._url(database))
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise ServiceError(f"{self.title}: {statement}: {done.stderr.strip()}")
        return done.stdout.strip()

    def _url(self, database: str) -> str:
        return f"postgresql://{self.user}:{self.password}@{HOST}:{self.port}/{database}"

    def _account(self) -> Account | None:
        return unprivileged()

    def _prepare(self) -> None:
        password = self.folder / "password"
        password.write_text(self.password)
        if account := self._account():
            os.chown(password, account.user, account.group)
        run_to_end(
            self._tool(
                "initdb",
                *("--no-sync", "--encoding=UTF8", "--locale=C", "--auth=scram-sha-256"),
                *(f"--username={self.user}", f"--pwfile={password}"),
            )
        )

    def _start_first(self) -> None:
        super()._start_first()
        self.psql(f"CREATE DATABASE {self.database}", database="postgres")

    def _launch(self) -> Launch:
        settings = (f"--{name}={value}" for name, value in {**SETTINGS, "port": self.port}.items())
        return self._tool("postgres", *settings)

    def _tool(self, name: str, *arguments: str) -> Launch:
        return Launch(
            command=(str(programs.postgres() / name), *arguments, "-D", str(self.folder / "data")),
            folder=self.folder,
            log=self._log,
            account=self._account(),
            # A fast shutdown: SIGTERM would wait for clients to disconnect.
            stop_signal=signal.SIGINT,
        )

    def _answers(self) -> bool:
        """Read the state that the server itself writes, so that no other server on our port can be mistaken for it."""
        try:
            lines = (self.folder / "data" / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return lines[:1] == [str(self.pid)] and [line.strip() for line in lines[READY_LINE:]] == ["ready"]
