"""Put the summary of a run into words, for a model and a generator alike."""

from __future__ import annotations

from collections.abc import Iterator

from doge_datagen.errors import ReaderGoneError
from doge_datagen.number_format import counted, duration
from doge_datagen.run.pacing.pace_report import PaceReport
from doge_datagen.run.reporting.report import RunReport


def summary_lines(report: RunReport, error: Exception | None = None, how: tuple[str, ...] = ()) -> Iterator[str]:
    """Counts and rate, ticks, how the run ended unless it is complete, and whether the pace was kept.

    What a named run had done before is not included.

    Args:
        report: the summary.
        error: the error that ended the run; None if it did not fail.
        how: how the run was made, after its ticks.
    """
    yield _totals(report)
    yield "; ".join((_ticks(report), *how))
    ticks = _span(_ticks_done(report), report)
    if isinstance(error, ReaderGoneError):
        yield f"stopped after {ticks}: the reader of standard output has exited; everything else counted was delivered"
    elif error is not None:
        yield f"failed after {ticks}; records counted as delivered have arrived"
    elif not report.complete:
        yield f"stopped after {ticks}; everything counted was delivered"
    if report.pace is not None:
        yield pace_line(report.pace)


def records_of(report: RunReport) -> int:
    """How many records were generated for all sinks together."""
    return sum(it.generated for it in report.sinks)


def rate(count: int, report: RunReport) -> float:
    """A count per second of the whole run, from opening the destinations to closing them."""
    return count / max(report.seconds, 1e-6)


def pace_line(pace: PaceReport) -> str:
    """Whether the pace was kept, and the lag; the rate of the run is in another line."""
    text = (
        f"pace {pace.asked} kept"
        if pace.kept
        else f"pace {pace.asked} not kept: reached {pace.reached} from the first record on"
    )
    text += _late("lag", pace.lag_p50, pace.lag_p99, pace.lag_max)
    text += _late("until committed", pace.commit_lag_p50, pace.commit_lag_p99, pace.commit_lag_max)
    return text + (f"; stretched by {pace.stretched:,.1f} s" if pace.stretched else "")


def _totals(report: RunReport) -> str:
    records = records_of(report)
    totals = f"{counted(report.events, 'transition')}, {counted(records, 'record')}"
    return f"{totals} in {report.seconds:.2f} s, {rate(records, report):,.0f} records/s"


def _ticks(report: RunReport) -> str:
    """The number of ticks done, and up to which tick if the run was resumed."""
    done, whole = _ticks_done(report), report.ticks_in_all
    if report.tick_ms == 1:
        of = "" if whole in (None, report.first_tick + done) else f" of {duration(whole)}"
        until = f", up to {duration(report.first_tick + done)}" if report.first_tick else ""
        return f"{duration(done)}{until}{of} of event time"
    of = "" if whole is None else f" of {whole:,}"
    if not report.first_tick:
        return f"{report.ticks or 0:,}{of} ticks"
    return f"{counted(done, 'tick')}, up to tick {report.first_tick + done:,}{of}"


def _span(ticks: int, report: RunReport) -> str:
    """A number of ticks; where they are milliseconds, a duration."""
    return f"{duration(ticks)} of event time" if report.tick_ms == 1 else counted(ticks, "tick")


def _ticks_done(report: RunReport) -> int:
    """The number of ticks delivered; 0 if the run was stopped while still simulating up to its position."""
    return max(0, (report.ticks or 0) - report.first_tick)


def _late(name: str, p50: float | None, p99: float | None, longest: float | None) -> str:
    """Percentiles of a delay; empty if it was not measured."""
    if p50 is None or p99 is None or longest is None:
        return ""
    return f"; {name} p50 {_brief(p50)}, p99 {_brief(p99)}, max {_brief(longest)}"


def _brief(seconds: float) -> str:
    return f"{seconds * 1000:,.0f} ms" if seconds < 1 else f"{seconds:,.1f} s"
