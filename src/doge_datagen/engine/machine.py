"""A model's machine and its beginning, as both engines walk them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate
from typing import NamedTuple

from doge_datagen.model.machine import Machine
from doge_datagen.model.spec import Spec
from doge_datagen.model.transition import Transition
from doge_datagen.model.translation import purpose


class Beginning(NamedTuple):
    """Where subjects start.

    Attributes:
        limits: multiples of 2**-53, ascending: how many of them are not above a number in [0, 1) says which state.
        states: the numbers of these states.
        purpose: of the draw of that number.
    """

    limits: tuple[float, ...]
    states: tuple[int, ...]
    purpose: int


def beginning(spec: Spec) -> Beginning:
    """Where the subjects of a spec start."""
    weights = [Fraction(weight) for weight in spec.initial.values()]
    limits = tuple(int(2**53 * limit / sum(weights)) * 2.0**-53 for limit in list(accumulate(weights))[:-1])
    states = tuple(spec.states.index(state) for state in spec.initial)
    return Beginning(limits, states, purpose(spec, "initial"))


def machine_of(spec: Spec, transitions: Sequence[Transition]) -> tuple[Machine, tuple[int, ...]]:
    """The machine of a spec, and for each of its transitions in the machine's order the number it has in the spec.

    Args:
        spec: the model.
        transitions: its own, or others in their place.
    """
    machine = Machine.of(spec.states, next(iter(spec.initial)))
    for transition in transitions:
        machine.add(transition)
    places = {id(transition): number for number, transition in enumerate(transitions)}
    return machine, tuple(places[id(transition)] for transition in machine.transitions())


def place_of_transition(spec: Spec, number: int) -> str:
    """How an error calls a transition: by its trigger, with the state it leaves where another has the trigger too."""
    transition = spec.transitions[number]
    alone = sum(it.trigger == transition.trigger for it in spec.transitions) == 1
    return f"transitions.{transition.trigger}" if alone else f"transitions.{transition.from_state}.{transition.trigger}"
