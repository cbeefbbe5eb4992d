"""The command group ``doge`` and its subcommands, in the order in which a new user needs them."""

from __future__ import annotations

import click

from doge_datagen.cli.check import check_command
from doge_datagen.cli.demo import demo_command
from doge_datagen.cli.errors import Doge
from doge_datagen.cli.graph import graph_command
from doge_datagen.cli.new import new_command
from doge_datagen.cli.preview import preview_command
from doge_datagen.cli.run import run_command
from doge_datagen.cli.schema import schema_command

SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100, "show_default": True}
COMMANDS = (
    demo_command,
    new_command,
    check_command,
    preview_command,
    graph_command,
    run_command,
    schema_command,
)


@click.group(cls=Doge, context_settings=SETTINGS)
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


for _command in COMMANDS:
    main.add_command(_command)
