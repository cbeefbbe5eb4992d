"""``doge check``: what is wrong with a model, and what can be expected of it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from doge_datagen.cli.given import read_once
from doge_datagen.cli.loading import fault, in_file, is_moment, load_model, moment, placed, resized
from doge_datagen.cli.options import model, settings, subjects, ticks, until
from doge_datagen.errors import CalculationError, InvalidModelError, Problem

if TYPE_CHECKING:
    from doge_datagen.cli.trial import Trial
    from doge_datagen.engine.expected import Expectation
    from doge_datagen.simulation import Model


OFTEN = 20  # times reckoned for the trial, and not once seen


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

    The numbers are exact means, from the algebra of the model's Markov chain: how long subjects dwell, how often each
    transition happens, how many records each stream gets. Nothing is run for that. Then some subjects are run, always
    the same, to see whether all can be calculated; where a 'do' may block its transition by 'require', which the
    algebra cannot know, what they did is told beside it. What looks unintended (a state that nobody reaches, a stream
    that is fed only by what never happens) is a warning; a stream that no transition feeds is wrong. All targets are
    checked, but no place is opened and no variable of the environment is needed; a package that one of them lacks here
    is a warning.

    MODEL is a file, or - for standard input; the same holds for preview, graph and run.

    Exit code 2 where something is wrong, 0 where nothing is, warnings or not.

    \b
    Examples:
      doge check shop.yaml
      doge check shop.yaml --subjects 1000000 --until '36 h'
      doge check shop.yaml --set transitions.order.probability=30 --json
    """  # noqa: D301 - the command line's library reads this sign
    from doge_datagen.cli.targets import warn_of_missing  # noqa: PLC0415 - 'doge --help' should not wait for it
    from doge_datagen.engine.expectation import expectation  # noqa: PLC0415

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
            _tell(checked, in_file(given, expectation(checked)), as_json=as_json)
    except CalculationError as error:
        if not as_json:
            raise
        _fail_as_json([fault(given, error)])


def _fail_as_json(problems: Iterable[Problem]) -> NoReturn:
    click.echo(json.dumps({"problems": [_plain(problem) for problem in problems]}, indent=2))
    raise SystemExit(2)


def _ending(model: Model, until: int) -> Model:
    from doge_datagen.run.course import beginning_now  # noqa: PLC0415 - 'doge --help' should not wait for it
    from doge_datagen.run.how import How  # noqa: PLC0415

    return beginning_now(model, How(until=until))


def _tell(model: Model, expected: Expectation, *, as_json: bool) -> None:
    from doge_datagen.cli.tables import console  # noqa: PLC0415 - 'doge --help' should not wait for it
    from doge_datagen.cli.trial import trial  # noqa: PLC0415
    from doge_datagen.outlook import plain, tell  # noqa: PLC0415

    if not as_json:
        tell(console(), expected)
    tried = trial(model, expected)  # a fault that it comes upon is told
    if as_json:
        shown = _as_plain(tried, expected) if expected.may_be_blocked else None
        click.echo(json.dumps({"problems": [], **plain(expected), "trial": shown}, indent=2))
    elif expected.may_be_blocked:
        _tell_trial(tried, expected)


def _tell_trial(tried: Trial, expected: Expectation) -> None:
    from doge_datagen.cli.tables import table, tell  # noqa: PLC0415 - as above
    from doge_datagen.outlook.number import amount, counted  # noqa: PLC0415

    names = _names(expected)
    found = [(names[it], way.events, tried.transitions[it]) for it, way in enumerate(expected.transitions)]
    found += [(it.name, it.records, tried.streams[it.name]) for it in expected.streams]
    rows = [[name, amount(it.told), amount(count)] for name, it, count in found]
    who = f"{counted(tried.subjects, 'subject')} over {counted(tried.ticks, 'tick')}"
    of = "an hour" if expected.ticks is None else "the run"
    tell("", f"Tried with {who}, scaled to {of}:", table(["transition or stream", ">reckoned", ">tried"], rows))
    never = [
        names[number]
        for number, it in enumerate(expected.transitions)
        if it.trigger in expected.may_be_blocked
        and not tried.transitions[number]
        and it.events.told * tried.part >= OFTEN
    ]
    if never:
        tell("", f"Never happened there: {', '.join(never)}; see whether what is required can ever be.")


def _names(expected: Expectation) -> list[str]:
    """The transitions' triggers, with the state where several have one."""
    times = Counter(it.trigger for it in expected.transitions)
    return [it.trigger if times[it.trigger] == 1 else f"{it.from_state}.{it.trigger}" for it in expected.transitions]


def _as_plain(tried: Trial, expected: Expectation) -> dict[str, object]:
    transitions = [
        {"trigger": it.trigger, "from_state": it.from_state, "events": tried.transitions[number]}
        for number, it in enumerate(expected.transitions)
    ]
    streams = [{"name": name, "records": count} for name, count in tried.streams.items()]
    return {"subjects": tried.subjects, "ticks": tried.ticks, "transitions": transitions, "streams": streams}


def _plain(problem: Problem) -> dict[str, object]:
    return {name: getattr(problem, name) for name in ("file", "line", "column", "place", "message")}
