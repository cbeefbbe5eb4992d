"""``doge check``: report every error in a model, or forecast what a run will produce.

The forecast is printed as tables (``forecast.as_tables``) and sentences (``forecast.in_words``), or as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from doge_datagen.cli.loading import is_moment, load_model, locating_errors, moment, problem_of, resized, with_locations
from doge_datagen.cli.options import model, settings, subjects, targets, targets_for, ticks, until
from doge_datagen.cli.printing import console
from doge_datagen.cli.target_checks import warn_of_missing
from doge_datagen.errors import InvalidModelError, ModelError, Problem
from doge_datagen.forecast import as_json_values, print_tables
from doge_datagen.forecast.forecast import forecast
from doge_datagen.run.resuming.run_start import with_run_times
from doge_datagen.run.run_config import RunConfig

if TYPE_CHECKING:
    from doge_datagen.forecast.values import Forecast


@click.command(name="check")
@model
@settings
@subjects
@ticks
@until
@targets
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs and editors.")
def check_command(
    model: Path,
    settings: tuple[str, ...],
    subjects: int | None,
    ticks: int | None,
    until: str | None,
    targets: Path | None,
    as_json: bool,  # noqa: FBT001 - a flag of the command line
) -> None:
    """Report every error in MODEL at once, or forecast what a run of it will produce.

    The figures are exact means, calculated from the model's Markov chain: how long subjects stay in each state, how
    often each transition happens, how many records each stream gets. Then a sample of subjects, always the same ones,
    is simulated over all ticks, for a second or two. It shows whether every expression can be calculated, and the range
    that 95 of 100 runs are in. If a transition may be rejected, by 'require' or because 'pick' finds nobody, the
    figures come from the sample.
    What looks unintended (a state that is never reached, a stream fed only by transitions that cannot happen) is a
    warning; a stream that no transition feeds is an error. All targets are checked, but no destination is opened and no
    environment variable has to be set; a missing Python package is a warning.

    MODEL is a file, or - for standard input; the same holds for preview, graph and run.

    The exit code is 2 if there are errors, and 0 otherwise, even with warnings.

    \b
    Examples:
      doge check shop.yaml
      doge check shop.yaml --subjects 1000000 --until '36 h'
      doge check shop.yaml --set transitions.order.probability=30 --json
    """  # noqa: D301 - the command line's library reads \b
    try:
        loaded = load_model(model, settings, targets_for(model, targets))
        program = resized(loaded.program, subjects=subjects, ticks=ticks, until=until)
    except InvalidModelError as error:
        if not as_json:
            raise
        _fail_as_json(error.problems)
    if until is not None and is_moment(until):
        program = with_run_times(program, RunConfig(until=moment(until, "--until")))
    warn_of_missing(loaded.path, loaded.document)
    try:
        with locating_errors(loaded.document):
            _print_forecast(with_locations(loaded.document, forecast(program)), as_json=as_json)
    except ModelError as error:
        if not as_json:
            raise
        _fail_as_json([problem_of(loaded.document, error)])


def _fail_as_json(problems: Iterable[Problem]) -> NoReturn:
    click.echo(json.dumps({"problems": [_as_json_values(problem) for problem in problems]}, indent=2))
    raise SystemExit(2)


def _print_forecast(expected: Forecast, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"problems": [], **as_json_values(expected)}, indent=2))
    else:
        print_tables(console(), expected)


def _as_json_values(problem: Problem) -> dict[str, object]:
    return {
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "path": problem.dotted_path,
        "message": problem.message,
    }
