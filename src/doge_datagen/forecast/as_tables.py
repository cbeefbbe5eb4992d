"""The forecast as tables, for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from io import StringIO

from rich.console import Console, RenderableType
from rich.text import Text

from doge_datagen.forecast.in_words import comparison, interval, notes, subjects_in_words
from doge_datagen.forecast.table_layout import Column, Fitted
from doge_datagen.forecast.values import (
    EVERYTHING,
    HOUR,
    Amount,
    ExpectedIncident,
    ExpectedState,
    ExpectedTransition,
    Forecast,
)
from doge_datagen.forecast.warnings import warnings_about
from doge_datagen.forecast.weekly_charts import BARS, bars_for, chart, chart_of_records
from doge_datagen.number_format import amount, counted, duration, share
from doge_datagen.safe_text import one_line

WIDE = 10_000
MANY_CELLS = 30
"""A matrix with more has a line for each of its rows."""
MANY_TRIGGERS = 12
"""So many of those that feed a stream are listed."""
MEAN_STAY, VISITS = ">mean stay", ">visits per subject"
PER_SECOND, PER_HOUR = ">per second", ">per hour"
SPARE = {PER_SECOND: 1, VISITS: 2, MEAN_STAY: 1}
"""Columns that can be derived from others; on a narrow terminal the one with the highest number goes first."""


def print_tables(console: Console, expected: Forecast) -> None:
    """Print the tables, on a terminal within its width, elsewhere as :func:`text` returns them."""
    if console.is_terminal:
        _print(console, expected, bars_for(console.encoding))
    else:
        # Not print(): where there is no terminal, rich would wrap at 80 columns, which breaks tables for grep and awk.
        console.out(text(expected, bars_for(console.encoding)), end="", highlight=False)


def text(expected: Forecast, bars: str = BARS) -> str:
    """The tables as plain text, without colours or wrapping."""
    written = StringIO()
    _print(Console(file=written, width=WIDE, color_system=None, force_terminal=False), expected, bars)
    return "".join(f"{line.rstrip()}\n" for line in written.getvalue().splitlines())


def _print(console: Console, expected: Forecast, bars: str) -> None:
    for part in _parts(expected, bars):
        console.print(part, crop=False)


def _parts(expected: Forecast, bars: str) -> Iterator[RenderableType]:
    yield _line(_run(expected), "bold")
    yield ""
    yield from _machines(expected)
    if expected.streams:
        yield ""
        yield _streams(expected)
    if expected.incidents:
        yield ""
        yield from (_line(_incident(it)) for it in expected.incidents)
    for rhythm in expected.rhythms:
        yield ""
        yield from map(_line, chart(rhythm, bars))
    if expected.weeks:
        yield ""
        yield from map(_line, chart_of_records(expected.weeks, bars))
    yield ""
    for line in comparison(expected):
        yield _line(line, "bold")
    remarks = list(notes(expected))
    if remarks:
        yield ""
    yield from map(_line, remarks)
    found = warnings_about(expected)
    if found:
        yield ""
    for warning in found:
        yield _line(f"warning: {warning}", "yellow")


def _machines(expected: Forecast) -> Iterator[RenderableType]:
    """States and transitions, for each population."""
    for number, it in enumerate(expected.populations or (expected,)):
        if number:
            yield ""
        if expected.populations:
            yield _line(f"{it.subject}: {subjects_in_words(it)}", "bold")
        yield _states(it)
        yield ""
        yield _transitions(it)


def _line(text: str, style: str = "") -> Text:
    # Names come from the model's file and may have control characters, which a terminal would obey. As Text, brackets
    # in them are no markup.
    return Text(one_line(text), style)


def _incident(it: ExpectedIncident) -> str:
    """How often an incident happens, and how much of the time it is under way."""
    often, within = amount(it.happens.per_run_or_hour), interval(it.happens)
    known = f" ({within})" if it.happens.low != it.happens.high else ""
    unit = "" if it.happens.total is not None else " per hour"
    return f"incident {it.name}: {often}{known} expected{unit}, under way for {share(it.share)} of the time"


def _run(expected: Forecast) -> str:
    tick = duration(expected.tick_ms)
    subjects = f"{expected.model}: {subjects_in_words(expected)}"
    if expected.tick_ms == 1:
        return f"{subjects}, {'without end' if expected.ticks is None else duration(expected.ticks)}"
    if expected.ticks is None:
        return f"{subjects}, a tick is {tick}, without end"
    return f"{subjects}, {counted(expected.ticks, 'tick')} of {tick} = {duration(expected.ticks * expected.tick_ms)}"


def _states(expected: Forecast) -> Fitted:
    run = expected.ticks is not None
    sampled = expected.sampled is not None and expected.sampled.gives == EVERYTHING
    time = ">share of time" if sampled else ">steady state"
    names = ["state", "", ">to next event", MEAN_STAY, time, *([VISITS] if run else [])]
    rows = [
        [
            state.name,
            _mark(state),
            duration(state.dwell_ms),
            duration(state.stay_ms),
            share(state.share),
            *([amount(state.visits)] if state.visits is not None else []),
        ]
        for state in expected.states
    ]
    return Fitted([_column(name) for name in names], rows)


def _mark(state: ExpectedState) -> str:
    return "never reached" if not state.reachable else "final" if state.final else ""


def _transitions(expected: Forecast) -> Fitted:
    rejecting = expected.sampled is not None and bool(expected.may_be_rejected)
    rejected = [">rejected"] if rejecting else []
    is_timed = any(it.probability is None for it in expected.transitions)
    cause = "happens" if is_timed else ">probability"
    names = ["transition", "from", "to", cause, *rejected, *_headings(expected, "events")]
    rows = [
        [
            *(it.trigger, it.from_state, it.to_state, it.cause),
            *([share(it.rejected) if it.rejected else ""] if rejecting else []),
            *_amounts(it.events),
        ]
        for it in _with_rows_of_a_matrix(expected.transitions)
    ]
    return Fitted([_column(name) for name in names], rows)


def _with_rows_of_a_matrix(transitions: Sequence[ExpectedTransition]) -> Iterator[ExpectedTransition]:
    """The transitions; a large matrix has a line for each of its rows, with all events of the row."""
    cells = [it for it in transitions if it.in_matrix]
    yield from (it for it in transitions if not it.in_matrix or len(cells) <= MANY_CELLS)
    rows: dict[str, list[ExpectedTransition]] = {}
    for it in cells if len(cells) > MANY_CELLS else ():
        rows.setdefault(it.from_state, []).append(it)
    for row in rows.values():
        yield replace(row[0], trigger="(matrix)", to_state=counted(len(row), "state"), cause="weight", events=_sum(row))


def _sum(transitions: Sequence[ExpectedTransition]) -> Amount:
    events = [it.events for it in transitions]
    total = None if any(it.total is None for it in events) else sum(it.total or 0 for it in events)
    return Amount(total, sum(it.per_tick for it in events), sum(it.per_second for it in events), None)


def _streams(expected: Forecast) -> Fitted:
    ranges = any(interval(it.records) for it in expected.streams)
    first, *others = _headings(expected, "records")
    names = ["stream", first, *([">range"] if ranges else []), *others, "from"]
    rows = []
    for it in expected.streams:
        many, *others = _amounts(it.records)
        more = len(it.fed_by) - MANY_TRIGGERS
        fed_by = ", ".join(it.fed_by[:MANY_TRIGGERS]) + (f" and {more} more" if more > 0 else "")
        rows.append([it.name, many, *([interval(it.records)] if ranges else []), *others, fed_by])
    return Fitted([_column(name) for name in names], rows)


def _headings(expected: Forecast, things: str) -> list[str]:
    run = [] if expected.ticks is None else [f">{things}"]
    return [*run, PER_SECOND, PER_HOUR]


def _amounts(given: Amount) -> list[str]:
    run = [] if given.total is None else [amount(given.total)]
    return [*run, amount(given.per_second), amount(given.per_second * HOUR)]


def _column(name: str) -> Column:
    """A column; of numbers if its name begins with ``>``."""
    return Column(name.lstrip(">"), number=name.startswith(">"), spare=SPARE.get(name, 0))
