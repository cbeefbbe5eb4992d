"""Generate docs/reference/command-line.md from what ``doge --help`` says: python docs/generate_command_line.py."""

from collections.abc import Iterator
from pathlib import Path

import click

from doge_datagen.cli import main

PAGE = Path(__file__).parent / "reference" / "command-line.md"
WIDTH = 100
HEAD = """\
# Command line

What `doge --help` says. This page is written by `python docs/generate_command_line.py`.

Exit codes: 0 all is well, 1 the run failed, 2 the command is not what it should be and you can mend it. An error is one
line; with `DOGE_TRACEBACK=1` in the environment it comes with its traceback.
"""


def page() -> str:
    """The whole page."""
    return HEAD + "".join(f"\n## {name}\n\n```\n{told}\n```\n" for name, told in helps(main, "doge"))


def helps(command: click.Command, name: str, parent: click.Context | None = None) -> Iterator[tuple[str, str]]:
    """The help of a command, then of those below it."""
    settings = {**command.context_settings, "terminal_width": WIDTH, "max_content_width": WIDTH}
    context = click.Context(command, info_name=name, parent=parent, **settings)
    yield context.command_path, command.get_help(context)
    if isinstance(command, click.Group):
        for below in command.list_commands(context):
            yield from helps(command.commands[below], below, context)


if __name__ == "__main__":
    PAGE.write_text(page())
