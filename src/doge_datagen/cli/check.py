"""``doge check``: what is wrong with a model, and what can be expected of it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from doge_datagen.cli.loading import fault, in_file, is_moment, load_model, moment, placed, resized
from doge_datagen.cli.model_source import read_once
from doge_datagen.cli.options import model, settings, subjects, ticks, until
from doge_datagen.cli.tables import console
from doge_datagen.cli.target_checks import warn_of_missing
from doge_datagen.errors import CalculationError, InvalidModelError, Problem
from doge_datagen.forecast import plain, tell
from doge_datagen.forecast.forecast import forecast
from doge_datagen.run.resume import with_run_times
from doge_datagen.run.run_config import RunConfig

if TYPE_CHECKING:
    from doge_datagen.forecast.values import Forecast
    from doge_datagen.model_api import Model


@click.command(name="check", short_help="Say what is wrong with a model, or what it will give.")
@model
@settings
@subjects
@ticks
@until
@click.option("--json", "as_json", is_flag=True, help="Tell it as JSON, for programs and editors.")
def check_command(
    model: Path,
    settings: tuple[str, ...],
    subjects: int | None,
    ticks: int | None,
    until: str | None,
    as_json: bool,  # noqa: FBT001 - a flag of the command line
) -> None:
    """Say all that is wrong with MODEL at once, or what a run of it can be expected to give.

    The figures are exact means, by the algebra of the model's Markov chain: how long subjects dwell, how often each
    transition happens, how many records each stream gets. Then some subjects, always the same, are simulated over all
    of the time, for a second or two. They show whether everything can be calculated, and in which range 95 of 100 runs
    are. Where a 'do' may reject its transition by 'require', the figures come from them. What looks unintended (a state
    that nobody reaches, a stream that is fed only by what never happens) is a warning; a stream that no transition
    feeds is wrong. All targets are checked, but no place is opened and no variable of the environment is needed; a
    package that one of them lacks here is a warning.

    MODEL is a file, or - for standard input; the same holds for preview, graph and run.

    Exit code 2 where something is wrong, 0 where nothing is, warnings or not.

    \b
    Examples:
      doge check shop.yaml
      doge check shop.yaml --subjects 1000000 --until '36 h'
      doge check shop.yaml --set transitions.order.probability=30 --json
    """  # noqa: D301 - the command line's library reads this sign
    try:
        given = read_once(model, settings)
        checked = resized(load_model(given), subjects=subjects, ticks=ticks, until=until)
    except InvalidModelError as error:
        if not as_json:
            raise
        _fail_as_json(error.problems)
    if until is not None and is_moment(until):
        checked = _ending(checked, moment(until, "--until"))
    warn_of_missing(given)
    try:
        with placed(given):
            _tell(in_file(given, forecast(checked)), as_json=as_json)
    except CalculationError as error:
        if not as_json:
            raise
        _fail_as_json([fault(given, error)])


def _fail_as_json(problems: Iterable[Problem]) -> NoReturn:
    click.echo(json.dumps({"problems": [_plain(problem) for problem in problems]}, indent=2))
    raise SystemExit(2)


def _ending(model: Model, until: int) -> Model:
    return with_run_times(model, RunConfig(until=until))


def _tell(expected: Forecast, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"problems": [], **plain(expected)}, indent=2))
    else:
        tell(console(), expected)


def _plain(problem: Problem) -> dict[str, object]:
    return {name: getattr(problem, name) for name in ("file", "line", "column", "place", "message")}
