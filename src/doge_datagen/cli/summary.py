"""Print the plan and the summary of a run, and write its JSON report."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, TextIO

from doge_datagen.cli.printing import ignoring_closed_stderr, print_parts, table
from doge_datagen.cli.run_plan import RunPlan
from doge_datagen.forecast import comparison
from doge_datagen.forecast.forecast import forecast
from doge_datagen.forecast.in_words import interval, notes
from doge_datagen.language.time.units import timestamp_text
from doge_datagen.model.clock import ENDLESS
from doge_datagen.number_format import amount, counted, reached
from doge_datagen.run.reporting.report import RunReport, rate, records_of, summary_lines
from doge_datagen.run.simulation.engine_choice import COMPILED
from doge_datagen.safe_text import safe_json
from doge_datagen.sinks.registry import shown_destination

if TYPE_CHECKING:
    from rich.console import RenderableType

NOTABLE_SECONDS = 1.0  # of compiling, from which on the summary mentions it


def print_plan(plan: RunPlan) -> None:
    """Print what would be run on standard output, for ``--dry-run``."""
    expected = forecast(plan.program, intervals=False)
    endless = plan.spec.clock.ticks == ENDLESS
    records = {it.name: it.records for it in expected.streams}
    rows = [
        [
            stream,
            f"about {amount(records[stream].per_run_or_hour)}",
            interval(records[stream]),
            shown_destination(it, stream),
        ]
        for stream, it in plan.destinations.items()
    ]
    own, *_ = comparison(expected)
    names = ["stream", ">records per hour" if endless else ">records", ">range", "where"]
    if not any(it.sampled for it in expected.populations or (expected,)):
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
    rows = [[it.stream, f"{it.generated:,}", f"{it.delivered:,}", it.destination] for it in report.sinks]
    parts: list[RenderableType] = [table(["stream", ">generated", ">delivered", "where"], rows), ""] if rows else []
    with ignoring_closed_stderr():
        print_parts(*parts, *_undelivered(plan), *_lines(plan, report, error), err=True)


def as_json(plan: RunPlan, report: RunReport | None, error: Exception | None = None) -> str:
    """The plan and the result of a run as JSON."""
    document = {
        "model": plan.spec.name,
        "target": plan.target,
        "run_id": plan.config.run_id,
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
        "subjects": sum(it.at_start for it in plan.spec.populations),
        "ticks": report.ticks,
        "ticks_of_model": report.ticks_in_all,
        "events": report.events,
        "seconds": round(report.seconds, 3),
        "events_per_second": round(rate(report.events, report)),
        "records_per_second": round(rate(records_of(report), report)),
        "engine": report.engine,
        "compiled_in": None if report.compiled_in is None else round(report.compiled_in, 3),
        "workers": _workers(plan, report.engine or ""),
        "data_versions": dict(report.data_versions),
        "transitions": [
            {"from_state": state, "trigger": trigger, "events": events}
            for (state, trigger), events in report.transitions.items()
        ],
        "streams": [
            {
                "stream": it.stream,
                "generated": it.generated,
                "delivered": it.delivered,
                "destination": it.destination,
            }
            for it in report.sinks
        ],
    }


def _lines(plan: RunPlan, report: RunReport, error: Exception | None) -> Iterator[str]:
    """The lines of the summary."""
    yield from summary_lines(report, error, (_where(plan), _ran(plan, report)))
    if plan.config.run_id is not None:
        by_moments = "after" if report.tick_ms == 1 else "at"
        resumed = f"resumed {by_moments} {reached(report.first_tick, report.tick_ms)}; " if report.first_tick else ""
        done = error is None and report.complete
        yield f"run {plan.config.run_id}: {resumed}{'complete' if done else 'the same command resumes it'}"
    start = "" if report.start in (None, plan.own_start) else f" --start {timestamp_text(report.start)}"
    yield f"repeat with --seed {report.seed}{start}"


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
    populations = plan.spec.populations
    most = max(it.at_start if it.arrive is None else plan.config.workers for it in populations)
    return min(plan.config.workers, most) if COMPILED in (used or plan.engine) else 1
