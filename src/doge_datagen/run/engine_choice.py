"""Which engine runs a model: the compiled one, unless plain Python is done before the compiler is."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Protocol

from doge_datagen.engine.checkpoint import Checkpoint
from doge_datagen.engine.memory import check_memory, machine, too_little
from doge_datagen.engine.window import Window
from doge_datagen.errors import MissingDriverError, ModelError, did_you_mean
from doge_datagen.forecast.forecast import attempts_per_tick
from doge_datagen.model.clock import ENDLESS
from doge_datagen.model.coercion import whole_number
from doge_datagen.model.spec import Spec
from doge_datagen.program.program import Program

AUTO, COMPILED, INTERPRETED = ENGINES = ("auto", "compiled", "interpreted")
FEW, FEW_FOR_EACH = 50_000, 10_000
"""Subjects and attempts up to which plain Python is done before the compiler; more with each ``do``, as each takes it
a third of a second and longer."""
ATTEMPTS_A_SECOND = 10_000
"""That plain Python makes with most of its time to spare, where a pace keeps the run from making more."""


class Engine(Protocol):
    """What runs a program, window after window."""

    @property
    def tick(self) -> int:
        """The one that comes next."""

    @property
    def records(self) -> int:
        """How many a window should hold, of all streams together."""

    @property
    def used(self) -> str:
        """What has run so far, for a person: an engine, and another one from a tick on."""

    @property
    def compiling(self) -> bool:
        """Whether the model is being compiled beside the run."""

    @property
    def compiled_in(self) -> float | None:
        """Seconds that it took to compile the model; None as long as it is not compiled."""

    @property
    def is_settled(self) -> bool:
        """Whether a snapshot can be taken: nobody was walked further than to the tick that comes next.

        After a window that was cut short it may take a few more.
        """

    def window(self, end: int, *, told: bool = True) -> Window:
        """The records from the tick that comes next up to a later one; without them where nobody wants to be told.

        The window ends before that tick where it would hold too much, or take too long.

        Raises:
            CalculationError: an action or field cannot be calculated.
        """

    def checkpoint(self) -> Checkpoint:
        """All that the ticks to come depend on; only where the engine is settled."""

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go on where a snapshot of the same run was taken, by whichever engine."""

    def close(self) -> None:
        """Let go of what is held."""


def make_engine(
    program: Program,
    seed: int,
    *,
    workers: int = 1,
    engine: str = AUTO,
    speed: float | None = None,
    compiling: Callable[[], object] = str,
) -> Engine:
    """What runs a program; the records are the same, whichever it is.

    Args:
        program: the model.
        seed: 64 bits.
        workers: threads, for the compiled engine.
        engine: ``compiled``, ``interpreted``, or ``auto``: interpreted where the run is small or Numba is missing, and
            compiled from where it turns out to be large after all.
        speed: seconds of event time in a second, where a pace allows no more.
        compiling: called before the model is compiled, where the run cannot begin before.

    Raises:
        ModelError: there is no such engine, the number of workers makes no sense, or the subjects have no room.
        MissingDriverError: the compiled engine is asked for, and Numba is not installed.
    """
    threads = whole_number("workers", workers, at_least=1)
    threads = min(threads, program.spec.subjects.count)
    compiled = chosen(program.spec, engine, speed) == COMPILED
    check_memory(program, compiled=compiled, has=machine())
    try:
        if compiled:
            from doge_datagen.engine.compiled.engine import CompiledEngine  # noqa: PLC0415 - Numba is not always needed

            compiling()
            return CompiledEngine(program, seed, threads)
        if engine == AUTO and _has_numba():
            from doge_datagen.run.switching_engine import switching_engine  # noqa: PLC0415 - nor is this

            return switching_engine(program, seed, threads, speed)
        from doge_datagen.engine.interpreted.engine import InterpretedEngine  # noqa: PLC0415 - nor is this

        return InterpretedEngine(program, seed)
    except MemoryError:
        raise too_little(program) from None


def chosen(spec: Spec, asked: str = AUTO, speed: float | None = None) -> str:
    """The engine that runs a spec where one is asked for; ``auto`` stands for the one that is done first.

    Where a pace allows no more than so many seconds of event time in a second, it stands for plain Python if that can
    keep it: it is at work at once.

    Raises:
        ModelError: there is no such engine.
        MissingDriverError: the compiled engine is asked for, and Numba is not installed.

    >>> from doge_datagen.model import Clock, Population, Transition
    >>> ways = [Transition('come', 'away', 'here', 0.001), Transition('go', 'here', 'away', 50)]
    >>> chosen(Spec('shop', Population('user', 1000), ['away', 'here'], 'away', ways, {}, Clock(0, 60_000, 10_000)))
    'interpreted'
    """
    if asked not in ENGINES:
        raise ModelError("engine", f"there is no engine {asked!r}. Hint: {did_you_mean(asked, ENGINES)}")
    has_numba = _has_numba()
    if asked == COMPILED and not has_numba:
        raise MissingDriverError("the compiled engine", "fast")
    if asked != AUTO:
        return asked
    return COMPILED if has_numba and not (_is_small(spec) or _is_slow(spec, speed)) else INTERPRETED


def _has_numba() -> bool:
    return find_spec("numba") is not None


def few_attempts(spec: Spec) -> int:
    """Subjects and attempts up to which plain Python is done before the compiler."""
    return FEW + FEW_FOR_EACH * sum(it.do is not None for it in spec.transitions)


def _is_slow(spec: Spec, speed: float | None) -> bool:
    if speed is None or spec.subjects.count > FEW:
        return False
    return _attempts_per_tick(spec) * 1000 / spec.clock.tick_ms * speed <= ATTEMPTS_A_SECOND


def _is_small(spec: Spec) -> bool:
    few = few_attempts(spec)
    if spec.clock.ticks == ENDLESS or spec.subjects.count > few:
        return False
    if spec.subjects.count * (1 + spec.clock.ticks) <= few:
        return True
    return spec.subjects.count + spec.clock.ticks * _attempts_per_tick(spec) <= few


def _attempts_per_tick(spec: Spec) -> float:
    return attempts_per_tick(spec)
