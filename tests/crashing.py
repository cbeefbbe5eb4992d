"""Processes that are killed at every line they run, to see whether what they leave can be gone on with.

A separate interpreter forks a process for each crash, and another for each look at what is left: it never runs either
itself, so it has no threads, connections or caches that a forked process could not go on with.
"""

import gc
import itertools
import os
import pickle
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

SECONDS = 100
SERVED = "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer); from tests.crashing import serve; serve()"
Tell = Callable[[str], object]
TraceFunction = Callable[[FrameType, str, Any], Any]  # Any: as Python's own trace functions are


def crash_at_every_line(
    modules: Sequence[ModuleType], commit: Callable[[int], object], check: Callable[[int], object], *, step: int = 1
) -> list[str]:
    """Kill a process at each line that ``commit`` runs in these modules, and look at what each leaves.

    For the n-th crash a new process runs ``commit(n)`` and is killed (SIGKILL, by itself) just before the n-th line;
    then another new process runs ``check(n)``. Before all others come ``commit(0)`` and ``check(0)`` without a crash;
    the last is the ``commit(n)`` that ends before its n-th line. A kill keeps what was handed to the system and loses
    what was in the process's buffers; what a power cut would take as well stays.

    Args:
        modules: whose lines count, in all threads' stead only the one that runs ``commit``. A line in a loop counts
            each time it is run.
        commit: does the work, from opening the sink to closing it, at a place of its own for each number. It makes the
            place itself, or it is made before the first crash.
        check: goes on with what is left at that number's place as a resumed run would, and raises AssertionError where
            not every record is there once.
        step: 2 for every second line, where all take too long; begin with 1 to know.

    Both are functions of a module, or ``functools.partial`` of one, as they are pickled; and both open their own
    connections.

    Returns:
        Where the processes were killed, such as ``parts.py:88``, in order.

    Raises:
        AssertionError: a check failed, or a process did otherwise than told; the message says where it was killed.

    For a sink, with ``tmp_path`` for its places::

        def commit(folder, number):
            with opened(folder / str(number)) as sink:
                sink.claim()
                sink.write(batch)
                sink.commit(Position(1, RUN))

        def check(folder, number):
            with opened(folder / str(number)) as sink:
                sink.claim()
                found = sink.position()
                ...

        killed = crash_at_every_line([parts], partial(commit, tmp_path), partial(check, tmp_path))
        assert len(set(killed)) > 20
    """
    files = {module.__file__ for module in modules}
    given = pickle.dumps(sys.path) + pickle.dumps((files, commit, check, step))
    command = [sys.executable, "-c", SERVED]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    ) as process:
        try:
            told = process.communicate(given, timeout=SECONDS)[0].decode(errors="replace")
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)  # its forks too; it leads a session of its own
            raise
    if process.returncode:
        raise AssertionError(told)
    return told.split()


def serve() -> None:
    """The separate interpreter's part: do it once without a crash, then fork, kill and look until nothing is killed."""
    files, commit, check, step = pickle.load(sys.stdin.buffer)
    warm_up(commit)
    warm_up(check)
    gc.freeze()  # or each process would copy all that was imported, only to look for garbage in it
    places = []
    for number in itertools.count(1, step):
        place = killed_at(number, files, commit)
        if not place:
            break
        places.append(place)
        status, told = forked(lambda _tell: check(number))  # noqa: B023 - done with before the next
        if status:
            sys.exit(f"after a crash before line {number} that is run, {place}\n{told}")
    print(*places)  # noqa: T201 - to the one who asked


def warm_up(act: Callable[[int], object]) -> None:
    """See that it works, and import what it imports: else each process would, which takes longer than all the rest."""

    def tried(tell: Tell) -> None:
        act(0)
        tell(" ".join(sys.modules))

    status, told = forked(tried)
    if status:
        sys.exit(f"without any crash\n{told}")
    for name in told.split():
        with suppress(ImportError):
            import_module(name)


def killed_at(number: int, files: set[str], commit: Callable[[int], object]) -> str:
    """Where a process was killed; empty where it ended before so many lines."""

    def killed(tell: Tell) -> None:
        def die(frame: FrameType) -> None:
            tell(f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}")
            os.kill(os.getpid(), signal.SIGKILL)

        sys.settrace(counting(number, files, die))
        commit(number)

    status, told = forked(killed)
    if status not in (0, -signal.SIGKILL):
        sys.exit(f"before any crash, number {number} ended with {status}\n{told}")
    return told


def counting(number: int, files: set[str], die: Callable[[FrameType], None]) -> TraceFunction:
    """A trace function that ends it before that line."""
    left = number

    def trace(frame: FrameType, event: str, _argument: object) -> TraceFunction | None:
        nonlocal left
        if frame.f_code.co_filename not in files:
            return None
        if event == "line":
            left -= 1
            if not left:
                die(frame)
        return trace

    return trace


def forked(act: Callable[[Tell], object]) -> tuple[int, str]:
    """What a forked process that does this ended with, and what it told: at the end its error, if it had one."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        status = 1
        try:
            act(lambda text: os.write(writing, text.encode()))
            status = 0
        except BaseException:  # noqa: BLE001 - told to the one who forked
            os.write(writing, traceback.format_exc().encode())
        finally:
            os._exit(status)
    os.close(writing)
    with open(reading, "rb") as told:  # noqa: PTH123 - a descriptor
        text = told.read().decode(errors="replace")
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), text
