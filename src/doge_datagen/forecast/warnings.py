"""Warnings about what looks unintended in a valid model, each with its location."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from doge_datagen.errors import Problem
from doge_datagen.forecast.values import Forecast

OFTEN = 20  # attempts, from which on it is suspicious that all were rejected


def warnings_about(expected: Forecast) -> tuple[str, ...]:
    """One sentence for each thing that looks unintended, in the order of ``WARNINGS``."""
    if not expected.populations:
        return tuple(sentence for check in WARNINGS for sentence in check(expected))
    return (*_of_populations(expected), *(sentence for check in OF_ALL for sentence in check(expected)))


def _of_populations(expected: Forecast) -> Iterator[str]:
    for it in expected.populations:
        for check in WARNINGS:
            if check not in OF_ALL:
                yield from (f"populations.{it.subject}.{sentence}" for sentence in check(it))


def _unreachable(expected: Forecast) -> Iterator[str]:
    for state in expected.unreachable:
        yield f"states.{state}: is unreachable from the initial states. Hint: add a transition or remove the state"


def _final(expected: Forecast) -> Iterator[str]:
    for state in expected.final:
        if state in expected.meant_as_final:
            continue
        yield f"states.{state}: no transition leaves it; subjects that get there stay forever"


def _traps(expected: Forecast) -> Iterator[str]:
    for states in expected.traps:
        if len(states) == 1:
            yield f"states.{states[0]}: all its transitions lead back to it; subjects that get there stay forever"
        else:
            yield f"states {', '.join(states)}: subjects that get there can never leave these {len(states)}"


def _over(expected: Forecast) -> Iterator[str]:
    if not expected.transitions:
        yield "transitions: there is none, so nothing ever happens"
    elif expected.events.long_run == 0 and not expected.meant_as_final:
        yield "transitions: eventually nothing happens any more; all subjects end in states that no transition leaves"


def _unfed(expected: Forecast) -> Iterator[str]:
    for stream in expected.streams:
        if not stream.fed_by:
            problem = "no transition that can happen feeds it"
            yield f"streams.{stream.name}: {problem}. Hint: name it in the emit of one that can"


def _always_rejected(expected: Forecast) -> Iterator[str]:
    times = Counter(it.trigger for it in expected.transitions)
    for it in expected.transitions:
        if it.rejected == 1 and it.attempts >= OFTEN:
            name = it.trigger if times[it.trigger] == 1 else f"{it.from_state}.{it.trigger}"
            problem = f"all {it.attempts:,} attempts of the sample were rejected"
            yield f"transitions.{name}: {problem}. Hint: see whether what it requires can ever be true"


def _never_read(expected: Forecast) -> Iterator[str]:
    for it in expected.never_read:
        message = f"{it.name!r} is set but never read; only attributes keep a value: make it one, or remove it"
        yield str(Problem(it.shown_path, message, it.line, it.column, it.file))


def _doubtful(expected: Forecast) -> Iterator[str]:
    yield from map(str, expected.doubtful)


WARNINGS = (_unreachable, _final, _traps, _over, _unfed, _always_rejected, _never_read, _doubtful)
OF_ALL = (_unfed, _never_read, _doubtful)
"""Those that are about all populations together."""
