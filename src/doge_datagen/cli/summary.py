"""Print the plan and the summary of a run, and write its JSON report."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, TextIO

from doge_datagen.cli.run_plan import RunPlan
from doge_datagen.cli.tables import ignoring_closed_stderr, print_parts, table
from doge_datagen.displayed import safe_json
from doge_datagen.errors import ReaderGoneError
from doge_datagen.forecast import comparison
from doge_datagen.forecast.forecast import forecast
from doge_datagen.forecast.number_format import amount, counted
from doge_datagen.forecast.sample_notes import interval, notes
from doge_datagen.language.units import timestamp_text
from doge_datagen.model.clock import ENDLESS
from doge_datagen.run.engine_choice import COMPILED
from doge_datagen.run.pace_report import PaceReport
from doge_datagen.run.report import RunReport
from doge_datagen.sinks.display import shown_place

if TYPE_CHECKING:
    from rich.console import RenderableType

NOTABLE_SECONDS = 1.0  # of compiling, from which on the summary mentions it


def print_plan(plan: RunPlan) -> None:
    """Print what would be run on standard output, for ``--dry-run``."""
    expected = forecast(plan.program, intervals=False)
    endless = plan.spec.clock.ticks == ENDLESS
    records = {it.name: it.records for it in expected.streams}
    rows = [
        [stream, f"about {amount(records[stream].per_run_or_hour)}", interval(records[stream]), shown_place(it, stream)]
        for stream, it in plan.destinations.items()
    ]
    own, _ = comparison(expected)
    names = ["stream", ">records per hour" if endless else ">records", ">range", "where"]
    if expected.sampled is None:
        names, rows = [names[0], names[1], names[3]], [[row[0], row[1], row[3]] for row in rows]
    where = f"{_where(plan)}, {_engine(plan)}; nothing was opened"
    print_parts(own, "", table(names, rows), "", *_undelivered(plan), *notes(expected), where)


def finish(plan: RunPlan, file: TextIO | None, report: RunReport | None, error: Exception | None = None) -> None:
    """Write the JSON report to a file, and print the summary on standard error.

    Args:
        plan: the plan of the run.
        file: an open file for the report; None for no report.
        report: the result; None if the run never began.
        error: the error that ended the run; None if it did not fail.
    """
    if file is not None:
        file.write(as_json(plan, report, error))
        file.flush()
    if report is not None:
        print_summary(plan, report, error)


def print_summary(plan: RunPlan, report: RunReport, error: Exception | None = None) -> None:
    """Print the summary of a run on standard error."""
    rows = [[it.stream, f"{it.generated:,}", f"{it.delivered:,}", it.place] for it in report.sinks]
    parts: list[RenderableType] = [table(["stream", ">generated", ">delivered", "where"], rows), ""] if rows else []
    with ignoring_closed_stderr():
        print_parts(*parts, *_undelivered(plan), *_lines(plan, report, error), err=True)


def as_json(plan: RunPlan, report: RunReport | None, error: Exception | None = None) -> str:
    """The plan and the result of a run as JSON."""
    document = {
        "model": plan.spec.name,
        "target": plan.target,
        "run_id": plan.how.run_id,
        "error": None if error is None else str(error),
        "complete": error is None and report is not None and report.complete,
        **({} if report is None else _counted(plan, report)),
    }
    return safe_json(json.dumps(document, indent=2, ensure_ascii=False)) + "\n"


def _counted(plan: RunPlan, report: RunReport) -> dict[str, object]:
    return {
        "seed": report.seed,
        "start": None if report.start is None else timestamp_text(report.start),
        "first_tick": report.first_tick,
        "pace": None if report.pace is None else asdict(report.pace),
        "subjects": plan.spec.subjects.count,
        "ticks": report.ticks,
        "ticks_of_model": report.ticks_in_all,
        "events": report.events,
        "seconds": round(report.seconds, 3),
        "events_per_second": round(_rate(report.events, report)),
        "records_per_second": round(_rate(_records(report), report)),
        "engine": report.engine,
        "compiled_in": None if report.compiled_in is None else round(report.compiled_in, 3),
        "workers": _workers(plan, report.engine or ""),
        "transitions": [
            {"from_state": state, "trigger": trigger, "events": events}
            for (state, trigger), events in report.transitions.items()
        ],
        "streams": [
            {"stream": it.stream, "generated": it.generated, "delivered": it.delivered, "place": it.place}
            for it in report.sinks
        ],
    }


def _lines(plan: RunPlan, report: RunReport, error: Exception | None) -> Iterator[str]:
    """The lines of the summary, about this command only; what a named run had done before is not included."""
    ticks = counted(_ticks_done(report), "tick")
    yield _totals(report)
    yield f"{_ticks(report)}; {_where(plan)}; {_ran(plan, report)}"
    if isinstance(error, ReaderGoneError):
        yield f"stopped after {ticks}: the reader of standard output has exited; everything else counted was delivered"
    elif error is not None:
        yield f"failed after {ticks}; records counted as delivered have arrived"
    elif not report.complete:
        yield f"stopped after {ticks}; everything counted was delivered"
    if report.pace is not None:
        yield _pace(report.pace)
    if plan.how.run_id is not None:
        resumed = f"resumed at tick {report.first_tick:,}; " if report.first_tick else ""
        done = error is None and report.complete
        yield f"run {plan.how.run_id}: {resumed}{'complete' if done else 'the same command resumes it'}"
    start = "" if report.start in (None, plan.own_start) else f" --start {timestamp_text(report.start)}"
    yield f"--seed {report.seed}{start} repeats it"


def _totals(report: RunReport) -> str:
    totals = f"{counted(report.events, 'transition')}, {counted(_records(report), 'record')}"
    return f"{totals} in {report.seconds:.2f} s, {_rate(_records(report), report):,.0f} records/s"


def _ticks(report: RunReport) -> str:
    """The number of ticks done, and up to which tick if the run was resumed."""
    of = "" if report.ticks_in_all is None else f" of {report.ticks_in_all:,}"
    if not report.first_tick:
        return f"{report.ticks or 0:,}{of} ticks"
    done = _ticks_done(report)
    return f"{counted(done, 'tick')}, up to tick {report.first_tick + done:,}{of}"


def _ticks_done(report: RunReport) -> int:
    """The number of ticks delivered; 0 if the run was stopped while still simulating up to its position."""
    return max(0, (report.ticks or 0) - report.first_tick)


def _pace(pace: PaceReport) -> str:
    """Whether the pace was kept, and the lag; the rate of the run is in another line."""
    text = (
        f"pace {pace.asked} kept"
        if pace.kept
        else f"pace {pace.asked} not kept: reached {pace.reached} from the first record on"
    )
    text += _late("lag", pace.lag_p50, pace.lag_p99, pace.lag_max)
    text += _late("until committed", pace.commit_lag_p50, pace.commit_lag_p99, pace.commit_lag_max)
    return text + (f"; stretched by {pace.stretched:,.1f} s" if pace.stretched else "")


def _late(name: str, p50: float | None, p99: float | None, longest: float | None) -> str:
    """Percentiles of a delay; empty if it was not measured."""
    if p50 is None or p99 is None or longest is None:
        return ""
    return f"; {name} p50 {_brief(p50)}, p99 {_brief(p99)}, max {_brief(longest)}"


def _brief(seconds: float) -> str:
    return f"{seconds * 1000:,.0f} ms" if seconds < 1 else f"{seconds:,.1f} s"


def _undelivered(plan: RunPlan) -> Iterator[str]:
    left = [stream for stream in plan.spec.streams if stream not in plan.destinations]
    if left:
        yield f"not delivered anywhere: {', '.join(left)}"


def _where(plan: RunPlan) -> str:
    return "no target, so standard output" if plan.target is None else f"target {plan.target}"


def _engine(plan: RunPlan) -> str:
    return f"{plan.engine} engine, {counted(_workers(plan), 'worker')}"


def _ran(plan: RunPlan, report: RunReport) -> str:
    """The engine and workers of the run, and the time to compile if it was noticeable."""
    used = report.engine or plan.engine
    engine = f"{used} engine" if "," not in used else used
    took = report.compiled_in or 0.0
    compiled = f" (compiled in {took:.1f} s)" if took >= NOTABLE_SECONDS else ""
    return f"{engine}{compiled}, {counted(_workers(plan, used), 'worker')}"


def _workers(plan: RunPlan, used: str = "") -> int:
    """The number of workers used; the interpreted engine always has one."""
    return min(plan.how.workers, plan.spec.subjects.count) if COMPILED in (used or plan.engine) else 1


def _records(report: RunReport) -> int:
    return sum(it.generated for it in report.sinks)


def _rate(count: int, report: RunReport) -> float:
    """A count per second of the whole run, from opening the destinations to closing them."""
    return count / max(report.seconds, 1e-6)
