"""The kinds of kills; each leaves the servers running, and the run either running or ended."""

import os
import signal
from collections.abc import Callable
from random import Random
from time import sleep

from services.server import Server
from tests.torture.run import Run
from tests.torture.servers import Servers

Kill = Callable[[Run, Servers, Random], str | None]
"""Kills, and returns details such as the line, if there are any; None if the run had already finished."""


def restart(*servers: Server) -> None:
    """Kill all the servers, then start them again."""
    for server in servers:
        server.kill()
    for server in servers:
        server.start()


def process(run: Run, servers: Servers, rng: Random) -> str | None:
    return "" if run.kill() else None


def process_in_commit(run: Run, servers: Servers, rng: Random) -> str | None:
    return run.inject_signal(signal.SIGKILL, rng)


def sigterm(run: Run, servers: Servers, rng: Random) -> str | None:
    run.terminate()
    return ""


def sigterm_in_commit(run: Run, servers: Servers, rng: Random) -> str | None:
    location = run.inject_signal(signal.SIGTERM, rng)
    run.expect_clean_exit()
    return location


def postgres(run: Run, servers: Servers, rng: Random) -> str | None:
    restart(servers.postgres)
    return ""


def kafka(run: Run, servers: Servers, rng: Random) -> str | None:
    restart(servers.kafka)
    return ""


def postgres_in_commit(run: Run, servers: Servers, rng: Random) -> str | None:
    return _restart_in_commit(run, rng, servers.postgres)


def kafka_in_commit(run: Run, servers: Servers, rng: Random) -> str | None:
    return _restart_in_commit(run, rng, servers.kafka)


def process_and_postgres(run: Run, servers: Servers, rng: Random) -> str | None:
    killed = run.kill()
    restart(servers.postgres)
    return "" if killed else None


def process_and_kafka(run: Run, servers: Servers, rng: Random) -> str | None:
    killed = run.kill()
    restart(servers.kafka)
    return "" if killed else None


def all_in_commit(run: Run, servers: Servers, rng: Random) -> str | None:
    """The process first, at a line of a commit, then both servers."""
    location = run.inject_signal(signal.SIGKILL, rng)
    restart(servers.kafka, servers.postgres)
    return location


def kafka_paused(run: Run, servers: Servers, rng: Random) -> str | None:
    """The broker is not killed but paused for a few seconds, as on an overloaded computer."""
    seconds = rng.uniform(0.5, 6)
    os.kill(servers.kafka.pid, signal.SIGSTOP)
    try:
        sleep(seconds)
    finally:
        os.kill(servers.kafka.pid, signal.SIGCONT)
    return f"{seconds:.1f} s"


def _restart_in_commit(run: Run, rng: Random, server: Server) -> str | None:
    location = run.inject_signal(signal.SIGSTOP, rng)
    restart(server)
    run.signal(signal.SIGCONT)
    return location


KILLS: tuple[Kill, ...] = (
    process,
    process_in_commit,
    sigterm,
    sigterm_in_commit,
    postgres,
    kafka,
    postgres_in_commit,
    kafka_in_commit,
    kafka_paused,
    process_and_postgres,
    process_and_kafka,
    all_in_commit,
)
