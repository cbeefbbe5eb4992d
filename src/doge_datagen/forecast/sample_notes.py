"""What figures owe to a sample, in words."""

from __future__ import annotations

from collections.abc import Iterator

from doge_datagen.forecast.number_format import amount, counted
from doge_datagen.forecast.values import EVERYTHING, INTERVALS, Amount, Forecast, Sampled


def interval(given: Amount) -> str:
    """Between which numbers it is in 95 of 100 runs; empty where that is unknown.

    >>> interval(Amount(120.0, 1.2, 0.02, 1.2, 98.4, 141.6))
    '98 to 142'
    """
    if given.low is None or given.high is None:
        return ""
    return f"{amount(given.low)} to {amount(given.high)}"


def notes(expected: Forecast) -> Iterator[str]:
    """Where the figures come from, and how far off they may be; nothing where all is plain."""
    taken, rejecting = expected.sampled, ", ".join(expected.may_be_blocked)
    if taken is None:
        if rejecting:
            yield f"Expected as if nothing were rejected. These may reject by 'require': {rejecting}."
        return
    if rejecting:
        yield f"These may reject by 'require': {rejecting}."
    if taken.complete and taken.subjects > 1:
        yield f"95 of 100 runs are within the ranges. {_what(taken)} {_who(taken, expected)}."
    elif taken.complete:
        yield f"{_what(taken)} {_who(taken, expected)}; how far off that is, is unknown."
    elif rejecting:
        yield f"Even one subject over all ticks is too much for a sample. {_what(taken)} {_who(taken, expected)},"
        yield "and how far off that is, is unknown."


def _what(taken: Sampled) -> str:
    if taken.gives == INTERVALS:
        return "They come from a sample:"
    return "All figures come from a sample:" if taken.gives == EVERYTHING else "What is rejected comes from a sample:"


def _who(taken: Sampled, expected: Forecast) -> str:
    subjects, ticks = counted(taken.subjects, "subject"), counted(taken.ticks, "tick")
    if taken.subjects < expected.subjects:
        subjects = f"{taken.subjects:,} of {counted(expected.subjects, 'subject')}"
    elif taken.subjects > expected.subjects:
        subjects = f"{subjects}, with several seeds,"
    if expected.ticks is not None:
        ticks = f"all {ticks}" if taken.ticks == expected.ticks else f"{taken.ticks:,} of {expected.ticks:,} ticks"
    return f"{subjects} over {ticks}"
