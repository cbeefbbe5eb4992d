"""A forecast in words: which figures come from a sample, the run in a line, and a million subjects for an hour."""

from __future__ import annotations

from collections.abc import Iterator

from doge_datagen.forecast.values import EVERYTHING, HOUR, INTERVALS, Amount, Forecast, Sampled
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
    taken, rejecting = expected.sampled, ", ".join(expected.may_be_rejected)
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
    elif taken.gives != INTERVALS:
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


CROWD = 1_000_000


def comparison(expected: Forecast) -> tuple[str, ...]:
    """Two lines: the run itself, and an hour of event time with a million subjects; of several populations, only one.

    Both are means over the run, or in steady state if the run has no end.

    >>> from doge_datagen.forecast.algebraic_forecast import algebraic_forecast
    >>> from doge_datagen.model import Clock, Population, Spec, Stream, Transition
    >>> spec = Spec.of_one(
    ...     'shop', Population('user', 10), ['away', 'here'], {'away': 1},
    ...     [Transition('come', 'away', 'here', 0.2), Transition('buy', 'here', 'away', 25, emit='orders')],
    ...     {'orders': Stream({'user': 'index'})}, Clock(start=0, tick_ms=60_000, ticks=1000),
    ... )
    >>> for line in comparison(algebraic_forecast(spec)):
    ...     print(line)
    10 subjects x 1,000 ticks: about 40 events
    1,000,000 subjects: 238 k events per hour, orders 119 k
    """
    return (_own_run(expected),) if expected.populations else (_own_run(expected), _crowd(expected))


def _own_run(expected: Forecast) -> str:
    subjects = subjects_in_words(expected)
    if expected.ticks is None or expected.events.total is None:
        hourly = amount(expected.events.per_run_or_hour)
        return f"{subjects} without end: about {hourly} events per hour{_within(expected)}"
    ticks = ticks_of(expected.ticks, expected.tick_ms)
    return f"{subjects} x {ticks}: about {amount(expected.events.total)} events{_within(expected)}"


def subjects_in_words(expected: Forecast) -> str:
    """The subjects of a run: how many there are initially, how many arrive, and how many are spawned."""
    arriving, spawned = expected.arriving, expected.spawned
    initially = max(0, expected.subjects - round(arriving or 0.0) - round(spawned or 0.0))
    found = [counted(initially, "subject")] if initially else []
    per_hour = (expected.arriving_per_hour, "arriving per hour"), (expected.spawned_per_hour, "spawned per hour")
    for number, what in per_hour if expected.ticks is None else ((arriving, "arriving"), (spawned, "spawned")):
        if number is not None:
            found.append(f"{amount(number)}{'' if found else ' subjects'} {what}")
    return ", ".join(found) or counted(expected.subjects, "subject")


def _within(expected: Forecast) -> str:
    known = interval(expected.events)
    return f" ({known})" if known else ""


def _crowd(expected: Forecast) -> str:
    hours = HOUR * CROWD / expected.subjects
    # Incidents happen to the model as a whole: with a million subjects there are as many of them.
    incidents = {it.name for it in expected.incidents}
    fed = [it for it in expected.streams if it.records.per_second and not incidents.intersection(it.fed_by)]
    streams = "".join(f", {it.name} {amount(it.records.per_second * hours)}" for it in fed)
    events = amount(expected.events.per_second * hours)
    return f"{counted(CROWD, 'subject')}: {events} events per hour{streams}"
