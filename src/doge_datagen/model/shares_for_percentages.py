"""Find probabilities that were probably meant as fractions of 1 but are read as percentages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from doge_datagen.model.state_machine import PercentSum, is_percentage, terms
from doge_datagen.model.transition import Transition


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
