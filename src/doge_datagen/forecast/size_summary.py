"""Summarize a forecast in two lines: the run itself, and a million subjects for an hour."""

from __future__ import annotations

from doge_datagen.forecast.sample_notes import interval
from doge_datagen.forecast.values import HOUR, Forecast
from doge_datagen.number_format import amount, counted, ticks_of

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
    subjects = who(expected)
    if expected.ticks is None or expected.events.total is None:
        hourly = amount(expected.events.per_run_or_hour)
        return f"{subjects} without end: about {hourly} events per hour{_within(expected)}"
    ticks = ticks_of(expected.ticks, expected.tick_ms)
    return f"{subjects} x {ticks}: about {amount(expected.events.total)} events{_within(expected)}"


def who(expected: Forecast) -> str:
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
    incidents = {it.name for it in expected.incidents}
    fed = [it for it in expected.streams if it.records.per_second and not incidents.intersection(it.fed_by)]
    streams = "".join(f", {it.name} {amount(it.records.per_second * hours)}" for it in fed)
    events = amount(expected.events.per_second * hours)
    return f"{counted(CROWD, 'subject')}: {events} events per hour{streams}"
