"""The state machine of a generator: states, the transitions between them, and the checks on both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ulp
from typing import Any

from doge_datagen.errors import ModelError, did_you_mean
from doge_datagen.model.coercion import needs_instance
from doge_datagen.model.transition import Transition

FINAL = "final"
DWELL, RHYTHM = "dwell", "rhythm"
"""The keys of a state that is left by weight: its dwell time, and the rhythm of its clock."""
"""Marks a state that is intentionally never left."""
TERMS = 6
"""How many terms of a sum of probabilities a message shows."""


@dataclass(frozen=True, slots=True)
class PercentSum:
    """An exact sum of percentages: a thousand times 0.1 is 100, and so is three times 100 / 3.

    Each float is within half a unit in the last place of the decimal number that was meant. A sum counts as above 100
    only if it exceeds 100 by more than all of these errors together.
    """

    total: Fraction = Fraction(0)
    doubt: Fraction = Fraction(0)

    def __add__(self, percent: float) -> PercentSum:
        return PercentSum(self.total + Fraction(percent), self.doubt + Fraction(ulp(percent)) / 2)

    @classmethod
    def of(cls, transitions: Iterable[Transition]) -> PercentSum:
        """Return the sum of the probabilities of some transitions."""
        total = cls()
        for transition in transitions:
            total += transition.chance
        return total

    @property
    def is_one(self) -> bool:
        """Whether the sum is 1, within the rounding errors of its terms."""
        return abs(self.total - 1) <= self.doubt

    @property
    def excess(self) -> float:
        """By how much the sum exceeds 100; 0.0 if it does not."""
        above = self.total - 100
        return float(above) if above > self.doubt else 0.0


@dataclass(frozen=True, slots=True)
class Machine:
    """A state machine whose parts have been checked to fit together.

    Attributes:
        states: the names of the states, in the order given.
        initial_state: the state in which every subject starts.
        matrix: transitions by the state they leave, then by trigger, in the order they were added.
        sums: for each state, the sum of the probabilities of the transitions that leave it.
        final: the states that no transition may leave.

    >>> machine = Machine.of(['offline', 'online'], 'offline')
    >>> machine.add(Transition('login', 'ofline', 'online', 0.1))
    Traceback (most recent call last):
    doge_datagen.errors.ModelError: transitions.login: from_state 'ofline' is not a state. Hint: did you mean 'offline'?
    """

    states: tuple[str, ...]
    initial_state: str
    matrix: Mapping[str, dict[str, Transition]]
    sums: dict[str, PercentSum]
    final: tuple[str, ...] = ()

    @classmethod
    def of(cls, states: Sequence[str] | Mapping[str, str | None], initial_state: str) -> Machine:
        """Make a machine without transitions; a mapping of states marks those that are never left as ``'final'``.

        Raises:
            ModelError: a state is not a name or is given twice, or the initial state is not one of them.
        """
        final, names = final_among(states), _checked_states(states)
        if initial_state not in names:
            raise ModelError(
                "initial_state", f"{initial_state!r} is not a state. Hint: {did_you_mean(initial_state, names)}"
            )
        return cls(names, initial_state, {name: {} for name in names}, dict.fromkeys(names, PercentSum()), final)

    def add(self, transition: Transition) -> None:
        """Add a transition.

        Raises:
            ModelError: the transition fails one of ``CHECKS``; the machine is left unchanged.
        """
        for check in CHECKS:
            check(self, transition)
        self.matrix[transition.source][transition.trigger] = transition
        self.sums[transition.source] += transition.chance

    def final_states(self) -> list[str]:
        """The states that no transition with a probability above 0 leaves: subjects that enter them stay."""
        return [state for state in self.states if not any(t.chance > 0 for t in self.matrix[state].values())]

    def unexpected_ends(self) -> list[str]:
        """The states that are never left although they are not marked as final."""
        return [state for state in self.final_states() if state not in self.final]

    def transitions(self) -> Iterable[Transition]:
        """All transitions, grouped by the state they leave."""
        return (transition for leaving in self.matrix.values() for transition in leaving.values())


def _checked_states(states: Iterable[str]) -> tuple[str, ...]:
    if isinstance(states, str):
        raise ModelError("states", f"{states!r} is one name. Hint: give a list of names")
    names = tuple(states)
    for position, name in enumerate(names):
        if not isinstance(name, str) or not name:
            raise ModelError(f"states[{position}]", f"{name!r} is not a name. Hint: give a non-empty string")
    for position, name in repeated(names):
        raise ModelError(f"states[{position}]", f"{name!r} is given twice. Hint: remove one")
    return names


def repeated(names: Iterable[object]) -> Iterator[tuple[int, str]]:
    """Yield each repetition of a string, with its position.

    >>> list(repeated(['on', 'off', 'on']))
    [(2, 'on')]
    """
    seen: set[str] = set()
    for position, name in enumerate(names):
        if not isinstance(name, str):
            continue  # it may not be hashable; another check reports it
        if name in seen:
            yield position, name
        seen.add(name)


def final_among(states: object) -> tuple[str, ...]:
    """The states that a mapping marks as final; none if ``states`` is only a list of names.

    Raises:
        ModelError: a state has a value other than ``'final'`` or None.

    >>> final_among({'here': None, 'gone': 'final'}), final_among(['here', 'gone'])
    (('gone',), ())
    """
    kinds = states if isinstance(states, Mapping) else {}
    for state, kind in kinds.items():
        if kind not in (None, FINAL) and not _is_dwell(kind):
            raise ModelError(f"states.{state}", f"{kind!r} is not a type of state. Hint: write {FINAL!r}, or None")
    return tuple(state for state, kind in kinds.items() if kind == FINAL)


def dwells_among(states: object, key: str = DWELL) -> dict[str, Any]:
    """The dwell times that a mapping gives to states, or the rhythms of those that have one.

    >>> dwells_among({'here': {'dwell': '20 s'}, 'gone': 'final'})
    {'here': '20 s'}
    """
    kinds = states if isinstance(states, Mapping) else {}
    return {state: kind[key] for state, kind in kinds.items() if _is_dwell(kind) and key in kind}


def _is_dwell(kind: object) -> bool:
    return isinstance(kind, Mapping) and DWELL in kind and set(kind) <= {DWELL, RHYTHM}


def _path(transition: Transition) -> str:
    return f"transitions.{transition.trigger}"


def _has_trigger(_: Machine, transition: Transition) -> None:
    if not isinstance(transition.trigger, str) or not transition.trigger:
        raise ModelError("transitions", f"trigger {transition.trigger!r} is not a name. Hint: give a non-empty string")


def _states_are_known(machine: Machine, transition: Transition) -> None:
    for end in ("from_state", "to_state"):
        state = getattr(transition, end)
        if state not in machine.matrix:
            hint = did_you_mean(str(state), machine.states)
            raise ModelError(_path(transition), f"{end} {state!r} is not a state. Hint: {hint}")


def _from_is_not_final(machine: Machine, transition: Transition) -> None:
    if transition.from_state in machine.final:
        raise ModelError(_path(transition), f"from_state {not_left(transition.source)}")


def not_left(state: str) -> str:
    """The message about a transition that leaves a final state."""
    return f"{state!r} is final, so no transition may leave it. Hint: remove the transition, or the word final"


def _trigger_is_new(machine: Machine, transition: Transition) -> None:
    if transition.trigger in machine.matrix[transition.source]:
        raise ModelError(_path(transition), given_twice(transition.source))


def given_twice(from_state: str) -> str:
    """The message about two transitions with the same trigger that leave one state."""
    return f"given twice among the transitions leaving {from_state!r}. Hint: rename or remove one"


def is_percentage(probability: object) -> bool:
    """Whether this is a number from 0 to 100."""
    try:
        return 0 <= probability <= 100  # type: ignore[operator]  # raises TypeError if it is not a number
    except TypeError:
        return False


def not_a_percentage(probability: object) -> str:
    """The message about a probability that is not a percentage."""
    return f"probability {probability!r} is not a percentage. Hint: give 0 to 100"


def _probability_is_a_percentage(_: Machine, transition: Transition) -> None:
    if not is_percentage(transition.percent):
        raise ModelError(_path(transition), not_a_percentage(transition.probability))


def _sum_leaves_room(machine: Machine, transition: Transition) -> None:
    excess = (machine.sums[transition.source] + transition.chance).excess
    if excess:
        leaving = [*machine.matrix[transition.source].values(), transition]
        raise ModelError(_path(transition), too_likely(transition.source, excess, leaving))


def too_likely(from_state: str, excess: float, leaving: Iterable[Transition]) -> str:
    """The message about a state whose probabilities sum to more than 100, by ``excess``."""
    total = f"probabilities leaving {from_state!r} sum to {excess + 100:.15g} %"
    return f"{total} ({terms(leaving)}). Hint: lower one by {excess:.6g}"


def terms(leaving: Iterable[Transition]) -> str:
    """The terms of a sum of probabilities as messages show them, largest first.

    >>> terms([Transition('stay', 'on', 'on', 10), Transition('go', 'on', 'off', 90.5)])
    'go 90.5 + stay 10'
    """
    largest = sorted(leaving, key=lambda it: -it.chance)
    shown = " + ".join(f"{it.trigger} {it.chance:.15g}" for it in largest[:TERMS])
    return shown + (f" + {len(largest) - TERMS} more" if len(largest) > TERMS else "")


def _action_is_callable(_: Machine, transition: Transition) -> None:
    action = transition.action_callback
    if action is not None and not callable(action):
        raise ModelError(_path(transition), f"action_callback {action!r} cannot be called. Hint: give a function")


def _sinks_collect(_: Machine, transition: Transition) -> None:
    for position, sink in enumerate(transition.event_sinks):
        if needs_instance(sink, "collect"):
            problem = f"event_sinks[{position}] {sink!r} is a class. Hint: give an instance: {sink.__name__}(...)"
            raise ModelError(_path(transition), problem)
        if not callable(getattr(sink, "collect", None)) or not callable(getattr(sink, "close", None)):
            problem = (
                f"event_sinks[{position}] {sink!r} is not a sink. Hint: give it collect(timestamp, subject, transition)"
            )
            raise ModelError(_path(transition), f"{problem} and close()")


CHECKS = (
    _has_trigger,
    _states_are_known,
    _from_is_not_final,
    _trigger_is_new,
    _probability_is_a_percentage,
    _sum_leaves_room,
    _action_is_callable,
    _sinks_collect,
)


def taken_for_shares(transitions: Iterable[Transition]) -> Iterator[tuple[int, str]]:
    """For each state whose probabilities sum to exactly 1, yield the index of its first transition and a warning.

    A single transition of 1 % is left out: that is a plausible percentage.

    >>> days = [Transition('work', 'home', 'office', 0.8), Transition('rest', 'home', 'home', 0.2)]
    >>> [warning for _, warning in taken_for_shares(days)]
    ["probabilities leaving 'home' sum to exactly 1 (work 0.8 + rest 0.2) but are percentages. Hint: for 80 % write 80"]
    """
    leaving: dict[str, list[tuple[int, Transition]]] = {}
    for number, transition in enumerate(transitions):
        if is_percentage(transition.percent) and transition.chance > 0:
            leaving.setdefault(transition.source, []).append((number, transition))
    for state, found in leaving.items():
        own = [transition for _, transition in found]
        if len(own) > 1 and PercentSum.of(own).is_one:
            largest = max(it.chance for it in own) * 100
            problem = f"probabilities leaving {state!r} sum to exactly 1 ({terms(own)}) but are percentages"
            yield found[0][0], f"{problem}. Hint: for {largest:.6g} % write {largest:.6g}"
