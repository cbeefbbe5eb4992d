"""An engine that starts in plain Python and continues compiled if the run turns out to be large."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Protocol

from doge_datagen.engine.arriving.spawn_queue import Births
from doge_datagen.engine.background_compilation import Compilation
from doge_datagen.engine.checkpoint import Checkpoint
from doge_datagen.engine.interpreted.engine import InterpretedEngine
from doge_datagen.engine.protocol import Engine
from doge_datagen.engine.window import Window
from doge_datagen.model.clock import Clock
from doge_datagen.number_format import reached
from doge_datagen.program.program import Program
from doge_datagen.run.simulation.engine_choice import ATTEMPTS_A_SECOND, few_attempts

if TYPE_CHECKING:
    from doge_datagen.engine.compiled.engine import CompiledEngine

MORE = 2  # after this many times the expected attempts, plain Python is unlikely to be done soon
SECONDS = 1.0  # of wall time at the given pace, over which to judge whether plain Python can keep it


class Enough(Protocol):
    """Decides when to start compiling."""

    def __call__(self, attempts: int, ticks: int, /) -> bool:
        """Take into account so many attempts in so many ticks; True when it is time to compile."""


@dataclass(slots=True)
class Total:
    """Compile after so many attempts in total.

    >>> enough = Total(1000)
    >>> [enough(600, 10), enough(600, 10)]
    [False, True]
    """

    most: int
    done: int = 0

    def __call__(self, attempts: int, _: int, /) -> bool:
        """See :class:`Enough`."""
        self.done += attempts
        return self.done > self.most


@dataclass(slots=True)
class Rate:
    """Compile when a second at the given pace needs more attempts than plain Python makes with ease.

    >>> enough = Rate(Clock(0, 60_000), speed=600.0, most=1000)
    >>> [enough(700, 5), enough(700, 5), enough(100, 5), enough(100, 5)]
    [False, True, False, False]
    """

    clock: Clock
    speed: float
    most: float = ATTEMPTS_A_SECOND
    over: float = SECONDS
    attempts: int = 0
    seconds: float = field(default=0.0)

    def __call__(self, attempts: int, ticks: int, /) -> bool:
        """See :class:`Enough`."""
        self.attempts += attempts
        self.seconds += ticks * self.clock.tick_ms / 1000 / self.speed
        if self.seconds < self.over:
            return False
        enough = self.attempts > self.most * self.seconds
        self.attempts, self.seconds = 0, 0.0
        return enough


class SwitchingEngine:
    """Runs in plain Python until the compiled engine is ready, which then takes over between two windows.

    The records are the same to the byte whenever the switch happens: both engines make the same records, and each can
    continue from the other's checkpoints.

    Args:
        first: the interpreted engine.
        compilation: starts to compile, in the background.
        enough: decides when to start compiling.
        ahead: how many ticks of a warm-up are not counted.
        tick_ms: the length of a tick; 1 if things happen at any moment.
    """

    def __init__(
        self,
        first: InterpretedEngine,
        compilation: Callable[[], Compilation],
        enough: Enough,
        ahead: int = 0,
        tick_ms: int | None = None,
    ) -> None:
        self._ahead, self._tick_ms = ahead, tick_ms
        self._interpreted: InterpretedEngine | None = first
        self._engine: Engine = first
        self._compile = compilation
        self._enough = enough
        self._compilation: Compilation | None = None
        self._switched_at: int | None = None

    @property
    def tick(self) -> int:
        """The next tick to simulate."""
        return self._engine.tick

    @property
    def records(self) -> int:
        """How many records a window should hold, of all streams together."""
        return self._engine.records

    @property
    def compiling(self) -> bool:
        """Whether the model is being compiled in the background."""
        return self._compilation is not None and self._compilation.at_work

    @property
    def is_settled(self) -> bool:
        """Whether a checkpoint can be taken."""
        return self._engine.is_settled

    @property
    def used(self) -> str:
        """A description of what has run so far."""
        if self._switched_at is None:
            return "interpreted"
        at = reached(self._switched_at, self._tick_ms)
        return f"interpreted, compiled {f'after {at}' if self._tick_ms == 1 else f'from {at} on'}"

    @property
    def compiled_in(self) -> float | None:
        """Seconds that it took to compile the model; None if it is not compiled yet."""
        return self._engine.compiled_in

    def window(self, end: int, *, with_records: bool = True) -> Window:
        """Simulate up to ``end``, and give the records if ``with_records``.

        Raises:
            CalculationError: an action or field cannot be calculated.
        """
        # Only between two windows, when the state is that of a checkpoint.
        self._switch()
        before = 0 if self._interpreted is None else self._interpreted.attempts
        window = self._engine.window(end, with_records=with_records)
        # Once: a compilation that fails is not begun again with every window.
        if self._interpreted is not None and self._compilation is None:
            made = self._interpreted.attempts - before
            if self._enough(made, window.end - window.start):
                self._compilation = self._compile()
        return window

    def checkpoint(self) -> Checkpoint:
        """Everything that the remaining ticks depend on."""
        return self._engine.checkpoint()

    def restore(self, checkpoint: Checkpoint) -> None:
        """Continue from a checkpoint of the same run, whichever engine took it."""
        self._engine.restore(checkpoint)

    def close(self) -> None:
        """End the compilation, if there is one, and release threads and memory."""
        if self._compilation is not None:
            # Before the engine: it may still be compiling, and its result would never be closed.
            self._compilation.end()
        self._engine.close()

    def _switch(self) -> None:
        compiled = None if self._compilation is None else self._compilation.engine()
        if compiled is not None:
            # The same way as a run resumes, so that there is no second one that could differ.
            compiled.restore(self._engine.checkpoint())
            self._engine, self._interpreted, self._switched_at = compiled, None, max(0, self.tick - self._ahead)


def switching_engine(
    program: Program,
    seed: int,
    workers: int,
    speed: float | None,
    *,
    hidden: Collection[str] = (),
    subjects: range | None = None,
    births: Births | None = None,
) -> SwitchingEngine:
    """The engine for a run that looks small, or is slowed down by a pace.

    Args:
        program: the model.
        seed: 64 bits.
        workers: threads of the compiled engine.
        speed: seconds of event time per second that a pace allows at most; None for no such limit.
        hidden: the hidden columns that the batches need.
        subjects: the slice of subjects to simulate; all of them by default.
        births: takes those who are spawned to the engine of their population; None if nobody is.
    """

    def make() -> CompiledEngine:
        from doge_datagen.engine.compiled.engine import CompiledEngine  # noqa: PLC0415 - importing Numba takes a second

        return CompiledEngine(program, seed, workers, hidden=hidden, subjects=subjects, births=births)

    spec = program.spec
    enough = Total(MORE * few_attempts(spec)) if speed is None else Rate(spec.clock, speed)
    first = InterpretedEngine(program, seed, hidden=hidden, subjects=subjects, births=births)
    return SwitchingEngine(first, partial(Compilation, make), enough, spec.clock.warm_up_ticks, spec.clock.tick_ms)
