"""Runs one server and ends it when told to, or when the process that started this one is gone.

Started by `services.process` with one JSON argument. Tells the server's process id on standard output. On
standard input, `stop` asks the server to end, `kill` ends it the hard way; end-of-file means that the owner is
gone, however it went: then the server is stopped and its folder deleted. Imports nothing of ours, so that it
starts fast.
"""

import json
import os
import select
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType
from typing import Any

POLL_SECONDS = 0.1


def main() -> None:
    """Run the server of the JSON argument until it ends or has to."""
    order = json.loads(sys.argv[1])
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, leave)
    server = launch(order)
    try:
        print(server.pid, flush=True)
        word = next_word(server)
        if word == "stop" or not word:
            stop(server, order["stop_signal"], order["grace_seconds"])
    finally:
        kill(server)
    if not word:
        shutil.rmtree(order["folder"], ignore_errors=True)


def leave(number: int, _frame: FrameType | None) -> None:
    """Turn a signal into an ordinary way out, so that the server is not left behind."""
    sys.exit(128 + number)


def launch(order: dict[str, Any]) -> subprocess.Popen[bytes]:  # Any: decoded JSON
    """Start the server in a session of its own, out of reach of the terminal's Ctrl-C."""
    account = order["account"]
    identity = {"user": account[0], "group": account[1], "extra_groups": []} if account else {}
    return subprocess.Popen(
        order["command"],
        cwd=order["folder"],
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        stderr=sys.stderr,
        start_new_session=True,
        **identity,
    )


def next_word(server: subprocess.Popen[bytes]) -> str:
    """Wait for the owner's word: empty if the owner is gone, `ended` if the server ended before it."""
    while server.poll() is None:
        if select.select([sys.stdin], [], [], POLL_SECONDS)[0]:
            return sys.stdin.readline().strip()
    return "ended"


def stop(server: subprocess.Popen[bytes], number: int, grace_seconds: float) -> None:
    """Ask the server to end and give it time."""
    server.send_signal(number)
    try:
        server.wait(grace_seconds)
    except subprocess.TimeoutExpired:
        print(f"did not end within {grace_seconds} s of signal {number}; killed", file=sys.stderr, flush=True)


def kill(server: subprocess.Popen[bytes]) -> None:
    """End the server and its descendants, its own process first so that it does not react to the others' end."""
    if server.poll() is not None:
        return
    descendants = descendants_of(server.pid)
    server.kill()
    for pid in descendants:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    server.wait()


def descendants_of(root: int) -> list[int]:
    """Return the processes under `root`, without itself."""
    parents = read_parents()
    family = {root}
    while grown := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= grown
    return sorted(family - {root})


def read_parents() -> dict[int, int]:
    """Return the parent of every process of this system."""
    if not Path("/proc/self/stat").exists():
        told = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
        return {int(pid): int(parent) for pid, parent in (line.split() for line in told.splitlines())}
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            # The program's name stands in parentheses before and may itself hold any character.
            parents[int(folder.name)] = int((folder / "stat").read_text(errors="replace").rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
    return parents


if __name__ == "__main__":
    main()
