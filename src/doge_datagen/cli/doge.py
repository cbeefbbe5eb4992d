"""The command group ``doge`` and its subcommands, in the order in which a new user needs them."""

from __future__ import annotations

import errno
import re
import sys
from collections.abc import Mapping
from difflib import get_close_matches
from importlib import import_module
from types import MappingProxyType
from typing import Any

import click

from doge_datagen.cli.errors import USER_ERRORS, accept_all_characters, fail, warnings_as_lines
from doge_datagen.errors import DogeError, did_you_mean

SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100, "show_default": True}
COMMANDS = {
    "demo": "Run a bank example, and answer a question from its data.",
    "new": "Write a model to start from, with explanations.",
    "check": "Check a model, and forecast what it will produce.",
    "preview": "Show the first records of each stream.",
    "graph": "Draw the states and transitions of a model.",
    "run": "Run a model and deliver its records.",
    "schema": "Print the JSON Schema of model files, for editors.",
}
"""What each command does, for the list in the help."""


INVALID = re.compile(r"^Invalid value for '(?P<option>[^']+)': ")
SIMILARITY = 0.75  # '--sed' is --seed, but '--limit' is not --late
SYNONYMS = {
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
"""Our options, by the name that other tools give them; for hints on unknown options."""


class Doge(click.Group):
    """A command group that prints errors as lines: exit code 2 if the user can fix it, 1 if the run failed.

    Args:
        lazy_commands: by name, what each command does. The module of that name, which has ``<name>_command``, is
            imported when the command is used, so that neither the list of commands nor ``doge new`` waits for what only
            ``doge run`` needs.
    """

    def __init__(self, *args: Any, lazy_commands: Mapping[str, str] = MappingProxyType({}), **kwargs: Any) -> None:
        # Any: whatever click's group takes
        super().__init__(*args, **kwargs)
        self._lazy_commands = lazy_commands

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of that name, importing its module; None if there is none."""
        if cmd_name in self._lazy_commands and cmd_name not in self.commands:
            module = import_module(f"doge_datagen.cli.{cmd_name}")
            self.add_command(getattr(module, f"{cmd_name}_command"))
        return super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as click calls it
        """List the commands and what they do, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self._lazy_commands.items()))

    def invoke(self, ctx: click.Context) -> object:
        """Run the command, and turn exceptions into error lines and exit codes."""
        accept_all_characters()
        try:
            with warnings_as_lines():
                return super().invoke(ctx)
        except click.UsageError as error:
            fail(_as_line(error), 2)
        except DogeError as error:
            if isinstance(error.__cause__, BrokenPipeError):
                sys.exit(1)  # whoever read our output has left, so there is nobody to tell
            fail(error, 2 if isinstance(error, USER_ERRORS) else 1, self._options(ctx))
        except KeyboardInterrupt as error:
            fail("; ".join(["interrupted", *map(str, error.args)]), 1)
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise  # click exits quietly
            fail(error, 1)
        except UnicodeError as error:
            fail(error, 1)
        except MemoryError as error:
            fail(f"out of memory. Hint: give fewer subjects or shorter records ({error or 'nothing is left'})", 1)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments; without any, click shows the help."""
        if not args:
            return super().parse_args(ctx, args)
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            fail(_as_line(error), 2)

    def _options(self, ctx: click.Context) -> dict[str | None, str]:
        """The invoked command's options as the user writes them, by parameter name."""
        params = self.commands[ctx.invoked_subcommand].params if ctx.invoked_subcommand else ()
        return {it.name: it.opts[0] for it in params if isinstance(it, click.Option)}

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - as click calls it
        """List the commands in the order of the help, not alphabetically."""
        return list(self._lazy_commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or suggest the nearest one.

        Raises:
            click.UsageError: there is no command of that name.
        """
        names = self.list_commands(ctx)
        if args and not args[0].startswith("-") and args[0] not in names:
            problem = f"there is no command {args[0]!r}. Hint: {did_you_mean(args[0], names)}"
            raise click.UsageError(problem, ctx)
        return super().resolve_command(ctx, args)


def _as_line(error: click.UsageError) -> str:
    """Word click's message like our other errors: the option, then the problem."""
    if isinstance(error, click.NoSuchOption):
        return _unknown_option(error)
    line = INVALID.sub(r"\g<option>: ", error.format_message())
    line = line.replace("is not a valid integer", "is not an integer")
    return (line if line[1:2].isupper() else f"{line[:1].lower()}{line[1:]}").removesuffix(".")


def _unknown_option(error: click.NoSuchOption) -> str:
    """Name the unknown option, and suggest ours with that meaning or the most similar name."""
    context, name = error.ctx, error.option_name
    known = [] if context is None else [it for param in context.command.params for it in param.opts if it[:2] == "--"]
    meant = [it for it in SYNONYMS.get(name.lstrip("-"), ()) if it in known] or get_close_matches(
        name, known, 1, SIMILARITY
    )
    command = "doge" if context is None else context.command_path
    hint = f"did you mean {' or '.join(meant)}?" if meant else f"see {command} --help"
    return f"{name} is not an option of {command}. Hint: {hint}"


@click.group(cls=Doge, lazy_commands=COMMANDS, context_settings=SETTINGS)
@click.version_option(package_name="doge-datagen", message="doge-datagen %(version)s")
def main() -> None:
    """Data Online Generator: realistic event streams from simulated actors.

    A population of subjects walks a probabilistic state machine, tick by tick. Transitions change the subjects'
    attributes and emit correlated events to Kafka, databases and files. A model file describes the subjects and what
    they do; 'doge run' runs it.

    \b
    To get started:
      doge demo                   see it work
      doge new shop               write a model file to start from
      doge run shop.yaml          run it
    """  # noqa: D301 - the command line's library reads \b
