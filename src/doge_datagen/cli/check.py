"""``doge check``: what is wrong with a model, and what can be expected of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from doge_datagen.cli.loading import load_model, resized
from doge_datagen.cli.options import model, settings, subjects, ticks
from doge_datagen.errors import InvalidModelError

if TYPE_CHECKING:
    from doge_datagen.engine.expected import Expectation


@click.command(name="check", short_help="Say what is wrong with a model, or what it will give.")
@model
@settings
@subjects
@ticks
@click.option("--json", "as_json", is_flag=True, help="Tell it as JSON, for programs and editors.")
def check_command(
    model: Path,
    settings: tuple[str, ...],
    subjects: int | None,
    ticks: int | None,
    as_json: bool,  # noqa: FBT001 - a flag of the command line
) -> None:
    """Say all that is wrong with MODEL at once, or what a run of it can be expected to give.

    Nothing is run and nothing is drawn: the numbers are exact means, from the algebra of the model's Markov chain: how
    long subjects dwell, how often each transition happens, how many records each stream gets. What looks unintended
    (a state that nobody reaches, a stream that nothing feeds) is a warning. The targets are checked, but no place is
    opened and no variable of the environment is needed.

    Exit code 2 where something is wrong, 0 where nothing is, warnings or not.

    \b
    Examples:
      doge check shop.yaml
      doge check shop.yaml --subjects 1000000 --ticks 86400
      doge check shop.yaml --set transitions.order.probability=30 --json
    """  # noqa: D301 - the command line's library reads this sign
    try:
        expected = _expected(model, settings, subjects, ticks)
    except InvalidModelError as error:
        if not as_json:
            raise
        click.echo(json.dumps({"problems": [_plain(problem) for problem in error.problems]}, indent=2))
        raise SystemExit(2) from None
    _tell(expected, as_json=as_json)


def _expected(path: Path, settings: tuple[str, ...], subjects: int | None, ticks: int | None) -> Expectation:
    from doge_datagen.engine.expectation import expectation  # noqa: PLC0415 - 'doge --help' should not wait for it

    return expectation(resized(load_model(path, settings), subjects=subjects, ticks=ticks))


def _tell(expected: Expectation, *, as_json: bool) -> None:
    from doge_datagen.cli.tables import console  # noqa: PLC0415 - as above
    from doge_datagen.outlook import plain, tell  # noqa: PLC0415

    if as_json:
        click.echo(json.dumps({"problems": [], **plain(expected)}, indent=2))
    else:
        tell(console(), expected)


def _plain(problem: object) -> dict[str, object]:
    return {name: getattr(problem, name) for name in ("file", "line", "column", "place", "message")}
