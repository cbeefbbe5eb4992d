"""Arguments and options that several commands share."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import click

from doge_datagen.language.units import duration

FILE = click.Path(path_type=Path)


class Integers(click.IntRange):
    """Integers within a range, written as people write large ones too: ``1e6``, ``1_000_000`` or ``1,000,000``."""

    name = "integer"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The integer.

        Raises:
            click.BadParameter: it is not one, or is out of range.
        """
        number = _integer(value)
        if number is None:
            self.fail(f"{value!r} is not an integer", param, ctx)
        if self.min is not None and number < self.min:
            self.fail(f"{number:,} is too small; the least is {self.min:,}", param, ctx)
        if self.max is not None and number > self.max:
            self.fail(f"{number:,} is too large; the most is {self.max:,}", param, ctx)
        return number


def _integer(value: object) -> int | None:
    """What a text says where that is an integer."""
    with suppress(ArithmeticError):
        number = Decimal(str(value).replace(",", ""))
        if number.is_finite() and number.adjusted() < LONGEST and number == number.to_integral_value():
            return int(number)
    return None


LONGEST = 40
"""Decimal digits; ``1e999999999`` is not worked out."""
SEEDS = Integers(0, 2**64 - 1)

model = click.argument("model", type=FILE)
"""A path, or - for standard input."""
settings = click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="Replace a value of the model file by its path, such as subjects.count=1000 or "
    "transitions.login.probability=0.2; may be repeated.",
)
subjects = click.option("--subjects", type=Integers(1, 2**32 - 1), help="Number of subjects, instead of the model's.")
ticks = click.option("--ticks", type=Integers(0), help="Number of ticks, instead of the model's.")
until = click.option(
    "--until",
    metavar="MOMENT|DURATION|never",
    help="Where the run ends in event time: a timestamp such as 2024-05-07T12:00:00Z, or a duration such as '36 h'.",
)
seed = click.option(
    "--seed",
    type=SEEDS,
    help="A 64-bit integer; the same model and seed give the same bytes. Random by default, and printed.",
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
    if given is None:
        return None
    try:
        return duration(given) / 1000
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
