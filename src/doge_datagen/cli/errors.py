"""How a command fails: in lines that say what to do, with an exit code that says whose turn it is."""

from __future__ import annotations

import errno
import os
import re
import sys
from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import NoReturn

import click

from doge_datagen.cli.terminal import accept_all_characters, warnings_as_lines
from doge_datagen.displayed import safe
from doge_datagen.errors import (
    DogeError,
    InvalidModelError,
    MissingDriverError,
    MissingProgramError,
    ModelError,
    UnknownTargetError,
    did_you_mean,
)

INVALID = re.compile(r"^Invalid value for '(?P<option>[^']+)': ")
ALIKE = 0.75  # '--sed' is --seed, but '--limit' is not --late
MEANT = {
    "limit": ("--ticks", "--until", "--rows"),
    "max": ("--ticks", "--until", "--rows"),
    "count": ("--subjects", "--rows"),
    "users": ("--subjects",),
    "duration": ("--until",),
    "end": ("--until",),
    "rate": ("--pace",),
    "speed": ("--pace",),
    "threads": ("--workers",),
    "jobs": ("--workers",),
    "parallelism": ("--workers",),
    "id": ("--run-id",),
    "name": ("--run-id",),
    "resume": ("--run-id",),
    "output": ("--target", "--output"),
    "format": ("--json", "--set"),
}
"""By what other tools call an option, ours."""
USERS_MISTAKES = (ModelError, MissingDriverError, MissingProgramError, UnknownTargetError)


class Doge(click.Group):
    """Tells errors in a line: exit code 2 where the user can mend it, 1 where the run failed, and no traceback."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command."""
        accept_all_characters()
        try:
            with warnings_as_lines():
                return super().invoke(ctx)
        except click.UsageError as error:
            fail(_in_a_line(error), 2)
        except DogeError as error:
            if isinstance(error.__cause__, BrokenPipeError):
                sys.exit(1)  # who reads us has gone, and knows
            fail(error, 2 if isinstance(error, USERS_MISTAKES) else 1, self._options(ctx))
        except KeyboardInterrupt as error:
            fail("; ".join(["interrupted", *map(str, error.args)]), 1)
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise  # click ends quietly
            fail(error, 1)
        except UnicodeError as error:
            fail(error, 1)
        except MemoryError as error:
            fail(f"out of memory. Hint: give fewer subjects or shorter records ({error or 'nothing is left'})", 1)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take the arguments apart; without any the help is shown."""
        if not args:
            return super().parse_args(ctx, args)
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            fail(_in_a_line(error), 2)

    def _options(self, ctx: click.Context) -> dict[str | None, str]:
        """By its name in Python, each option of the command at work as one writes it."""
        params = self.commands[ctx.invoked_subcommand].params if ctx.invoked_subcommand else ()
        return {it.name: it.opts[0] for it in params if isinstance(it, click.Option)}

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - as click calls it
        """The commands, in the order in which they are needed."""
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is asked for.

        Raises:
            click.UsageError: there is none of that name; the nearest is told.
        """
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            problem = f"there is no command {args[0]!r}. Hint: {did_you_mean(args[0], self.commands)}"
            raise click.UsageError(problem, ctx)
        return super().resolve_command(ctx, args)


def _in_a_line(error: click.UsageError) -> str:
    """What is wrong with the command line, as other errors say it: the option, then the problem."""
    if isinstance(error, click.NoSuchOption):
        return _unknown_option(error)
    told = INVALID.sub(r"\g<option>: ", error.format_message())
    told = told.replace("is not a valid integer", "is not an integer")
    return (told if told[1:2].isupper() else f"{told[:1].lower()}{told[1:]}").removesuffix(".")


def _unknown_option(error: click.NoSuchOption) -> str:
    """That there is no such option, and the one that does what its name says, or is nearest to it."""
    context, name = error.ctx, error.option_name
    known = [] if context is None else [it for param in context.command.params for it in param.opts if it[:2] == "--"]
    meant = [it for it in MEANT.get(name.lstrip("-"), ()) if it in known] or get_close_matches(name, known, 1, ALIKE)
    command = "doge" if context is None else context.command_path
    hint = f"did you mean {' or '.join(meant)}?" if meant else f"see {command} --help"
    return f"{name} is not an option of {command}. Hint: {hint}"


def fail(error: Exception | str, code: int, options: Mapping[str | None, str] = MappingProxyType({})) -> NoReturn:
    """Tell what is wrong on standard error, and end; with its traceback where ``DOGE_TRACEBACK`` asks for it.

    Args:
        error: what is wrong.
        code: that the command ends with.
        options: by the place that an error may name, the option that it was given by.
    """
    if os.environ.get("DOGE_TRACEBACK") and isinstance(error, Exception):
        raise error
    if isinstance(error, InvalidModelError):
        lines = [str(problem) for problem in error.problems]
    else:
        place = error.place if isinstance(error, ModelError) else ""
        lines = [f"{options.get(place, place)}{str(error).removeprefix(place)}"]
    for line in lines:
        click.echo(f"error: {safe(line)}", err=True)
    for note in getattr(error, "__notes__", ()):
        click.echo(f"  {safe(note)}", err=True)
    sys.exit(code)
