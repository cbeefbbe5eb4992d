"""``doge schema``: print the JSON Schema of model files, for editors."""

from __future__ import annotations

import json

import click

from doge_datagen.modelfile.json_schema import schema


@click.command(name="schema")
def schema_command() -> None:
    """Print the JSON Schema of model files, which lets an editor complete, explain and check as you type.

    Editors with the YAML language server find it through the first line of a model file:
    '# yaml-language-server: $schema=model.schema.json'.

    \b
    Example:
      doge schema > model.schema.json
    """  # noqa: D301 - the command line's library reads \b
    click.echo(json.dumps(schema(), indent=2, ensure_ascii=False))
