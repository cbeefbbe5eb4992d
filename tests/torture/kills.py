"""The kinds of kills; each leaves the servers up, and the run at work or ended."""

import os
import signal
from collections.abc import Callable
from random import Random
from time import sleep

from services.server import Server
from tests.torture.run import Run
from tests.torture.servers import Servers

Kill = Callable[[Run, Servers, Random], str | None]
"""Does it, and says more of it, where there is more to say; None where the run was over before."""


def again(*servers: Server) -> None:
    """Kill the servers, all before one is started again."""
    for server in servers:
        server.kill()
    for server in servers:
        server.start()


def child(run: Run, servers: Servers, dice: Random) -> str | None:
    return "" if run.kill() else None


def child_in_commit(run: Run, servers: Servers, dice: Random) -> str | None:
    return run.hit(signal.SIGKILL, dice)


def terminated(run: Run, servers: Servers, dice: Random) -> str | None:
    run.terminate()
    return ""


def terminated_in_commit(run: Run, servers: Servers, dice: Random) -> str | None:
    place = run.hit(signal.SIGTERM, dice)
    run.terminated()
    return place


def postgres(run: Run, servers: Servers, dice: Random) -> str | None:
    again(servers.postgres)
    return ""


def kafka(run: Run, servers: Servers, dice: Random) -> str | None:
    again(servers.kafka)
    return ""


def postgres_in_commit(run: Run, servers: Servers, dice: Random) -> str | None:
    return _while_it_stands(run, dice, servers.postgres)


def kafka_in_commit(run: Run, servers: Servers, dice: Random) -> str | None:
    return _while_it_stands(run, dice, servers.kafka)


def child_and_postgres(run: Run, servers: Servers, dice: Random) -> str | None:
    killed = run.kill()
    again(servers.postgres)
    return "" if killed else None


def child_and_kafka(run: Run, servers: Servers, dice: Random) -> str | None:
    killed = run.kill()
    again(servers.kafka)
    return "" if killed else None


def all_in_commit(run: Run, servers: Servers, dice: Random) -> str | None:
    """The child first, at a line of a commit, and all that it was talking to."""
    place = run.hit(signal.SIGKILL, dice)
    again(servers.kafka, servers.postgres)
    return place


def kafka_stands(run: Run, servers: Servers, dice: Random) -> str | None:
    """The broker is not killed but stands still, as one does whose computer has too much to do, and goes on."""
    seconds = dice.uniform(0.5, 6)
    os.kill(servers.kafka.pid, signal.SIGSTOP)
    try:
        sleep(seconds)
    finally:
        os.kill(servers.kafka.pid, signal.SIGCONT)
    return f"{seconds:.1f} s"


def _while_it_stands(run: Run, dice: Random, server: Server) -> str | None:
    place = run.hit(signal.SIGSTOP, dice)
    again(server)
    run.signal(signal.SIGCONT)
    return place


KILLS: tuple[Kill, ...] = (
    child,
    child_in_commit,
    terminated,
    terminated_in_commit,
    postgres,
    kafka,
    postgres_in_commit,
    kafka_in_commit,
    kafka_stands,
    child_and_postgres,
    child_and_kafka,
    all_in_commit,
)
