"""Subjects that others have spawned, on their way from the engine of their parents to that of their own population.

Parents are simulated first, up to the end of a window, and record what they spawn like events of a stream. From that,
a child gets what it is given, its path, and the key of its draws: Philox of the key of its parent, of its root and of
its ordinal. So a child's draws depend on nobody but its ancestors, and another kind of child changes none of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from doge_datagen.draws import MASK, philox
from doge_datagen.engine.arriving.arrivals import ArrivalQueue, Arrived
from doge_datagen.engine.codegen import dtype_of, values_by_way
from doge_datagen.engine.recording.record_batches import StreamEvents
from doge_datagen.engine.recording.record_columns import is_of_transition
from doge_datagen.errors import ModelError
from doge_datagen.language.scope import ENDS
from doge_datagen.language.types import STRING, Typed
from doge_datagen.program.program import Birth, Program, purpose
from doge_datagen.program.spawning.lineage import KEYS, ROOT, SERIAL, path_names
from doge_datagen.program.spawning.translation import LAST, LINE, TIMES

Array = npt.NDArray[Any]  # Any: integers, floats or booleans
MOST = 2**31
"""How many subjects an engine can number in the order in which they begin."""


class Spawned(NamedTuple):
    """Some who are spawned.

    Attributes:
        moments: when each begins, in milliseconds since the epoch.
        columns: by name, the attributes that each has from the beginning.
    """

    moments: Array
    columns: Mapping[str, Array]

    def taken(self, rows: Any) -> Spawned:
        """Some of them."""
        return Spawned(self.moments[rows], {name: it[rows] for name, it in self.columns.items()})


def together(each: Sequence[Spawned]) -> Spawned:
    """Several of them, one after the other."""
    columns = {name: np.concatenate([it.columns[name] for it in each]) for name in each[0].columns}
    return Spawned(np.concatenate([it.moments for it in each]), columns)


class BirthQueue:
    """Gives those who are spawned to the engine of their population, window by window.

    It takes the place of :class:`~doge_datagen.engine.arriving.arrivals.ArrivalQueue`.

    Args:
        start: the timestamp of the engine's first tick.
    """

    def __init__(self, start: int) -> None:
        self._start = start
        self.clear()

    def clear(self) -> None:
        """Forget everybody."""
        self._waiting: Spawned | None = None
        self._count, self._taken = 0, 0

    def add(self, spawned: Spawned) -> None:
        """Add some who begin after all before them, in their order.

        Raises:
            ModelError: there are too many.
        """
        first, self._count = self._count, self._count + len(spawned.moments)
        if self._count > MOST:
            raise ModelError("spawn", f"more than {MOST:,} subjects of one population are spawned. Hint: run slices")
        # The number is given in order of birth. It differs between slices, so it orders and identifies rows, but draws
        # and records never use it.
        columns = {**spawned.columns, SERIAL: np.arange(first, self._count)}
        more = Spawned(spawned.moments - self._start, columns)
        self._waiting = more if self._waiting is None else together([self._waiting, more])

    def go_to(self, tick: int, arrived: int) -> None:
        """Continue from a tick before which so many have begun."""
        self._taken = 0
        if self._waiting is None:
            # Resumed: those before are in the checkpoint, and their parents will not spawn them again.
            self._count = arrived
        else:
            self._drop(tick)

    def arrived(self, tick: int) -> int:
        """How many have begun before a tick."""
        late = 0 if self._waiting is None else int(np.sum(self._waiting.moments >= tick))
        return self._count - late

    def take(self, tick: int, end: int, most: int) -> Arrived:
        """Those who begin up to a tick, except for those who were taken before.

        Args:
            tick: the first tick of the window.
            end: the tick after its last.
            most: how many to take; the window ends earlier if there are more, unless it has a single tick.
        """
        self._drop(tick)
        if self._waiting is None:
            nobody = np.empty(0, np.int64)
            return Arrived(end, nobody.astype(np.uint32), nobody)
        moments, first = self._waiting.moments, self._taken
        last = int(np.searchsorted(moments, end))
        if last - first > most:
            # At the moment of the first who is too many; others of that moment come with it, in the next window.
            end = max(int(moments[first + most]), tick + 1)
            last = int(np.searchsorted(moments, end))
        self._taken = max(first, last)  # a window may end before those whom a longer one has taken
        mine = self._waiting.taken(slice(first, self._taken))
        return Arrived(end, mine.columns[SERIAL].astype(np.uint32), mine.moments, mine.columns)

    def _drop(self, tick: int) -> None:
        """Forget those who have begun before a tick: they are with the engine, or in its checkpoint."""
        if self._waiting is None:
            return
        gone = int(np.searchsorted(self._waiting.moments, tick))
        if gone:
            rest = self._waiting.taken(slice(gone, None))
            self._waiting = rest if len(rest.moments) else None
            # Those who were taken have rows already, even if their moment is in a later window.
            self._taken = max(0, self._taken - gone)


class Births:
    """Everybody who is spawned in a run.

    Args:
        program: the model.
        seed: 64 bits.
    """

    def __init__(self, program: Program, seed: int) -> None:
        within = [it.with_warm_up() for it in program.parts]
        self._parts = {it.spec.population.name: it for it in within}
        self._queues = {
            name: BirthQueue(it.spec.clock.start) for name, it in self._parts.items() if it.spec.population.is_spawned
        }
        self._key = seed & MASK, seed >> 32
        self._numbers: dict[tuple[str, str], Array] = {}

    def clear(self) -> None:
        """Forget everybody who waits."""
        for queue in self._queues.values():
            queue.clear()

    def queue(self, population: str) -> BirthQueue:
        """Those of one population."""
        return self._queues[population]

    def spawn(self, parent: Program, events: Mapping[str, StreamEvents]) -> None:
        """Spawn the children of a window.

        Args:
            parent: the program of their parents.
            events: what has been recorded for each of its ``births``; nothing for those that are left out.
        """
        # By population: if several events of a window spawn for the same one, their children are numbered together, in
        # order of birth.
        for name in dict.fromkeys(it.population for it in parent.births):
            births = [it for it in parent.births if it.population == name and it.stream in events]
            found = [self._spawned(parent, it, events[it.stream]) for it in births]
            if found:
                each = together(found)
                order = np.lexsort((each.columns[ROOT], each.moments))  # stable: those of one root stay in order
                self._queues[name].add(each.taken(order) if len(found) > 1 else each)

    def _spawned(self, parent: Program, birth: Birth, events: StreamEvents) -> Spawned:
        """Those whom some events spawn."""
        values = dict(_values(parent, birth, events))
        # The action has counted before the record was made: the ordinals of this event end with the last one.
        times, last = values.pop(TIMES), values.pop(LAST)
        rows, number = _siblings(times, values.pop(LINE, None))
        ordinals = (last - times)[rows] + number
        roots = events.subjects.astype(np.int64)[rows]
        columns = {name: it[rows] for name, it in values.items()}
        keys = self._keys(birth, columns, roots, ordinals)
        above = [columns.pop(name) for name in path_names(parent.depth)]
        path = dict(zip(path_names(parent.depth + 1), [*above, ordinals], strict=True))
        given = {name: self._translated(parent, birth, name, columns[name]) for name in birth.given}
        return Spawned(events.times[rows], {**given, ROOT: roots, **dict(zip(KEYS, keys, strict=True)), **path})

    def _keys(self, birth: Birth, columns: Mapping[str, Array], roots: Array, ordinals: Array) -> tuple[Array, Array]:
        """The keys of the draws of children."""
        own: Any = tuple(columns[name].astype(np.uint64) for name in KEYS) if KEYS[0] in columns else self._key
        # Named after the population of the child: siblings of another kind with the same ordinals have other keys.
        drawn_for = np.full(len(roots), purpose(self._parts[birth.population].spec.population, "born"), np.uint64)
        counter = roots.astype(np.uint64), ordinals.astype(np.uint64), drawn_for, np.zeros(len(roots), np.uint64)
        low, high, _, _ = philox(own, counter)
        return low.astype(np.int64), high.astype(np.int64)

    def _translated(self, parent: Program, birth: Birth, name: str, values: Array) -> Array:
        """What children are given, with the numbers that their population has for strings."""
        typed = birth.given[name]
        # Each population numbers its strings by itself, apart from those of tables.
        if typed.kind != STRING:
            return values
        pair = parent.spec.population.name, birth.population
        if pair not in self._numbers:
            number_of, own = self._parts[birth.population].data.number_of, parent.data
            shared = len(own) - len(own.added)  # the strings of tables, which have the same numbers everywhere
            self._numbers[pair] = np.array([*range(shared), *(number_of(it) or 0 for it in own.added)], np.int64)
        return self._numbers[pair][values]


def _siblings(times: Array, lines: Array | None) -> tuple[Array, Array]:
    """For each who is spawned, the row of the event, and the number among those who are spawned with it, from 1."""
    if lines is not None:
        return np.arange(len(lines)), lines
    rows = np.repeat(np.arange(len(times)), times)
    return rows, np.arange(len(rows)) - (np.cumsum(times) - times)[rows] + 1


def _values(parent: Program, birth: Birth, events: StreamEvents) -> Iterator[tuple[str, Array]]:
    """The recorded values by name."""
    shape, computed = parent.shapes[birth.stream], iter(events.columns)
    each = [_column(parent, it, events, computed) for it in shape.columns]
    for name, index in shape.fields.items():
        if isinstance(index, int):
            yield name, each[index]


def _column(parent: Program, typed: Typed, events: StreamEvents, computed: Iterator[Array]) -> Array:
    match typed.code:
        case "subject":
            return events.subjects.astype(np.int64)
        case "timestamp":
            return events.times
        case "tick":
            return (events.times - parent.spec.clock.start) // parent.spec.clock.tick_ms
    if is_of_transition(typed) or typed.code in ENDS:
        return values_by_way(parent, typed)[events.ways]
    return next(computed).astype(dtype_of(typed), copy=False)


def arrivals_of(
    program: Program, seed: int, subjects: range, births: Births | None
) -> ArrivalQueue | BirthQueue | None:
    """What gives an engine those who arrive or are spawned; None if all are there from the start.

    Args:
        program: the model of one population.
        seed: 64 bits.
        subjects: the slice that the engine simulates.
        births: those who are spawned in the run; None if nobody is.
    """
    population = program.spec.population
    if population.is_spawned:
        return BirthQueue(program.spec.clock.start) if births is None else births.queue(population.name)
    return None if population.arrive is None else ArrivalQueue(program, seed, subjects)
