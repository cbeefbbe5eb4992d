"""Probabilities that look like shares of 1 where percentages are meant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from doge_datagen.model.state_machine import PercentSum, is_percentage, terms
from doge_datagen.model.transition import Transition


def taken_for_shares(transitions: Iterable[Transition]) -> Iterator[tuple[int, str]]:
    """For each state whose probabilities add up to exactly 1, the number of its first transition, and what to say.

    One transition alone that has 1 % is left out: that is a percentage as good as any.

    >>> days = [Transition('work', 'home', 'office', 0.8), Transition('rest', 'home', 'home', 0.2)]
    >>> [told for _, told in taken_for_shares(days)]
    ["probabilities leaving 'home' add up to exactly 1 (work 0.8 + rest 0.2), and are percentages: for 80 % say 80"]
    """
    leaving: dict[str, list[tuple[int, Transition]]] = {}
    for number, transition in enumerate(transitions):
        if is_percentage(transition.probability) and transition.probability > 0:
            leaving.setdefault(transition.from_state, []).append((number, transition))
    for state, found in leaving.items():
        own = [transition for _, transition in found]
        if len(own) > 1 and PercentSum.of(own).is_one:
            largest = max(it.probability for it in own) * 100
            added = f"probabilities leaving {state!r} add up to exactly 1 ({terms(own)})"
            yield found[0][0], f"{added}, and are percentages: for {largest:.6g} % say {largest:.6g}"
