"""The page about the command line agrees with the command."""

import runpy

import click

from doge_datagen.cli import main
from tests.docs.pages import ROOT


def test_the_page_equals_the_commands_help():
    generator = runpy.run_path(str(ROOT / "docs" / "generate_command_line.py"))
    assert generator["PAGE"].read_text() == generator["page"](), "run: python docs/generate_command_line.py"


def test_every_command_and_option_is_on_the_page():
    page = (ROOT / "docs" / "reference" / "command-line.md").read_text()
    context = click.Context(main)
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        assert f"## doge {name}\n" in page
        for it in command.params:
            spellings = it.opts if isinstance(it, click.Option) else [it.human_readable_name]
            assert [spelling for spelling in spellings if spelling not in page] == []
