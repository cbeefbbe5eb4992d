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

from doge_datagen.cli.given import STANDARD, read_once
from doge_datagen.cli.loading import placed
from doge_datagen.cli.options import Integers, model, seconds, seed, settings, subjects, ticks, until

NEEDS = {"late": "pace", "commit_every": "run_id"}
"""By option the one without which it does nothing."""
ENGINES = click.Choice(["auto", "compiled", "interpreted"])


@click.command(name="run", short_help="Run a model, and carry its records to their places.")
@model
@click.option("--target", help="Where the streams go: one of the model's targets; its first where none is named.")
@seed
@subjects
@ticks
@until
@click.option(
    "--start",
    metavar="MOMENT|now",
    help="Event time of the first tick, instead of the model's; now is taken where the pace is realtime.",
)
@click.option(
    "--pace",
    metavar="PACE",
    help="When records are handed on: realtime, 60x, '5000/s' (records a second), '5000 trx/s' (of stream trx); "
    "as fast as possible where none is given. What they are never depends on it.",
)
@click.option("--backfill", is_flag=True, help="With --pace realtime: first all from --start up to now, then live.")
@click.option(
    "--late",
    type=click.Choice(["catch-up", "stretch"]),
    default="catch-up",
    help="When the pace cannot be kept: catch-up goes faster afterwards, stretch goes on as late as it is.",
)
@click.option(
    "--run-id",
    metavar="NAME",
    help="Name the run: whatever ends it, the same command goes on where it stands, with nothing lost or twice.",
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
    help="How long is tried again where a place cannot be reached; '1 min' with --run-id. Without it not at all, or "
    "as long as is said while places are opened.",
)
@click.option("--metrics", metavar="HOST:PORT", help="Serve metrics for Prometheus; :9400 is this computer alone.")
@click.option("--workers", type=Integers(1, 1024), help="Threads that simulate; as many as there are usable cores.")
@click.option(
    "--engine",
    type=ENGINES,
    default="auto",
    help="compiled is fast and takes a few seconds to begin; interpreted is at work at once; the records are the same.",
)
@settings
@click.option("--dry-run", is_flag=True, help="Load and check everything, tell what would go where, and open nothing.")
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
    """Run MODEL, and carry its records to the places of a target.

    Progress and the account at the end go to standard error, so that a target 'console' has standard output to itself.
    The account says for each stream what was generated and what is delivered there; the two are the same, or the run
    fails and says how many did not arrive and why. A run that fails tells the account of what it did until then.
    Passwords belong in the environment: a target takes them as ${NAME}.

    Ctrl-C (or SIGTERM) ends the run after the window that is being made: what was generated until then is delivered,
    the account is told, and the exit code is 0. A second one ends at once, with exit code 1.

    With --run-id a run can be killed and go on: files become folders of parts, tables and topics get their records in
    transactions that hold the position too. It goes on only with the model, seed and start that it began with.

    \b
    Examples:
      doge run shop.yaml
      doge run shop.yaml --target servers --seed 7 --report shop.json
      doge run shop.yaml --subjects 1000000 --until '12 h' --workers 4
      doge run shop.yaml --set targets.local.visits=out/visits.parquet --dry-run
      doge run shop.yaml --pace realtime --until never --run-id demo --metrics :9400
      doge run shop.yaml --start 2026-01-01 --backfill --pace realtime --until never
    """  # noqa: D301 - the command line's library reads this sign
    from doge_datagen.cli.account import account, tell_plan  # noqa: PLC0415 - 'doge --help' should not wait for it
    from doge_datagen.cli.carry import carry  # noqa: PLC0415
    from doge_datagen.cli.plan import Asked, check_report, planned  # noqa: PLC0415

    _check_needs(asked)
    given = read_once(model, settings)
    plan = planned(Asked(given, **asked))
    check_report(report, model, plan)
    if dry_run:
        tell_plan(plan)
        return
    with placed(given), _opened(report) as file:
        carry(plan, partial(account, plan, file), metrics)


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
