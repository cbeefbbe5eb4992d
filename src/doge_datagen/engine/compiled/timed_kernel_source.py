"""Generates the kernel of a model whose transitions have rates, dwell times, timers or moments.

It differs from ``kernel_source`` in how subjects wait: after each attempt it calls the model's own functions ``wait``
and ``leave``, which ``engine.waiting.timing_source`` generates, instead of looking up what was calculated before the
run.

Each draw of a subject depends on the one before, which says when it is made. So subjects are walked side by side, one
attempt of each at a time: while the processor waits for a draw of one subject, it calculates those of the next. Events
are then not recorded in the order of subjects, and ``moment_sort`` sorts them by moment and subject.

The parameters are those of ``kernel_source``, except for two: ``plan`` is the shift from moments to the buckets of the
sort, and ``walks`` has for each row the moment of its next attempt, the cause of that (an exit or a dwell time), its
state, and what its timers remember.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from doge_datagen.engine.arriving.spawn_queue import MOST
from doge_datagen.engine.codegen import (
    Function,
    actions,
    attributes_of,
    functions_of,
    initial_texts,
    kept_initial_texts,
    records,
    starts,
)
from doge_datagen.engine.compiled.kernel_source import (
    action_lines,
    constants_of,
    initial_values,
    loaded,
    module_of,
    room,
    texts_of,
    unpacked,
)
from doge_datagen.engine.compiled.philox_source import filled
from doge_datagen.engine.compiled.recording_source import column, record_lines
from doge_datagen.engine.source_lines import either
from doge_datagen.engine.waiting.timing_code import ENTERED, HAPPENED, REJECTED, STARTED
from doge_datagen.engine.waiting.timing_source import TimingSource
from doge_datagen.language.scope import RECENCY, attribute_code
from doge_datagen.program.program import Program
from doge_datagen.program.spawning.lineage import KEYS, ROOT
from doge_datagen.program.time.timing import Timing

INLINED_AT_MOST = 16  # functions of actions and records

BEGIN = '''
def begin(first, last, clock, key0, key1, fault, plan, walks, attributes, scratch):
    """Give each subject its first values, its first state and the moment at which it wakes."""
    ticks, origin, tick_ms, initial, walk, (lowest, stride), data = clock
    chances, firsts, purpose = initial
    (wakes, causes, states, {kept}) = walks
    {unpack}
    timestamp, tick = origin, int64(0)
    # Not in blocks: which draws a wait takes depends on the state and on attributes, so none can be made ahead.
    for row in range(first, last):
        subject = int64(lowest + row * stride)
        {starts}
        state = firsts[0]
        if len(chances) > 0:
            state = firsts[bisect_right(chances, unit(draw(key0, key1, subject, tick, purpose, tick)))]
        exit, why = int64(-1), int64(STARTED)
        {empty}
        {load}
        (best, cause, {own}) = {wait}
        if fault[0] != 0:
            fault[1], fault[3], fault[4] = subject, cause, fault[0]
            return row
        wakes[row], causes[row], states[row] = best, cause, state
        {store}
    return last
'''

SIMULATE = '''
def simulate(
    first, last, start, end, clock, key0, key1, fault, plan, walks, attributes, buffers, tallies, filled, counts,
    scratch, budget
):
    """Walk each subject to the end and record its events. Stops early when a buffer is full or the budget is spent."""
    ticks, origin, tick_ms, initial, walk, (lowest, stride), data = clock
    (wakes, causes, states, {kept}) = walks
    chances, firsts, purpose = initial
    {unpack}
    {rooms}
    rows = scratch[0]
    # As in kernel_source: one countdown instead of comparing each buffer for each event.
    full, left = False, int64(0)  # so many events have room for their records
    shift = plan[0]
    begun = first
    # Subjects are walked in groups. Within one, each pass gives every subject one attempt, and drops those that sleep
    # beyond the window, so the chains of dependent draws of a group overlap in the processor.
    while begun < last and not full:
        came, awake = begun, 0
        while begun < last and awake < ABREAST:
            rows[awake] = begun
            awake += wakes[begun] < end
            begun += 1
        # For the engine, which estimates from the whole group how much of the window has been walked.
        budget[1] = begun
        while awake > 0 and not full:
            still = 0
            for index in range(awake):
                if left == 0:
                    left = {left}
                    budget[0] -= left
                    if left == 0:
                        full = True
                        break
                left -= 1
                row = int64(rows[index])
                # Causes are stored in 32 bits; Numba would compile what is called with them once more for that type.
                tick, cause, state = wakes[row], int64(causes[row]), int64(states[row])
                {take}
                subject = int64({subject})
                {identify}
                timestamp = origin + tick * tick_ms
                where, location = int64(-1), int64(-1)
                happens, number = False, int64(-1)
                {attempt}
                if happens:
                    {action}
                if happens:
                    feeds = FEEDS[number]
                    {records}
                if fault[0] == 0:
                    # A rejected attempt waits anew, too: from this moment on, and without having entered the state.
                    why = int64(REJECTED)
                    if happens:
                        counts[way] += 1
                        why = int64(HAPPENED)
                        {previous} = timestamp
                        # An internal transition has no target: the subject stays, and its timers go on.
                        if TARGET[way] >= 0:
                            state, why = TARGET[way], int64(ENTERED)
                            {entered} = timestamp
                    {load_wait}
                    (tick, cause, {own}) = {wait}
                    if fault[0] != 0:
                        location = cause
                if fault[0] != 0:
                    # The group is not in order of time, nor is what failed before this in order of subjects: both are
                    # compared.
                    failed = wakes[row]
                    if fault[4] == 0 or failed < fault[2] or (failed == fault[2] and order < fault[1]):
                        fault[1], fault[2], fault[3], fault[4], fault[5] = order, failed, number, fault[0], where
                        # An expression of the timing failed, not an action or a record: its location takes the place of
                        # the transition.
                        if location < -1:
                            fault[3], fault[5] = location, int64(-1)
                        # Inclusively: a subject that comes first at this moment may fail at it, too.
                        end = failed + 1
                    fault[0] = 0
                    continue
                wakes[row], causes[row], states[row] = tick, cause, state
                {store}
                # Written in any case, as above; the list closes up without a branch on who is still awake.
                rows[still] = row
                still += tick < end
            awake = still
        if full:
            # Each subject of the group is stored where it has got to, so the next call can take the group up again.
            begun = came
    {fills}
    budget[0] += left
    return begun
'''

LEAVE = """
{load_leave}
exit, way = {leave}
if exit < -1:
    location = exit
else:
    number = TRANSITION_OF_EXIT[exit]
    happens = way >= 0
"""

ARRIVE = """
if cause == {arriving}:
    {starts}
    way, exit = int64({first_arrival}), int64(-1)
    if len(chances) > 0:
        way += bisect_right(chances, unit(draw(key0, key1, subject, int64(0), purpose, int64(0))))
    number = int64({arrival})
    happens = fault[0] == 0
else:
    {leaves}
"""


def timed_kernel(program: Program, timing: Timing, source: TimingSource) -> str:
    """The source code of a module: the model's functions, ``begin`` and ``simulate``."""
    own, arrives = source.kept, timing.arrivals is not None
    shared = {
        "unpack": unpacked(program),
        "kept": _listed([*(name.upper() for name in own), *(["IDS"] if arrives else [])]),
        "own": _listed(own),
        "store": [f"{name.upper()}[row] = {name}" for name in own] or "pass",
        "wait": source.wait.called(),
    }
    take = [f"{name} = {name.upper()}[row]" for name in own] or "pass"
    begin = filled(
        BEGIN,
        starts=list(initial_values(program)) or "pass",
        empty=[f"{name} = int64(0)" for name in own] or "pass",
        load=loaded(source.wait),
        **shared,
    )
    rooms, fills, left = room(program)
    simulate = filled(
        SIMULATE,
        rooms=rooms,
        fills=fills,
        left=left,
        take=take,
        subject=_subject(program, timing),
        identify=_identified(program),
        attempt=_attempt(program, timing, source),
        load_wait=loaded(source.wait),
        **{word: f"{column(attribute_code(name))}[row]" for word, name in RECENCY.items()},
        action=list(action_lines(program, "number")) or "pass",
        records=list(either("feeds", record_lines(program, bucket="(tick - start) >> shift"))) or "pass",
        **shared,
    )
    names = {"STARTED": STARTED, "ENTERED": ENTERED, "HAPPENED": HAPPENED, "REJECTED": REJECTED}
    constants = [*constants_of(program), *(f"{name} = {value}" for name, value in names.items()), *_of_exits(timing)]
    constants += (f"{name} = np.array({table or [0]})" for name, table in source.tables.items())
    functions = [*functions_of(program), source.wait, source.leave]
    loops = (simulate,) if arrives else (begin, simulate, *texts_of(program))
    return module_of(constants, functions, loops, _inlined(program, source, simulate))


def _inlined(program: Program, source: TimingSource, loop: str) -> set[str]:
    """The functions of each event that the loop calls in one place, unless they are many, which take long to compile.

    They have so many parameters that passing them takes a fifth of the time of a walk.
    """
    few = {*actions(program).values(), *records(program).values()}
    each = (source.wait, source.leave, *(few if len(few) <= INLINED_AT_MOST else ()))
    return {it.name for it in each if len(re.findall(rf"\b{it.name}\(", loop)) == 1}


def _subject(program: Program, timing: Timing) -> str:
    """The index of a subject, or that of its root."""
    if program.depth:
        return f"{column(attribute_code(ROOT))}[row]"
    return "lowest + row * stride" if timing.arrivals is None else "IDS[row]"


def _identified(program: Program) -> list[str]:
    """The lines that say which of two subjects comes first at one moment, and get the key of one that is spawned."""
    if not program.depth:
        return ["order = subject"]
    # At one moment the order is that of roots, then of births. Both fit 63 bits: indexes have 32, births at most 31.
    keys = (f"{column(attribute_code(name))}[row]" for name in KEYS)
    return [f"order = subject * {MOST} + int64(IDS[row])", f"key0, key1 = {', '.join(keys)}"]


def _attempt(program: Program, timing: Timing, source: TimingSource) -> list[str]:
    """The lines that find out what a subject attempts, and let it begin if that is its arrival."""
    leaves = filled(LEAVE.strip(), load_leave=loaded(source.leave), leave=source.leave.called()).splitlines()
    if timing.arrivals is None:
        return leaves
    numbers = {"arriving": timing.arriving, "first_arrival": timing.first_arrival}
    numbers["arrival"] = timing.arrivals.transition
    texts = {name: str(number) for name, number in numbers.items()}
    starts = list(_arrived(program, source)) or "pass"
    return filled(ARRIVE.strip(), starts=starts, leaves=leaves, **texts).splitlines()


def _arrived(program: Program, source: TimingSource) -> Iterator[str]:
    """The lines that give a subject its first values when it arrives; the first of them that fails is the location."""
    # What a child is given by its parent is in its row already; the others may be calculated from it.
    given = {attribute_code(it.name) for it in program.starts if program.depth and it.stored and not it.code}
    reads = {code for it in (*starts(program).values(), *initial_texts(program).values()) for code in attributes_of(it)}
    yield from (f"{code} = {column(code)}[row]" for code in sorted(given & reads))
    for name, function in starts(program).items():
        yield f"{attribute_code(name)} = {function.called()}"
        yield f"{column(attribute_code(name))}[row] = {attribute_code(name)}"
        yield from _located(name, function, source)
    for name, function, kept in kept_initial_texts(program):
        yield f"{''.join(f'{column(code)}[row], ' for code in kept)}= {function.called()}"
        yield from _located(name, function, source)


def _located(name: str, function: Function, source: TimingSource) -> Iterator[str]:
    # One function after the other runs even if one has failed, as compiled code cannot raise; the first is to blame.
    if any("fault" in line for line in function.lines):
        location = source.location_of(f"subjects.attributes.{name}")
        yield f"location = int64({location}) if fault[0] != 0 and location == -1 else location"


def _of_exits(timing: Timing) -> Iterator[str]:
    """Arrays: the transition of each exit, and the state that each way leads to, or -1."""
    yield f"TRANSITION_OF_EXIT = np.array({[it.transition for it in timing.exits]}, np.int64)"
    yield f"TARGET = np.array({[-1 if it.target is None else it.target for it in timing.ways]}, np.int64)"


def _listed(names: Iterable[str]) -> str:
    """Names to unpack a tuple into; it may be empty."""
    return "".join(f"{name}, " for name in names)
