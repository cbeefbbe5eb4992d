"""The names that messages and ``--set`` use for a transition: its trigger, or its state and trigger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence


def transition_names(transitions: Sequence[object]) -> list[list[str]]:
    """For each transition, its unambiguous names: ``state.trigger``, then the trigger.

    >>> transition_names([{'trigger': 'go', 'from': 'a'}, {'trigger': 'go', 'from': 'b'}, {'trigger': 'stop'}])
    [['a.go'], ['b.go'], ['stop']]
    """
    both = [_names(each) for each in transitions]
    counts = Counter(name for each in both for name in dict.fromkeys(each))
    return [[name for name in each if counts[name] == 1] for each in both]


def _names(transition: object) -> list[str]:
    if not isinstance(transition, dict):
        return []
    trigger, state = transition.get("trigger"), transition.get("from")
    if not isinstance(trigger, str) or not trigger:
        return []
    return [f"{state}.{trigger}", trigger] if isinstance(state, str) else [trigger]
