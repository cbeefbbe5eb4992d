"""Generates the source code of a model's kernel: the loop over subjects, with the model's functions and streams in it.

The templates are filled with lines for each attribute, transition and stream of the model. The two main functions:

- ``begin`` computes the initial attributes and state of each subject, and when it wakes.
- ``simulate`` walks each subject through a window and records its events in the columns of the streams that they feed.
  It stops early when a buffer is full or too many attempts were made; the caller makes room, or shortens the window,
  and calls it again from the subject at which it stopped.

Columns have a row for each subject of the engine's slice. ``subject`` is its index in the whole population, which draws
and records are made of. Their parameters, most of them tuples of arrays:

- ``first``, ``last``: the rows to walk; ``start``, ``end``: the window, in ticks.
- ``clock``: the ticks of the run, its start and the milliseconds of a tick; how the first state is drawn (cumulative
  chances, states, purpose of the draw); the purpose of the draws of waits; the first index of the slice and the
  distance between two; the model's reference data.
- ``key0``, ``key1``: the two halves of the seed.
- ``fault``: of a range, see ``event_buffers``.
- ``plan``: what ``transition_plan.plan_arrays`` has calculated.
- ``walks``: for each row, the tick at which it wakes, the way that it attempts then, and the step of its next draw.
- ``attributes``: for each attribute, its column.
- ``buffers``, ``filled``: the columns in which events are recorded, and how many rows of each buffer are in use.
- ``tallies``: for each stream and tick of the window, how many events it has; for the sort.
- ``counts``: for each way, how often it happened.
- ``scratch``: room for the draws of a block of subjects, which are made together.
- ``budget``: how many attempts may be made before the kernel stops.

A fault does not raise, since compiled code cannot. It shortens the range's window to the tick of the fault, and the
subjects that follow are walked only up to there: so the fault that is reported in the end is the earliest in time.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache

from doge_datagen.engine.codegen import (
    REJECTED,
    Function,
    actions,
    attributes_of,
    drawn_lines,
    ends_by_way,
    functions_of,
    initial_texts,
    names_of_data,
    starts,
)
from doge_datagen.engine.compiled.philox_source import filled
from doge_datagen.engine.compiled.recording_source import UNFED, column, has_uncounted, record_lines, sets_of_streams
from doge_datagen.engine.recording.emission import fed
from doge_datagen.engine.recording.record_columns import computed
from doge_datagen.engine.source_lines import either, indented
from doge_datagen.language.event_lines import LINE_COUNT, MOST_LINES, line_array
from doge_datagen.language.scope import ENDS, attribute_code
from doge_datagen.program.program import Program

Done = tuple[Function | None, Function | None]

BEGIN = '''
def begin(first, last, clock, key0, key1, fault, plan, walks, attributes, scratch):
    """Give each subject its first values, its first state and the tick at which it wakes."""
    ticks, origin, tick_ms, initial, walk, (lowest, stride), data = clock
    chances, firsts, purpose = initial
    scale, sure, first_entry, half, limits, ways, source, target = plan
    wakes, tries, steps = walks
    rows, indexes, next_steps, waits, choices = scratch
    {unpack}
    timestamp = origin
    # Everybody draws for the first wait, so these draws are made for a block of subjects at once.
    for begun in range(first, last, BLOCK):
        count = min(BLOCK, last - begun)
        for number in range(count):
            indexes[number], next_steps[number] = lowest + (begun + number) * stride, 0
        draw_ahead(count, int64(1), key0, key1, walk, indexes, next_steps, waits, choices)
        for number in range(count):
            row, subject = begun + number, int64(indexes[number])
            # Numba compiles a function anew for a literal, hence the typed 0.
            tick = int64(0)
            {starts}
            # A single initial state takes no draw. The draw has a purpose of its own: a second initial state moves no
            # other.
            state = firsts[0]
            if len(chances) > 0:
                state = firsts[bisect_right(chances, unit(draw(key0, key1, subject, tick, purpose, tick)))]
            way, step, drawn = int64(-1), int64(0), 0
            wait, choice = waits[0, number], choices[0, number]
            {sleep}
            wakes[row], tries[row], steps[row] = tick, way, step
    return last
'''

SIMULATE = '''
def simulate(
    first, last, start, end, clock, key0, key1, fault, plan, walks, attributes, buffers, tallies, filled, counts,
    scratch, budget
):
    """Walk each subject to the end and record its events. Stops early when a buffer is full or the budget is spent."""
    ticks, origin, tick_ms, initial, walk, (lowest, stride), data = clock
    scale, sure, first_entry, half, limits, ways, source, target = plan
    wakes, tries, steps = walks
    {unpack}
    {rooms}
    rows, indexes, next_steps, waits, choices = scratch
    # One number is counted down for each attempt, instead of comparing how full each buffer is.
    full, left = False, int64(0)  # so many events have room for their records
    begun = first
    while begun < last and not full:
        awake = 0
        while begun < last and awake < BLOCK:
            # Written in any case, and overwritten by the next subject if this one sleeps: who wakes in a window cannot
            # be predicted, and a wrong guess of the processor costs more than two writes.
            rows[awake], next_steps[awake] = begun, steps[begun]
            awake += wakes[begun] < end
            begun += 1
        for number in range(awake):
            indexes[number] = lowest + rows[number] * stride
        # Most subjects make fewer attempts. Nothing is lost by that: a draw is a function of its step, so the next
        # window makes the very same ones again.
        draw_ahead(awake, int64(AHEAD), key0, key1, walk, indexes, next_steps, waits, choices)
        for number in range(awake):
            row, subject = int64(rows[number]), int64(indexes[number])
            tick, way, step = wakes[row], int64(tries[row]), int64(next_steps[number])
            drawn = 0
            while tick < end:
                # Attempts are paid for in advance. Not every attempt has filled a row of every buffer, so there may be
                # room for more; what is left unused is given back at the end.
                if left == 0:
                    left = {left}
                    budget[0] -= left
                    if left == 0:
                        full = True
                        break
                left -= 1
                if drawn < AHEAD:
                    wait, choice = waits[drawn, number], choices[drawn, number]
                else:
                    # The same draw as from draw_ahead, to the bit; a step beyond 32 bits continues in the last word.
                    a, b, c, d = draw(key0, key1, subject, step & 0xFFFFFFFF, walk, step >> 32)
                    wait, choice = exponential(a, b), unit_of(c, d)
                timestamp = origin + tick * tick_ms
                happens, where = True, int64(-1)
                # The action comes first: records show the attributes after it, and a rejected attempt has none.
                {action}
                if happens:
                    feeds = FEEDS[way]
                    {records}
                # The run reports the earliest fault, and of several in one tick that of the lowest index. So this one
                # replaces any before it, and the subjects that follow are walked up to this tick, exclusively. The
                # subject stays awake at it: no later window walks it across, since the range ends there until the fault
                # is raised.
                if fault[0] != 0:
                    fault[1], fault[2], fault[3], fault[4], fault[5] = subject, tick, way, fault[0], where
                    fault[0], end = 0, tick
                    break
                # No column has the state, since the way that is attempted says it.
                state = source[way]
                if happens:
                    state = target[way]
                    counts[way] += 1
                # A subject does at most one thing in a tick; a rejected attempt has used it up, too.
                tick += 1
                {sleep}
            wakes[row], tries[row], steps[row] = tick, way, step
            if full:
                begun = row
                break
    {fills}
    budget[0] += left
    return begun
'''

SLEEP = """
way = sure[state]
if way < 0:
    step += 1
    drawn += 1
    tick = next_tick(tick, wait, scale[state])
    way = next_way(choice, first_entry[state], half[state], limits, ways)
"""
"""Computes, for a subject in a state from a tick on, when it wakes and which way it attempts then, and counts the step.

The draw of the step is in ``wait``, an exponential, and ``choice``; the law is in
:mod:`doge_datagen.engine.waiting.tick_waits`.
"""

INITIAL_TEXTS = '''
def texts_{name}(first, last, clock, key0, key1, fault, attributes, columns):
    """The parts of the texts that subjects get at the start."""
    ticks, origin, tick_ms, initial, walk, (lowest, stride), data = clock
    {unpack}
    tick, timestamp = int64(0), origin
    for row in range(first, last):
        subject = lowest + row * stride
        {starts}
        {store}
        if fault[0] != 0:
            fault[1], fault[4] = subject, fault[0]
            return
'''


def kernel(program: Program) -> str:
    """The source code of a module: the model's functions, ``begin`` and ``simulate``."""
    loops = (_begin(program), _simulate(program), *texts_of(program))
    return module_of(constants_of(program), functions_of(program), loops)


def module_of(
    constants: Iterable[str], functions: Iterable[Function], loops: Iterable[str], inlined: Collection[str] = ()
) -> str:
    """The source code of a module; the functions with the names in ``inlined`` become parts of those that call them."""
    # Only the loops are called from Python, without the GIL, so that other threads walk their ranges meanwhile. They
    # are cached with the compiled code of all that they call.
    numba = "@jit(nogil=True, cache=True, no_cpython_wrapper=False)"
    options = dict.fromkeys(inlined, "(forceinline=True)")
    called = (f"@jit{options.get(function.name, '')}\n{_general(function.text)}" for function in functions)
    return "\n".join([*constants, *called, *(f"{numba}{loop}" for loop in loops)])


class _General(ast.NodeTransformer):
    """Wraps integer literals in arguments with ``int64()``: Numba would compile a function anew for each literal."""

    def visit_Call(self, node: ast.Call) -> ast.Call:
        self.generic_visit(node)
        node.args = [self._hidden(argument) for argument in node.args]
        return node

    def _hidden(self, argument: ast.expr) -> ast.expr:
        if isinstance(argument, ast.Constant) and type(argument.value) is int:
            return ast.Call(ast.Name("int64", ast.Load()), [argument], [])
        return argument


@lru_cache(maxsize=256)  # enough for the functions of a large model, since a model is often run more than once
def _general(text: str) -> str:
    return ast.unparse(ast.fix_missing_locations(_General().visit(ast.parse(text)))) + "\n"


def stored(program: Program) -> tuple[str, ...]:
    """The attributes that have a column, in the order of the kernel's tuple."""
    return tuple(start.name for start in program.starts if start.stored)


def unpacked(program: Program) -> list[str]:
    """Unpacks the columns of attributes, where that of ``a_balance`` is called ``A_balance``, rhythms and arrays."""
    columns = [column(attribute_code(name)) for name in stored(program)]
    given = {"attributes": columns, "data": names_of_data(program)}
    return [f"({', '.join(names)},) = {what}" for what, names in given.items() if names] or ["pass"]


def _begin(program: Program) -> str:
    lines = list(initial_values(program))
    return filled(BEGIN, unpack=unpacked(program), starts=lines or "pass", sleep=SLEEP.strip())


def initial_values(program: Program) -> Iterator[str]:
    """The lines that compute and store a subject's first values; they return from ``begin`` on a fault."""
    for number, (name, function) in enumerate(starts(program).items()):
        code = attribute_code(name)
        yield from (f"{code} = {function.called()}", f"{column(code)}[row] = {code}")
        # At the start everybody is at one moment, so the first fault in the order of indexes is the one to report, and
        # nothing after it has to be calculated.
        if "fault" in function.lines[0]:
            blamed = f"fault[1], fault[3], fault[4] = subject, {number}, fault[0]"
            yield from ("if fault[0] != 0:", f"    {blamed}", "    return row")


def texts_of(program: Program) -> Iterator[str]:
    """The loops that compute the parts of strings that subjects get at the start."""
    for name, function in initial_texts(program).items():
        columns = next(start.columns for start in program.starts if start.name == name)
        targets = "".join(f"columns[{number}][row], " for number in range(len(computed(columns))))
        store = f"{targets} = {function.called()}"
        yield filled(INITIAL_TEXTS, name=name, unpack=unpacked(program), starts=loaded(function), store=store)


def loaded(function: Function) -> list[str]:
    """The lines that load the attributes which a function reads."""
    return [f"{code} = {column(code)}[row]" for code in attributes_of(function)] or ["pass"]


def _simulate(program: Program) -> str:
    rooms, fills, left = room(program)
    return filled(
        SIMULATE,
        unpack=unpacked(program),
        rooms=rooms,
        fills=fills,
        left=left,
        action=list(action_lines(program, "way")) or "pass",
        records=list(either("feeds", record_lines(program))) or "pass",
        sleep=SLEEP.strip(),
    )


def room(program: Program) -> tuple[list[str], list[str], str]:
    """The lines that unpack the buffers, those that store how full they are, and how many events have room."""
    rooms, fills = [], []
    for number, (name, shape) in enumerate(program.shapes.items()):
        columns = "".join(f"n{number}_{index}, " for index in range(len(computed(shape.columns))))
        rooms += [
            f"n{number}_tick, n{number}_subject, n{number}_way, ({columns or '_'}) = buffers[{number}]  # {name!a}",
            f"room_{number}, at_{number} = len(n{number}_tick), filled[{number}]",
            f"tally_{number} = tallies[{number}]",
        ]
        fills.append(f"filled[{number}] = at_{number}")
    if has_uncounted(program):
        number = len(program.shapes)
        rooms += [f"u_tick, u_way = buffers[{number}]", f"room_{number}, at_{number} = len(u_tick), filled[{number}]"]
        fills.append(f"filled[{number}] = at_{number}")
    # How many lines an event has is known only when it happens, so there must be room for the most it can have.
    free = ""
    for number, name in enumerate([*program.shapes, *([""] if has_uncounted(program) else [])]):
        by_line = name and program.shapes[name].line is not None
        free += f"(room_{number} - at_{number}) // {MOST_LINES}, " if by_line else f"room_{number} - at_{number}, "
    if program.lines:
        arrays = "".join(f"{line_array(name)}, " for name in program.line_fields)
        rooms += [f"({arrays}) = buffers[{len(fills)}]"] if arrays else []
        rooms += [f"{LINE_COUNT} = int64(0)"]
    return rooms, fills, f"min({free}budget[0])" if free else "budget[0]"


def action_lines(program: Program, number: str) -> Iterator[str]:
    """The lines that run the action of a transition: whether it happens, and new values of attributes.

    Args:
        program: the model.
        number: the name of the variable that has the number of the transition.
    """
    own = _done(program)
    blocks = {first: _acted(program, first, *done) for done, first in _first_of(own).items()}
    # Transitions with the same action share a block: compiling takes time by lines of code, and large models repeat few
    # actions in many transitions.
    yield from either(number if len(blocks) == len(own) else f"SAME_ACTION[{number}]", blocks)


def _done(program: Program) -> dict[int, Done]:
    """For each transition that does something, the function that draws its lines and its action, where it has them."""
    drawn, acting = drawn_lines(program), actions(program)
    return {number: (drawn.get(number), acting.get(number)) for number in sorted({*drawn, *acting})}


def _first_of(own: Mapping[int, Done]) -> dict[Done, int]:
    """For each action, with its lines, the first transition that has it."""
    return {done: number for number, done in reversed(list(own.items()))}


def _acted(program: Program, number: int, lines: Function | None, action: Function | None) -> list[str]:
    acted = [] if action is None else _run(program, number, action)
    if lines is None:
        return acted
    load = [f"{end} = {end.upper()}[way]" for end in ENDS if end in lines.reads]
    load += [f"{code} = {column(code)}[row]" for code in attributes_of(lines)]
    # Behind the numbers of streams and conditions come those of the parts of lines: see path_of in recording.emission.
    failed = f"happens, where = False, int64({2 * len(program.shapes)}) + part"
    nobody = [f"elif part == {REJECTED}:", "    happens = False"] if program.lines[number].may_reject else []
    # The action may sum its lines up, so it comes after them, and not at all if one of them has failed.
    rest = ["else:", *indented(acted)] if acted else []
    return [*load, f"{LINE_COUNT}, part = {lines.called()}", "if fault[0] != 0:", f"    {failed}", *nobody, *rest]


def _run(program: Program, number: int, action: Function) -> list[str]:
    found = program.actions[number]
    writes = [attribute_code(name) for name in found.writes] if found else []
    load = [f"{end} = {end.upper()}[way]" for end in ENDS if end in action.reads]
    load += [f"{code} = {column(code)}[row]" for code in attributes_of(action)]
    # New values go to variables first: a rejected action must leave the attributes as they were.
    given = "".join(f"w_{code}, " for code in writes)
    store = [f"    {column(code)}[row] = w_{code}" for code in writes]
    return [*load, f"happens, {given}= {action.called()}", *(["if happens:", *store] if store else [])]


def constants_of(program: Program) -> Iterator[str]:
    """Arrays by transition: the streams that it feeds, the first with the same action, the strings of its ends."""
    sets = sets_of_streams(program)
    feeds = [sets.index(it) if it else UNFED for it in fed(program)]
    yield f"FEEDS = np.array({feeds}, np.int64)"
    own = _done(program)
    first = _first_of(own)
    yield f"SAME_ACTION = np.array({[first[own[it]] if it in own else -1 for it in range(len(feeds))]})"
    ends = ends_by_way(program)
    for end in ENDS:
        yield f"{end.upper()} = np.array({[it[end] for it in ends]}, np.int64)"
