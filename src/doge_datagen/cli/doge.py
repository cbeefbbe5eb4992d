"""The command group ``doge`` and its subcommands, in the order in which a new user needs them."""

from __future__ import annotations

import click

from doge_datagen.cli.errors import Doge

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
