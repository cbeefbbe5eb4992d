"""The state machine of a model, and the states and strings that subjects start with; shared by both engines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from doge_datagen.engine.codegen import Function, dtype_of, initial_texts
from doge_datagen.engine.recording.record_batches import RecordAssembler, StreamEvents, TextSources
from doge_datagen.engine.recording.record_columns import computed
from doge_datagen.engine.subject_slice import indexes_of
from doge_datagen.language.types import STRING
from doge_datagen.model.spec import Population
from doge_datagen.model.state_machine import Machine
from doge_datagen.model.transition import Transition
from doge_datagen.program.program import Program, Shape, purpose


class InitialStates(NamedTuple):
    """The distribution of the initial state.

    Attributes:
        limits: cumulative probabilities, ascending multiples of 2**-53. The number of limits that a uniform draw in
            [0, 1) has reached is the index in ``states``.
        states: the numbers of the initial states.
        purpose: the purpose of that draw.
    """

    limits: tuple[float, ...]
    states: tuple[int, ...]
    purpose: int


def initial_states(population: Population) -> InitialStates:
    """The distribution of the initial state in a population."""
    weights = [Fraction(weight) for weight in population.initial.values()]
    # Rounded down from fractions to what a draw of 53 bits can be: every platform begins a subject in the same state.
    limits = tuple(int(2**53 * limit / sum(weights)) * 2.0**-53 for limit in list(accumulate(weights))[:-1])
    states = tuple(population.states.index(state) for state in population.initial)
    return InitialStates(limits, states, purpose(population, "initial"))


def machine_of(population: Population, transitions: Sequence[Transition]) -> tuple[Machine, tuple[int, ...]]:
    """The state machine of a population, and for each transition of the machine, in its order, its number in the model.

    Args:
        population: the population.
        transitions: the transitions of the population, or replacements for them in the same order.
    """
    machine = Machine.of(population.states, next(iter(population.initial)))
    for transition in transitions:
        machine.add(transition)
    numbers = {id(transition): number for number, transition in enumerate(transitions)}
    return machine, tuple(numbers[id(transition)] for transition in machine.transitions())


def transition_label(population: Population, number: int) -> str:
    """A transition's location for errors: its trigger, preceded by its state if another one has the same trigger."""
    if number == len(population.transitions):
        return ".".join(population.path_of_arrival)
    transition = population.transitions[number]
    alone = sum(it.trigger == transition.trigger for it in population.transitions) == 1
    return f"transitions.{transition.trigger}" if alone else f"transitions.{transition.from_state}.{transition.trigger}"


def stream_label(program: Program, stream: str) -> str:
    """The location of a stream for errors, or of what spawns, whose values are recorded like those of a stream."""
    spawning = (it.event for it in program.births if it.stream == stream)
    event = next(spawning, None)
    return f"streams.{stream}" if event is None else f"{transition_label(program.spec.population, event)}.spawn"


LARGEST = 2**31 - 1  # bytes that an Arrow string array can have
Columns = Sequence[npt.NDArray[Any]]  # Any: integers, floats or booleans
Fill = Callable[[str, Function, Columns], None]


def with_initial_texts(program: Program, sources: TextSources, fill: Fill) -> TextSources:
    """The sources, with the string attributes that subjects get at the start.

    Args:
        program: the model.
        sources: writes numbers, looks strings up, and says which subjects there are.
        fill: called with an attribute, the function that computes the values shown in it, and a column for each value;
            fills the columns for all these subjects.
    """
    initial: dict[str, pa.Array] = {}
    sources = replace(sources, initial=initial)
    count, functions = len(sources.subjects), initial_texts(program)
    everybody, nothing = indexes_of(sources.subjects), np.zeros(count, dtype=np.int64)
    times = np.full(count, program.spec.clock.start, dtype=np.int64)
    for start in program.starts:
        if start.text is not None:
            columns = [np.empty(count, dtype_of(column)) for column in computed(start.columns)]
            if start.name in functions:
                fill(start.name, functions[start.name], columns)
            shape = Shape(start.columns, {"text": start.text}, {"text": STRING})
            events = StreamEvents(times, everybody, nothing, columns)
            initial[start.name] = _together(RecordAssembler(program, shape, sources), events)
    return sources


def _together(assembly: RecordAssembler, events: StreamEvents) -> pa.Array:
    texts = [batch.records.column(0) for batch in assembly.batches(events)]
    # Offsets of a string array have 32 bits; all subjects together may need more.
    if sum(it.nbytes for it in texts) > LARGEST:
        texts = [it.cast(pa.large_string()) for it in texts]
    return pa.concat_arrays(texts or [pa.array([], pa.string())])
