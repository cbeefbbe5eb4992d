"""``doge new``: write a model file to start from."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click

from doge_datagen.cli.options import FILE
from doge_datagen.errors import did_you_mean
from doge_datagen.gallery.shipped import Shipped, shipped

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
ENDINGS = (".yaml", ".yml")
DEFAULT = "cafe"


class ShippedModel(click.ParamType[Shipped]):
    """The name of a model that the package ships."""

    name = "model"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Shipped:
        """Find the model.

        Raises:
            click.BadParameter: there is no such model.
        """
        if isinstance(value, Shipped):
            return value
        found = shipped().get(str(value))
        if found is None:
            self.fail(f"there is no model {value!r}. Hint: {did_you_mean(str(value), shipped())}", param, ctx)
        return found


def _listed(context: click.Context, _: click.Parameter, asked: bool) -> None:  # noqa: FBT001 - as click calls it
    """Print the models, and end."""
    if asked:
        width = max(map(len, shipped()))
        for name, model in shipped().items():
            click.echo(f"{name:{width}}  {model.summary}")
        context.exit()


@click.command(name="new")
@click.argument("name", type=FILE)
@click.option("--from", "model", type=ShippedModel(), default=DEFAULT, help="Model to copy; see --list.")
@click.option("--list", is_flag=True, is_eager=True, expose_value=False, callback=_listed, help="List the models.")
def new_command(name: Path, model: Shipped) -> None:
    """Write NAME.yaml, a runnable model with an explanation of each part.

    By default it models a café: customers come, order, pay and leave. It writes a CSV and a Parquet file, which require
    no further packages. --from copies another of the models that come with the package, such as a music site or a
    funnel. An existing file is not overwritten.

    \b
    Examples:
      doge new shop
      doge run shop.yaml
      doge new --list
      doge new site --from sessions
    """  # noqa: D301 - the command line's library reads \b
    if not name.name:
        raise click.BadParameter("a name is missing. Hint: give one such as shop", param_hint="'NAME'")
    path = name if name.suffix in ENDINGS else name.with_name(f"{name.name}.yaml")
    called = path.name.removesuffix(path.suffix)
    if not NAME.fullmatch(called):
        problem = f"{called!r} is not a name for a model. Hint: give letters, digits, '-' and '_', a letter first"
        raise click.BadParameter(problem, param_hint="'NAME'")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(model.renamed(called))
    except FileExistsError:
        taken = f"{path} already exists. Hint: choose another name, or remove it"
        raise click.BadParameter(taken, param_hint="'NAME'") from None
    shown = shlex.quote(str(path))
    click.echo(f"wrote {path}; try: doge check {shown}, doge preview {shown}, doge run {shown}")
