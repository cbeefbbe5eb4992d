"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path

import click

FILE = click.Path(path_type=Path)
SEEDS = click.IntRange(0, 2**64 - 1)

model = click.argument("model", type=FILE)
"""A path, or - for standard input."""
settings = click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="Replace a value of the model file by its path, such as subjects.count=1000 or "
    "transitions.login.probability=0.2; may be given several times.",
)
subjects = click.option("--subjects", type=click.IntRange(1, 2**32 - 1), help="How many subjects there are, instead.")
ticks = click.option("--ticks", type=click.IntRange(0), help="How many ticks to simulate, instead.")
until = click.option(
    "--until",
    metavar="MOMENT|DURATION|never",
    help="Where the run ends in event time: a timestamp such as 2024-05-07T12:00:00Z, or a duration such as '36 h'.",
)
seed = click.option(
    "--seed", type=SEEDS, help="64 bits; the same model and seed give the same bytes. Made up and told where none is."
)


def overrides(given: tuple[str, ...]) -> dict[str, str]:
    """What ``--set`` says: by path the value, as the text of YAML that it is.

    Raises:
        click.BadParameter: one has no value.

    >>> overrides(('subjects.count=1000',))
    {'subjects.count': '1000'}
    """
    values: dict[str, str] = {}
    for setting in given:
        key, equals, value = setting.partition("=")
        if not key or not equals:
            problem = f"{setting!r} is no KEY=VALUE; write it like subjects.count=1000"
            raise click.BadParameter(problem, param_hint="'--set'")
        values[key] = value
    return values


def seconds(_: click.Context, __: click.Parameter, given: str | None) -> float | None:
    """The callback of an option that takes a duration such as ``1 min``: how many seconds it has.

    Raises:
        click.BadParameter: it is no duration.
    """
    from doge_datagen.language.units import duration  # noqa: PLC0415 - 'doge --help' should not wait for it

    if given is None:
        return None
    try:
        return duration(given) / 1000
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
