"""How commands report errors and warnings: one line each on standard error in any encoding, and an exit code."""

from __future__ import annotations

import errno
import io
import logging
import os
import re
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from difflib import get_close_matches
from importlib import import_module
from types import MappingProxyType
from typing import Any, NoReturn

import click

from doge_datagen.errors import (
    DogeError,
    InvalidModelError,
    MissingDriverError,
    MissingProgramError,
    ModelError,
    UnknownTargetError,
    did_you_mean,
)
from doge_datagen.safe_text import safe

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
USER_ERRORS = (ModelError, MissingDriverError, MissingProgramError, UnknownTargetError)


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


def fail(error: Exception | str, code: int, options: Mapping[str | None, str] = MappingProxyType({})) -> NoReturn:
    """Print an error on standard error and exit; with ``DOGE_TRACEBACK`` set, raise it instead.

    Args:
        error: the exception, or a message.
        code: the exit code.
        options: the options as the user writes them, by the parameter name that an error may use as its location.
    """
    if os.environ.get("DOGE_TRACEBACK") and isinstance(error, Exception):
        raise error
    if isinstance(error, InvalidModelError):
        lines = [str(problem) for problem in error.problems]
    else:
        place = error.place if isinstance(error, ModelError) else ""
        lines = [f"{options[place]}{str(error).removeprefix(place)}" if place in options else str(error)]
    for line in lines:
        click.echo(f"error: {safe(line)}", err=True)
    for note in getattr(error, "__notes__", ()):
        click.echo(f"  {safe(note)}", err=True)
    sys.exit(code)


ENCODING_VARIABLE = "PYTHONIOENCODING"


def accept_all_characters() -> None:
    """Write UTF-8 to files and pipes, and escape characters that the encoding of a terminal lacks.

    Records on standard output are JSON, which programs exchange in UTF-8 whatever encoding the terminal uses. An
    encoding chosen with ``PYTHONIOENCODING`` is respected.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            own = stream.isatty() or ENCODING_VARIABLE in os.environ
            stream.reconfigure(encoding=None if own else "utf-8", errors="backslashreplace")


@contextmanager
def warnings_as_lines() -> Iterator[None]:
    """Print the library's log records and Python warnings as ``warning: ...`` on standard error."""
    log, handler = logging.getLogger("doge_datagen"), _Handler(logging.WARNING)
    log.addHandler(handler)
    try:
        with warnings.catch_warnings():
            warnings.showwarning = lambda message, *_: _print_warning(str(message))
            yield
    finally:
        log.removeHandler(handler)


class _Handler(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        """Print one record."""
        _print_warning(record.getMessage())


def _print_warning(warning: str) -> None:
    with suppress(OSError, ValueError, AttributeError):  # standard error is closed or missing
        sys.stderr.write(f"warning: {safe(warning)}\n")
        sys.stderr.flush()
