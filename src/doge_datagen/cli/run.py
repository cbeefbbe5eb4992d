"""``doge run``: a model's records to their places."""

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
from doge_datagen.cli.loading import placed
from doge_datagen.cli.model_source import STANDARD, read_once
from doge_datagen.cli.options import Integers, model, seconds, seed, settings, subjects, ticks, until
from doge_datagen.cli.run_plan import RunRequest, check_report, plan_run
from doge_datagen.cli.summary import account, print_plan

NEEDS = {"late": "pace", "commit_every": "run_id"}
"""By option the one without which it does nothing."""
ENGINES = click.Choice(["auto", "compiled", "interpreted"])


@click.command(name="run", short_help="Run a model, and deliver its records.")
@model
@click.option("--target", help="Where the streams go: one of the model's targets, by default the first.")
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
@click.option("--backfill", is_flag=True, help="With --pace realtime: first everything from --start to now, then live.")
@click.option(
    "--late",
    type=click.Choice(["catch-up", "stretch"]),
    default="catch-up",
    help="When the pace cannot be kept: catch-up goes faster afterwards, stretch stays late.",
)
@click.option(
    "--run-id",
    metavar="NAME",
    help="Name the run: whatever ends it, the same command resumes it, with nothing lost and nothing twice.",
)
@click.option(
    "--commit-every",
    metavar="DURATION",
    callback=seconds,
    default="1 s",
    show_default=True,
    help="With --run-id: how long records wait at the most for the commit that makes them visible; longer where a "
    "tick takes longer to be handed on, as none is split over commits.",
)
@click.option(
    "--patience",
    metavar="DURATION",
    callback=seconds,
    help="How long to retry a destination that is unreachable or does not answer; '1 min' with --run-id. Without "
    "--run-id, only opening it is retried, and only if this option is given.",
)
@click.option("--metrics", metavar="HOST:PORT", help="Serve metrics for Prometheus; :9400 is this computer alone.")
@click.option("--workers", type=Integers(1, 1024), help="Threads that simulate; by default one per usable core.")
@click.option(
    "--engine",
    type=ENGINES,
    default="auto",
    help="compiled is fast and takes a few seconds to start; interpreted starts at once; the records are the same.",
)
@settings
@click.option("--dry-run", is_flag=True, help="Load and check everything, say what would go where, and open nothing.")
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write an account of the run to a file, or to standard output as -, as JSON.",
)
def run_command(
    model: Path,
    *,
    settings: tuple[str, ...],
    dry_run: bool,
    report: Path | None,
    metrics: str | None,
    **asked: Any,
) -> None:
    """Run MODEL, and deliver its records to the destinations of a target.

    Progress and summary go to standard error, so that a target 'console' has standard output to itself. The summary
    shows what each stream generated and what was delivered; if the two differ, the run fails and says how many records
    did not arrive, and why. A failed run prints the summary of what it did until then. Rates are records per second of
    the whole run. Keep passwords in the environment: a target takes them as ${NAME}.

    Ctrl-C (or SIGTERM, a closed terminal, or a reader of standard output that leaves) stops the run after the current
    window: what was generated is delivered, the summary is printed, and the exit code is 0. A second Ctrl-C stops at
    once, with exit code 1.

    With --run-id a run can be killed and resumed: files become folders of parts, tables and topics get their records in
    transactions that store the position too. It resumes only with the model, seed and start that it began with.

    \b
    Examples:
      doge run shop.yaml
      doge run shop.yaml --target servers --seed 7 --report shop.json
      doge run shop.yaml --subjects 1000000 --until '12 h' --workers 4
      doge run shop.yaml --set targets.local.visits=out/visits.parquet --dry-run
      doge run shop.yaml --pace realtime --until never --run-id demo --metrics :9400
      doge run shop.yaml --start 2026-01-01 --backfill --pace realtime --until never
    """  # noqa: D301 - the command line's library reads this sign
    _check_needs(asked)
    given = read_once(model, settings)
    plan = plan_run(RunRequest(given, **asked))
    check_report(report, model, plan)
    if dry_run:
        print_plan(plan)
        return
    with placed(given), _opened(report) as file:
        execute(plan, partial(account, plan, file), metrics)


def _check_needs(asked: Mapping[str, object]) -> None:
    """See that what is asked for does something.

    Raises:
        click.UsageError: it does not.
    """
    given = click.get_current_context().get_parameter_source
    for option, other in NEEDS.items():
        if asked[other] is None and given(option) is ParameterSource.COMMANDLINE:
            names = [f"--{name.replace('_', '-')}" for name in (option, other)]
            raise click.UsageError("{0} does nothing without {1}; give {1} too, or leave {0} out".format(*names))


@contextmanager
def _opened(report: Path | None) -> Iterator[TextIO | None]:
    """The file of the report; it is emptied at once, so that none of an earlier run is taken for that of this one."""
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
