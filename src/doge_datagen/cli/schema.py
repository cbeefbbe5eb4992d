"""``doge schema``: what editors need to help while a model file is written."""

from __future__ import annotations

import json

import click

from doge_datagen.modelfile.json_schema import schema


@click.command(name="schema", short_help="Print the JSON Schema of model files, for editors.")
def schema_command() -> None:
    """Print the JSON Schema of model files, with which an editor completes, explains and checks while you write.

    Editors with the YAML language server take it from the first line of a model file:
    '# yaml-language-server: $schema=model.schema.json'.

    \b
    Example:
      doge schema > model.schema.json
    """  # noqa: D301 - the command line's library reads this sign
    click.echo(json.dumps(schema(), indent=2, ensure_ascii=False))
