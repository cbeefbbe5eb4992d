"""Arguments and options that several commands share."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import click

from doge_datagen.language.time.units import duration

FILE = click.Path(path_type=Path)


class Integers(click.IntRange):
    """Integers within a range; accepts the ways people write large ones: ``1e6``, ``1_000_000`` or ``1,000,000``."""

    name = "integer"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Convert an option's value to an integer.

        Raises:
            click.BadParameter: the value is not an integer, or is out of range.
        """
        number = _integer(value)
        if number is None:
            self.fail(f"{value!r} is not an integer", param, ctx)
        if self.min is not None and number < self.min:
            self.fail(f"{number:,} is too small; the minimum is {self.min:,}", param, ctx)
        if self.max is not None and number > self.max:
            self.fail(f"{number:,} is too large; the maximum is {self.max:,}", param, ctx)
        return number


def _integer(value: object) -> int | None:
    """The integer that a value stands for; None if it is not one."""
    with suppress(ArithmeticError):
        number = Decimal(str(value).replace(",", ""))
        if number.is_finite() and number.adjusted() < MAX_DIGITS and number == number.to_integral_value():
            return int(number)
    return None


MAX_DIGITS = 40
"""Most decimal digits of an integer, so that ``1e999999999`` is rejected without being expanded."""
SEEDS = Integers(0, 2**64 - 1)

model = click.argument("model", type=FILE)
"""The model file: a path, or - for standard input."""
settings = click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="Override a value of the model file by its path, such as subjects.count=1000 or "
    "transitions.login.probability=0.2. May be repeated.",
)
subjects = click.option("--subjects", type=Integers(1, 2**32 - 1), help="Number of subjects, instead of the model's.")
ticks = click.option("--ticks", type=Integers(0), help="Number of ticks, instead of the model's.")
until = click.option(
    "--until",
    metavar="MOMENT|DURATION|never",
    help="Event time at which the run ends: a timestamp such as 2024-05-07T12:00:00Z, or a duration such as '36 h'.",
)
seed = click.option(
    "--seed",
    type=SEEDS,
    help="A 64-bit integer; the same model and seed give the same bytes. By default a random one, which is printed.",
)


TARGETS_FILE = "doge-targets.yaml"
"""The name of a file with targets for all models of its folder."""
targets = click.option(
    "--targets",
    type=FILE,
    envvar="DOGE_TARGETS",
    help="File with targets for many models, which are added to the model's own. Defaults to $DOGE_TARGETS, or else to "
    f"{TARGETS_FILE} beside the model.",
)


def targets_for(model: Path, given: Path | None) -> Path | None:
    """The file of targets that a command uses besides those of a model; None if there is none."""
    beside = model.parent / TARGETS_FILE
    return given if given is not None else beside if beside.is_file() else None


def overrides(given: tuple[str, ...]) -> dict[str, str]:
    """Parse the values of ``--set`` to a mapping from path to YAML text.

    Raises:
        click.BadParameter: a setting is not ``KEY=VALUE``.

    >>> overrides(('subjects.count=1000',))
    {'subjects.count': '1000'}
    """
    values: dict[str, str] = {}
    for setting in given:
        key, equals, value = setting.partition("=")
        if not key or not equals:
            problem = f"{setting!r} is not a KEY=VALUE pair. Hint: write it like subjects.count=1000"
            raise click.BadParameter(problem, param_hint="'--set'")
        values[key] = value
    return values


def seconds(_: click.Context, __: click.Parameter, given: str | None) -> float | None:
    """Convert a duration such as ``1 min`` to seconds; the callback of options that take one.

    Raises:
        click.BadParameter: the value is not a duration.
    """
    if given is None:
        return None
    try:
        return duration(given) / 1000
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
