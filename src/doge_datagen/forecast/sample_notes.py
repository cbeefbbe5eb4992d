"""Say in words which figures come from a sample."""

from __future__ import annotations

from collections.abc import Iterator

from doge_datagen.forecast.values import EVERYTHING, INTERVALS, Amount, Forecast, Sampled
from doge_datagen.number_format import amount, counted, ticks_of


def interval(given: Amount) -> str:
    """Format the range that 95 of 100 runs are in; empty if it is unknown.

    >>> interval(Amount(120.0, 1.2, 0.02, 1.2, 98.4, 141.6))
    '98 to 142'
    """
    if given.low is None or given.high is None:
        return ""
    return f"{amount(given.low)} to {amount(given.high)}"


def notes(expected: Forecast) -> Iterator[str]:
    """Sentences on where the figures come from and how accurate they are; none if all figures are exact."""
    for it in expected.populations:
        yield from (f"{it.subject}: {note}" for note in notes(it))
    taken, rejecting = expected.sampled, ", ".join(expected.may_be_blocked)
    if taken is None:
        if rejecting:
            yield f"These may be rejected: {rejecting}. The figures assume that none is."
        return
    if rejecting:
        yield f"These may be rejected: {rejecting}."
    if expected.estimated:
        yield f"The numbers of records of {', '.join(expected.estimated)} are estimated from the sample."
    if taken.complete and taken.subjects > 1:
        yield f"95 of 100 runs are within the ranges. {_source(taken)} {_extent(taken, expected)}."
    elif taken.complete:
        yield f"{_source(taken)} {_extent(taken, expected)}; their error is unknown."
    elif rejecting:
        source = f"{_source(taken)} {_extent(taken, expected)}"
        yield f"Simulating even one subject over the whole run would take too long. {source},"
        yield "so their error is unknown."


def _source(taken: Sampled) -> str:
    if taken.gives == INTERVALS:
        return "They come from a sample:"
    return "All figures come from a sample:" if taken.gives == EVERYTHING else "The rejection rates come from a sample:"


def _extent(taken: Sampled, expected: Forecast) -> str:
    subjects, ticks = counted(taken.subjects, "subject"), ticks_of(taken.ticks, expected.tick_ms)
    if taken.roots:
        subjects = f"{subjects} of {taken.roots}"
    elif taken.subjects < expected.subjects:
        subjects = f"{taken.subjects:,} of {counted(expected.subjects, 'subject')}"
    elif taken.subjects > expected.subjects:
        subjects = f"{subjects}, with several seeds,"
    if expected.ticks is not None:
        ticks = _part_of_run(taken.ticks, expected.ticks, expected.tick_ms)
    return f"{subjects} over {ticks}"


def _part_of_run(ticks: int, whole: int, tick_ms: int) -> str:
    if ticks != whole:
        return f"{ticks_of(ticks, tick_ms).removesuffix(' ticks')} of {ticks_of(whole, tick_ms)}"
    return "the whole run" if tick_ms == 1 else f"all {counted(ticks, 'tick')}"
