"""Runs one server and ends it on request, or when the process that started the guard has exited.

Started by `services.process` with one JSON argument. Prints the server's process ID to standard output. On
standard input, `stop` asks the server to end and `kill` kills it; end-of-file means that the owner has exited or
crashed: then the server is stopped and its folder deleted. Imports none of our modules, so that it starts fast.
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
    """Run the server described by the JSON argument until it ends or is stopped."""
    launch_options = json.loads(sys.argv[1])
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, exit_on_signal)
    server = launch(launch_options)
    try:
        print(server.pid, flush=True)
        command = next_command(server)
        if command == "stop" or not command:
            stop(server, launch_options["stop_signal"], launch_options["grace_seconds"])
    finally:
        kill(server)
    if not command:
        shutil.rmtree(launch_options["folder"], ignore_errors=True)


def exit_on_signal(number: int, _frame: FrameType | None) -> None:
    """Exit normally on a signal, so that the server is not left behind."""
    sys.exit(128 + number)


def launch(launch_options: dict[str, Any]) -> subprocess.Popen[bytes]:  # Any: decoded JSON
    """Start the server in a separate session, so that Ctrl-C in the terminal does not reach it."""
    account = launch_options["account"]
    identity = {"user": account[0], "group": account[1], "extra_groups": []} if account else {}
    return subprocess.Popen(
        launch_options["command"],
        cwd=launch_options["folder"],
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        stderr=sys.stderr,
        start_new_session=True,
        **identity,
    )


def next_command(server: subprocess.Popen[bytes]) -> str:
    """Wait for the owner's command: empty if the owner has exited, `ended` if the server ended first."""
    while server.poll() is None:
        if select.select([sys.stdin], [], [], POLL_SECONDS)[0]:
            return sys.stdin.readline().strip()
    return "ended"


def stop(server: subprocess.Popen[bytes], number: int, grace_seconds: float) -> None:
    """Ask the server to end, and wait."""
    server.send_signal(number)
    try:
        server.wait(grace_seconds)
    except subprocess.TimeoutExpired:
        print(f"did not end within {grace_seconds} s of signal {number}; killed", file=sys.stderr, flush=True)


def kill(server: subprocess.Popen[bytes]) -> None:
    """Kill the server and its descendants, its main process first, so that it does not react to the others' end."""
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
    """Return the descendants of process `root`."""
    parents = read_parents()
    family = {root}
    while children := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= children
    return sorted(family - {root})


def read_parents() -> dict[int, int]:
    """Return the parent of every process on this system."""
    if not Path("/proc/self/stat").exists():
        output = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
        return {int(pid): int(parent) for pid, parent in (line.split() for line in output.splitlines())}
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            # The program's name comes before, in parentheses, and may contain any character.
            parents[int(folder.name)] = int((folder / "stat").read_text(errors="replace").rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
    return parents


if __name__ == "__main__":
    main()
