"""``doge new``: a model file to start from."""

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


@click.command(name="new", short_help="Write a small model that runs, each part explained.")
@click.argument("name", type=FILE)
def new_command(name: Path) -> None:
    """Write NAME.yaml, a small model with an explanation of each part, that runs as it is.

    It tells of a café: customers come, order, pay and leave. It writes a CSV and a Parquet file, which need nothing
    more to be installed. A file that is there is left alone.

    \b
    Example:
      doge new shop
      doge run shop.yaml
    """  # noqa: D301 - the command line's library reads this sign
    if not name.name:
        raise click.BadParameter("a name is missing; give one such as shop", param_hint="'NAME'")
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
        taken = f"{path} is there already. Hint: choose another name, or remove it"
        raise click.BadParameter(taken, param_hint="'NAME'") from None
    shown = shlex.quote(str(path))
    click.echo(f"{path} is written; try: doge check {shown}, doge preview {shown}, doge run {shown}")


def starter(model: str) -> str:
    """The text of a new model file."""
    text = (files("doge_datagen.cli") / "starter.yaml").read_text(encoding="utf-8")
    return text.replace(PLACEHOLDER, model)
