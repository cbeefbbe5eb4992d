"""Chooses the engine that runs a model: the compiled one, unless plain Python is done before the compiler would be."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from importlib.util import find_spec
from typing import Any

from doge_datagen.engine.arriving.arrivals import ExpectedArrivals
from doge_datagen.engine.arriving.spawn_queue import Births
from doge_datagen.engine.memory_check import check_memory, machine, out_of_memory
from doge_datagen.engine.population_engines import PopulationEngines
from doge_datagen.engine.protocol import Engine
from doge_datagen.engine.recording.hidden_columns import SUBJECT, check_hidden
from doge_datagen.engine.recording.incident_records import IncidentRecords
from doge_datagen.engine.recording.table_records import TableRecords
from doge_datagen.engine.subject_slice import slice_of, slice_within
from doge_datagen.errors import MissingDriverError, ModelError, did_you_mean
from doge_datagen.forecast.forecast import attempts_per_tick, spawned_attempts_per_tick
from doge_datagen.model.clock import ENDLESS
from doge_datagen.model.coercion import whole_number
from doge_datagen.model.spec import Spec
from doge_datagen.program.program import Program
from doge_datagen.run.simulation.engine_wrapper import ShowingEngine
from doge_datagen.run.simulation.warm_up import WarmingEngine

AUTO, COMPILED, INTERPRETED = ENGINES = ("auto", "compiled", "interpreted")
FEW, FEW_FOR_EACH = 50_000, 10_000
"""Subjects and attempts that plain Python simulates in the time that it takes to compile a model; more with each
``do``, since compiling one takes a third of a second or longer."""
ATTEMPTS_A_SECOND = 10_000
"""Attempts per second that plain Python makes with ease, where a pace keeps the run from needing more."""


def make_engine(  # noqa: PLR0913 - these are the options of a run
    program: Program,
    seed: int,
    *,
    workers: int = 1,
    engine: str = AUTO,
    speed: float | None = None,
    compiling: Callable[[], object] = str,
    hidden: Collection[str] = (),
    subjects: range | None = None,
    births: Births | None = None,
) -> Engine:
    """Make the engine that runs a program; all engines give the same records.

    Args:
        program: the model.
        seed: 64 bits.
        workers: threads, for the compiled engine.
        engine: ``compiled``, ``interpreted``, or ``auto``: interpreted if the run looks small or Numba is missing, and
            otherwise compiled; a run that turns out to be larger than it looked is switched to the compiled engine.
        speed: seconds of event time per second that a pace allows at most; None for no such limit.
        compiling: called before the model is compiled, if the run has to wait for it.
        hidden: the hidden columns that the batches need.
        subjects: the slice of subjects to simulate, which gives exactly the records of the whole run that belong to
            them; all subjects by default. Which engine ``auto`` takes depends on the whole run.
        births: for one of several populations, those who are spawned in the run.

    Raises:
        ModelError: the engine is unknown, the number of workers is invalid, or the subjects do not fit in memory.
        MissingDriverError: the compiled engine is asked for, but Numba is not installed.
        ValueError: a hidden column is unknown, or the slice is not one of the model's subjects.
    """
    check_hidden(hidden)
    arguments: dict[str, Any] = {"speed": speed, "compiling": compiling, "hidden": hidden}
    arguments |= {"workers": workers, "engine": engine, "births": births}
    if program.parts:
        each = chosen_for_each(program, engine, speed)
        check_memory(program, compiled=COMPILED in each.values(), has=machine(), warn=False, subjects=subjects)
        # One for all engines, as the children of one are subjects of another.
        spawned = Births(program, seed)
        spawns = any(it.births for it in program.parts)
        arguments |= {"births": spawned, "hidden": {*hidden, SUBJECT} if spawns else hidden}

        def one(part: Program) -> Engine:
            own = arguments if each[part.spec.population.name] == INTERPRETED else {**arguments, "engine": COMPILED}
            return make_engine(part, seed, subjects=slice_within(part.spec, subjects), **own)

        return PopulationEngines(program, one, spawned, hidden)
    # Around the warm-up, as the records of incidents belong to the run and not to what is simulated before it.
    if program.history_streams:
        shown = IncidentRecords(program.with_warm_up(), seed, hidden)
        inner = make_engine(program.without_incident_streams(), seed, subjects=subjects, **arguments)
        # Incidents are nobody's: of all slices together, only the first shows them.
        first = slice_of(program.spec, subjects).start == 0
        return ShowingEngine(inner, program.spec.clock, shown) if first else inner
    if program.spec.clock.warm_up:
        within = program.with_warm_up()
        inner = make_engine(within, seed, subjects=subjects, **arguments)
        tables = TableRecords(within, seed, slice_of(program.spec, subjects), hidden)
        return WarmingEngine(inner, within, seed, program.spec.clock.ticks, tables)
    return _of_one(program, seed, subjects=subjects, **arguments)


def _of_one(  # noqa: PLR0913 - as above
    program: Program,
    seed: int,
    *,
    workers: int,
    engine: str,
    speed: float | None,
    compiling: Callable[[], object],
    hidden: Collection[str],
    subjects: range | None,
    births: Births | None,
) -> Engine:
    """The engine of one population, whose first tick is that of its program."""
    threads = whole_number("workers", workers, at_least=1)
    # A thread without a subject would only add a range to every window.
    threads = min(threads, max(1, len(slice_of(program.spec, subjects))))
    compiled = chosen(program, engine, speed) == COMPILED
    check_memory(program, compiled=compiled, has=machine(), subjects=subjects)
    try:
        if compiled:
            from doge_datagen.engine.compiled.engine import CompiledEngine  # noqa: PLC0415 - Numba is not always needed

            compiling()
            return CompiledEngine(program, seed, threads, hidden=hidden, subjects=subjects, births=births)
        if engine == AUTO and _has_numba():
            from doge_datagen.run.simulation.interpreted_then_compiled import switching_engine  # noqa: PLC0415 - nor is this

            return switching_engine(program, seed, threads, speed, hidden=hidden, subjects=subjects, births=births)
        from doge_datagen.engine.interpreted.engine import InterpretedEngine  # noqa: PLC0415 - nor is this

        return InterpretedEngine(program, seed, hidden=hidden, subjects=subjects, births=births)
    # As an error of the model, since its number of subjects is what can be changed.
    except MemoryError:
        raise out_of_memory(program) from None


def chosen(program: Program, asked: str = AUTO, speed: float | None = None) -> str:
    """The engine that a run starts with; of several populations, the one that any of them starts with compiled.

    ``auto`` chooses the engine that is expected to finish first. If a pace limits the speed, it chooses plain Python,
    which starts at once, as long as that can keep the pace.

    Args:
        program: the model.
        asked: ``auto``, ``compiled`` or ``interpreted``.
        speed: seconds of event time per second that a pace allows at most; None for no such limit.

    Raises:
        ModelError: the engine is unknown.
        MissingDriverError: the compiled engine is asked for, but Numba is not installed.

    >>> from doge_datagen.model import Clock, Population, Spec, Transition
    >>> from doge_datagen.program.compilation import compile_spec
    >>> ways = [Transition('come', 'away', 'here', 0.001), Transition('go', 'here', 'away', 50)]
    >>> users = Population('user', 1000, states=['away', 'here'], initial='away', transitions=ways)
    >>> chosen(compile_spec(Spec('shop', [users], {}, Clock(0, 60_000, 10_000))))
    'interpreted'
    """
    if program.parts:
        return COMPILED if COMPILED in chosen_for_each(program, asked, speed).values() else INTERPRETED
    return _chosen_for_one(program, asked, speed, _counted(program))


def chosen_for_each(program: Program, asked: str, speed: float | None) -> dict[str, str]:
    """By population, the engine that it starts with."""
    spawned = asked == AUTO and any(part.depth for part in program.parts)
    known = spawned_attempts_per_tick(program) if spawned else {}
    each = {part.spec.population.name: part for part in program.parts}
    return {
        name: _chosen_for_one(part, asked, speed, partial(float, known[name]) if name in known else _counted(part))
        for name, part in each.items()
    }


def _counted(program: Program) -> Callable[[], float]:
    """Estimates the attempts per tick of a population; of one that is spawned, only its whole family tells them."""
    return float if program.depth else partial(attempts_per_tick, program)


def _chosen_for_one(program: Program, asked: str, speed: float | None, attempts: Callable[[], float]) -> str:
    """The engine that one population starts with.

    Args:
        program: the model, or that of the population.
        asked: ``auto``, ``compiled`` or ``interpreted``.
        speed: seconds of event time per second that a pace allows at most; None for no such limit.
        attempts: estimates the attempts per tick of all its subjects; called only if they decide.
    """
    if asked not in ENGINES:
        raise ModelError("engine", f"there is no engine {asked!r}. Hint: {did_you_mean(asked, ENGINES)}")
    has_numba = _has_numba()
    if asked == COMPILED and not has_numba:
        raise MissingDriverError("the compiled engine", "fast")
    if asked != AUTO:
        return asked
    small = _is_small(program, attempts) or _is_slow(program, speed, attempts)
    return COMPILED if has_numba and not small else INTERPRETED


def _has_numba() -> bool:
    return find_spec("numba") is not None


def few_attempts(spec: Spec) -> int:
    """How many subjects and attempts plain Python simulates before a compiler would be done."""
    return FEW + FEW_FOR_EACH * sum(it.do is not None for it in spec.population.events)


def _is_slow(program: Program, speed: float | None, attempts: Callable[[], float]) -> bool:
    spec = program.spec
    if speed is None or spec.population.at_start > FEW:
        return False
    return attempts() * 1000 / spec.clock.tick_ms * speed <= ATTEMPTS_A_SECOND


def _is_small(program: Program, attempts: Callable[[], float]) -> bool:
    spec = program.spec
    few = few_attempts(spec)
    subjects = spec.population.at_start + ExpectedArrivals(program).count
    # Cheap tests first: the estimate below solves a Markov chain.
    if spec.clock.ticks == ENDLESS or subjects > few:
        return False
    if not program.depth and subjects * (1 + spec.clock.ticks) <= few:
        return True
    return subjects + spec.clock.ticks * attempts() <= few
