"""Kills a process at each of its steps, and checks that a run can resume from what is left.

A separate interpreter forks one process per crash and another one to check what is left. It never runs either
itself, so it has no threads, connections or caches that a forked process could not use.
"""

import ast
import gc
import itertools
import os
import pickle
import signal
import subprocess
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

from doge_datagen import run, sinks

EVERY = os.environ.get("DOGE_CRASHES", "step")
"""``line`` kills at every line instead, which takes hours; see ``make crashes``."""
SECONDS = {"step": 1200, "line": 7200}[EVERY]
TIMEOUT = SECONDS + 20
"""Timeout of a test in seconds, only for tests that hang: an idle computer needs a fiftieth of it."""
TIMES = {"step": 2, "line": 8}
"""How often a step with the same call stack counts, or a line; further iterations of a loop would add nothing."""
COMMITTING = (sinks, run)
"""Our modules that take part in a commit."""
STEPS = frozenset(
    [
        *("mkdir", "rmdir", "open", "lock", "unlock", "ftruncate", "write", "write_text", "flush", "fsync"),
        *("replace", "rename", "unlink", "close", "savez", "register"),
        *("connect", "begin", "execute", "cursor", "copy", "send_query", "wait", "commit", "rollback", "invalidate"),
        *("create", "create_all", "dispose", "write_batch", "write_block", "write_row"),
        *("Producer", "produce", "init_transactions", "begin_transaction", "commit_transaction"),
        *("abort_transaction", "create_topics"),
    ]
)
"""Names that can change something outside the process: files, locks, and data on servers."""
SERVED = "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer); from tests.crashing import serve; serve()"
Send = Callable[[str], object]
TraceFunction = Callable[[FrameType, str, Any], Any]  # Any: as Python's own trace functions are


def crash_at_every_step(
    commit: Callable[[int], object],
    check: Callable[[int], object],
    modules: Sequence[ModuleType] = COMMITTING,
    *,
    every: str = EVERY,
) -> list[str]:
    """Kill a process at each step of ``commit``, and check what each leaves.

    A step is a line that names one of ``STEPS``; whatever a crash between two of them leaves, a crash before the second
    leaves as well. For the same reason, the first step inside one of our functions called by a step does not
    count. For the n-th crash a new process runs ``commit(n)`` and is killed (SIGKILL, by itself) just before
    the n-th step; then another new process runs ``check(n)``. Before all others come ``commit(0)`` and ``check(0)``
    without a crash; the last are the ``commit(n)`` that ends before its n-th step and its ``check(n)``. A kill keeps
    what was passed to the operating system and loses what was in the process's buffers; what only a power cut would
    lose is kept.

    Args:
        commit: does the work, from opening the sink to closing it, with a destination per number. It creates the
            destination, or the caller does before the first crash.
        check: continues from what is left at that number's destination as a resumed run would, and raises
            AssertionError unless every record exists exactly once.
        modules: whose steps count; a package includes all its modules. Only the thread that runs ``commit`` is
            traced. A step in a loop counts the first two times (``TIMES``) that it is taken.
        every: ``line`` for all lines instead of steps, each the first eight times that it runs.

    Both are functions of a module, or ``functools.partial`` of one, since they are pickled; and both open their own
    connections.

    Returns:
        The locations where processes were killed, such as ``parts.py:88``, in order.

    Raises:
        AssertionError: a check failed, or a process ended unexpectedly; the message says where it was killed.

    For a sink that writes to ``tmp_path``::

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

        killed = crash_at_every_step(partial(commit, tmp_path), partial(check, tmp_path))
        assert len(set(killed)) > 20
    """
    request = pickle.dumps(sys.path) + pickle.dumps((Stops(modules, every=every), commit, check))
    command = [sys.executable, "-c", SERVED]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    ) as process:
        try:
            output = process.communicate(request, timeout=SECONDS)[0].decode(errors="replace")
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)  # its forks too; it leads a session of its own
            raise
    if process.returncode:
        raise AssertionError(output)
    return output.split()


class Stops:
    """The lines before which a process can be killed.

    Args:
        modules: whose lines count; a package includes all its modules.
        every: ``step`` or ``line``.
    """

    def __init__(self, modules: Sequence[ModuleType], *, every: str) -> None:
        files = [Path(str(module.__file__)) for module in modules]
        self.every = every
        self._steps = {str(one): step_lines(one) for file in files for one in files_of(file)}

    def __str__(self) -> str:
        return self.every

    def __call__(self, frame: FrameType) -> bool:
        """Whether a process can be killed at the current line of a frame."""
        return self.every == "line" or frame.f_lineno in self._steps[frame.f_code.co_filename]

    def is_within(self, frame: FrameType, last: tuple[int, int]) -> bool:
        """Whether a frame is in the call made at the last stop, which has had no effect yet.

        Args:
            frame: at a stop.
            last: ID and line of the previous stop's frame; a reference to the frame would keep its variables alive.
        """
        above = frame.f_back
        while above is not None and (id(above), above.f_lineno) != last:
            above = above.f_back
        return self.every == "step" and above is not None and self._steps[above.f_code.co_filename][last[1]] == 1

    def stack_of(self, frame: FrameType) -> tuple[tuple[str, int], ...]:
        """The lines of our modules in the call stack, innermost first; only the first if all lines are stops."""
        stack: list[tuple[str, int]] = []
        at: FrameType | None = frame
        while at is not None and not (stack and self.every == "line"):
            if self.are_in(at):
                stack.append((at.f_code.co_filename, at.f_lineno))
            at = at.f_back
        return tuple(stack)

    def are_in(self, frame: FrameType) -> bool:
        """Whether a frame belongs to our modules."""
        return frame.f_code.co_filename in self._steps


def left_between_steps(act: Callable[[], object], look: Callable[[], object]) -> list[str]:
    """The lines that changed something without being a step; empty if ``STEPS`` is complete.

    Args:
        act: does the work, once.
        look: returns what a process killed now would leave, in any form; called before each of our lines.
    """
    lines, steps = Stops(COMMITTING, every="line"), Stops(COMMITTING, every="step")
    seen: list[tuple[object, bool, str]] = []

    def trace(frame: FrameType, event: str, _argument: object) -> TraceFunction | None:
        if not lines.are_in(frame):
            return None
        if event == "line":
            seen.append((look(), steps(frame), location_of(frame)))
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        act()
    finally:
        sys.settrace(before)
    seen.append((look(), True, "its end"))
    same = [list(group) for _, group in itertools.groupby(seen, lambda it: it[0])]
    return [group[0][2] for group in same if not any(is_step for _, is_step, _ in group)]


def files_of(module: Path) -> list[Path]:
    """The file of a module, or all files of a package."""
    return sorted(module.parent.rglob("*.py")) if module.name == "__init__.py" else [module]


def step_lines(file: Path) -> Counter[int]:
    """The lines of a file that name a step, and the number of steps in each."""
    return Counter(line for name, line in names_in(ast.parse(file.read_text())) if name in STEPS)


def names_in(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every attribute and every name whose value is used directly, each with its line.

    A variable of which only an attribute is used does not count: ``wait.progressed()`` does not wait.
    """
    bases = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and id(node) not in bases:
            yield node.id, node.lineno
        elif isinstance(node, ast.Attribute):
            yield node.attr, node.end_lineno or node.lineno


def serve() -> None:
    """The loop of the separate interpreter: run without a crash, then fork, kill and check until one run finishes."""
    stops, commit, check = pickle.load(sys.stdin.buffer)
    warm_up(commit)
    warm_up(check)
    gc.freeze()  # else a collection in a fork would copy all imported objects
    gc.disable()  # forks are short-lived
    places = []
    for number in itertools.count(1):
        place = killed_at(number, stops, commit)
        status, output = forked(lambda _send: check(number))  # noqa: B023 - called in the same iteration
        if status:
            sys.exit(f"after a crash before {stops} {number} that is run, {place or 'its end'}\n{output}")
        if not place:
            break
        places.append(place)
    print(*places)  # noqa: T201 - read by crash_at_every_step


def warm_up(act: Callable[[int], object]) -> None:
    """Run once, and import what it imports; otherwise each fork would, which takes longer than everything else."""

    def run_once(send: Send) -> None:
        act(0)
        send(" ".join(sys.modules))

    status, output = forked(run_once)
    if status:
        sys.exit(f"without any crash\n{output}")
    for name in output.split():
        with suppress(ImportError):
            import_module(name)


def killed_at(number: int, stops: Stops, commit: Callable[[int], object]) -> str:
    """The location where a process was killed; empty if it ended before that stop."""

    def killed(send: Send) -> None:
        def die(frame: FrameType) -> None:
            send(location_of(frame))
            os.kill(os.getpid(), signal.SIGKILL)

        sys.settrace(counting(number, stops, die))
        commit(number)

    status, output = forked(killed)
    if status not in (0, -signal.SIGKILL):
        sys.exit(f"before any crash, number {number} ended with {status}\n{output}")
    return output


def counting(number: int, stops: Stops, die: Callable[[FrameType], None]) -> TraceFunction:
    """A trace function that calls ``die`` at the given stop."""
    left, last = number, (0, 0)
    times: Counter[tuple[tuple[str, int], ...]] = Counter()

    def trace(frame: FrameType, event: str, _argument: object) -> TraceFunction | None:
        nonlocal left, last
        if not stops.are_in(frame):
            return None
        if event == "line" and stops(frame):
            stack = stops.stack_of(frame)
            times[stack] += 1
            if times[stack] <= TIMES[stops.every]:
                left -= not stops.is_within(frame, last)
            last = id(frame), frame.f_lineno
            if not left:
                die(frame)
        return trace

    return trace


def location_of(frame: FrameType) -> str:
    """The file and line of a frame."""
    return f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"


def forked(act: Callable[[Send], object]) -> tuple[int, str]:
    """Run ``act`` in a forked process; its exit status, and what it sent, with a traceback if it failed."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        status = 1
        try:
            act(lambda text: os.write(writing, text.encode()))
            status = 0
        except BaseException:  # noqa: BLE001 - the parent process reports it
            os.write(writing, traceback.format_exc().encode())
        finally:
            os._exit(status)
    os.close(writing)
    with open(reading, "rb") as output:  # noqa: PTH123 - a descriptor
        text = output.read().decode(errors="replace")
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), text
