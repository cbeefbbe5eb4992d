"""``doge new``: write a model file to start from."""

from __future__ import annotations

import re
import shlex
from importlib.resources import files
from pathlib import Path

import click

from doge_datagen.cli.options import FILE

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
ENDINGS = (".yaml", ".yml")
PLACEHOLDER = "__name__"


@click.command(name="new", short_help="Write a small model to start from, with explanations.")
@click.argument("name", type=FILE)
def new_command(name: Path) -> None:
    """Write NAME.yaml, a small runnable model with an explanation of each part.

    It models a café: customers come, order, pay and leave. It writes a CSV and a Parquet file, which require no further
    packages. An existing file is not overwritten.

    \b
    Example:
      doge new shop
      doge run shop.yaml
    """  # noqa: D301 - the command line's library reads \b
    if not name.name:
        raise click.BadParameter("a name is missing. Hint: give one such as shop", param_hint="'NAME'")
    path = name if name.suffix in ENDINGS else name.with_name(f"{name.name}.yaml")
    model = path.name.removesuffix(path.suffix)
    if not NAME.fullmatch(model):
        problem = f"{model!r} is not a name for a model. Hint: give letters, digits, '-' and '_', a letter first"
        raise click.BadParameter(problem, param_hint="'NAME'")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(starter(model))
    except FileExistsError:
        taken = f"{path} already exists. Hint: choose another name, or remove it"
        raise click.BadParameter(taken, param_hint="'NAME'") from None
    shown = shlex.quote(str(path))
    click.echo(f"wrote {path}; try: doge check {shown}, doge preview {shown}, doge run {shown}")


def starter(model: str) -> str:
    """The text of a new model file with this name."""
    text = (files("doge_datagen.cli") / "starter.yaml").read_text(encoding="utf-8")
    return text.replace(PLACEHOLDER, model)
