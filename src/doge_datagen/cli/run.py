"""``doge run``: run a model and deliver its records."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TextIO

import click
from click.core import ParameterSource

from doge_datagen.cli.execute import execute
from doge_datagen.cli.loading import STANDARD, load_model, locating_errors
from doge_datagen.cli.options import (
    Integers,
    model,
    seconds,
    seed,
    settings,
    subjects,
    targets,
    targets_for,
    ticks,
    until,
)
from doge_datagen.cli.run_plan import RunRequest, check_report, plan_run
from doge_datagen.cli.summary import finish, print_plan

REQUIRES = {"late": "pace", "commit_every": "run_id"}
"""Options that have no effect without another, and that other one."""
ENGINES = click.Choice(["auto", "compiled", "interpreted"])


@click.command(name="run")
@model
@click.option("--target", help="Where the streams go: the name of one of the model's targets. Defaults to the first.")
@targets
@seed
@subjects
@ticks
@until
@click.option(
    "--start",
    metavar="MOMENT|now",
    help="Event time of the first tick, instead of the model's; with --pace realtime it defaults to now.",
)
@click.option(
    "--pace",
    metavar="PACE",
    help="When records are emitted: realtime, 60x, '5000/s' (records per second), '5000 trx/s' (of the stream trx); "
    "by default as fast as possible. The records themselves never depend on it.",
)
@click.option(
    "--backfill", is_flag=True, help="With --pace realtime: first emit everything from --start to now, then go live."
)
@click.option(
    "--late",
    type=click.Choice(["catch-up", "stretch"]),
    default="catch-up",
    help="If the run falls behind its pace: catch-up speeds up afterwards, stretch shifts the schedule.",
)
@click.option(
    "--run-id",
    metavar="NAME",
    help="Name the run, so that the same command resumes it however it ended, with nothing lost or duplicated.",
)
@click.option(
    "--commit-every",
    metavar="DURATION",
    callback=seconds,
    default="1 s",
    show_default=True,
    help="With --run-id: the longest that records wait for the commit that makes them visible. A tick is never split "
    "between commits, so a tick that takes longer to deliver delays its commit.",
)
@click.option(
    "--patience",
    metavar="DURATION",
    callback=seconds,
    help="How long to retry a destination that is unreachable or does not answer; defaults to '1 min' "
    "with --run-id. Without --run-id, only opening it is retried, and only if this option is given.",
)
@click.option(
    "--metrics",
    metavar="HOST:PORT",
    help="Serve metrics for Prometheus; :9400 accepts connections from this computer only.",
)
@click.option("--workers", type=Integers(1, 1024), help="Number of simulating threads; by default one per usable core.")
@click.option(
    "--engine",
    type=ENGINES,
    default="auto",
    help="compiled is fast but takes a few seconds to start, interpreted starts at once; the records are the same.",
)
@settings
@click.option(
    "--dry-run",
    is_flag=True,
    help="Load and check everything and print what would be delivered where, without opening anything.",
)
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a JSON report of the run to a file, or to standard output if -.",
)
def run_command(
    model: Path,
    *,
    settings: tuple[str, ...],
    targets: Path | None,
    dry_run: bool,
    report: Path | None,
    metrics: str | None,
    **asked: Any,
) -> None:
    """Run MODEL and deliver its records to the destinations of a target.

    Progress and summary go to standard error, so that the destination 'console' has standard output to itself. The
    summary shows how many records of each stream were generated and delivered; if the two differ, the run fails, and
    the error says how many records are missing and why. A failed run also prints the summary of what it did. Rates are
    records per second of the whole run. Keep passwords in the environment; a target refers to them as ${NAME}.

    Ctrl-C (or SIGTERM, a closed terminal, or a reader of standard output that exits) stops the run after the current
    window: what was generated is delivered, the summary is printed, and the exit code is 0. A second Ctrl-C stops at
    once, with exit code 1.

    With --run-id a run can be killed and resumed: files become folders of parts, and tables and topics get records in
    transactions that also store the position. It resumes only with the model, seed and start that it began with.

    \b
    Examples:
      doge run shop.yaml
      doge run shop.yaml --target servers --seed 7 --report shop.json
      doge run shop.yaml --subjects 1000000 --until '12 h' --workers 4
      doge run shop.yaml --set targets.local.visits=out/visits.parquet --dry-run
      doge run shop.yaml --pace realtime --until never --run-id demo --metrics :9400
      doge run shop.yaml --start 2026-01-01 --backfill --pace realtime --until never
    """  # noqa: D301 - the command line's library reads \b
    _check_combinations(asked)
    loaded = load_model(model, settings, targets_for(model, targets))
    plan = plan_run(RunRequest(loaded, **asked))
    check_report(report, loaded, plan)
    if dry_run:
        print_plan(plan)
        return
    with locating_errors(loaded.document), _opened(report) as file:
        execute(plan, partial(finish, plan, file), metrics)


def _check_combinations(asked: Mapping[str, object]) -> None:
    """Reject options that have no effect without another.

    Raises:
        click.UsageError: an option is given without the one that it requires.
    """
    given = click.get_current_context().get_parameter_source
    for option, other in REQUIRES.items():
        if asked[other] is None and given(option) is ParameterSource.COMMANDLINE:
            names = [f"--{name.replace('_', '-')}" for name in (option, other)]
            raise click.UsageError("{0} does nothing without {1}. Hint: give {1} too, or leave {0} out".format(*names))


@contextmanager
def _opened(report: Path | None) -> Iterator[TextIO | None]:
    """Open the report file, and empty it at once, so that an earlier report cannot be mistaken for this run's."""
    if report is None or str(report) == STANDARD:
        yield None if report is None else sys.stdout
        return
    try:
        report.parent.mkdir(parents=True, exist_ok=True)
        file = report.open("w", encoding="utf-8")
    except OSError as error:
        raise click.BadParameter(f"{report} cannot be written: {error}", param_hint="'--report'") from None
    with file:
        yield file
