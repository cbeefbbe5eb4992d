"""``doge graph``: draw the state machine of a model."""

from __future__ import annotations

from pathlib import Path

import click

from doge_datagen.cli.loading import load_model
from doge_datagen.cli.options import FILE, model, settings
from doge_datagen.errors import ModelError
from doge_datagen.graph import graph_of


@click.command(name="graph")
@model
@click.option(
    "-o",
    "--output",
    type=FILE,
    help="File to write; its suffix determines the format: .mmd, .svg, .png, .pdf, .gv or .dot.",
)
@settings
def graph_command(model: Path, output: Path | None, settings: tuple[str, ...]) -> None:
    """Draw the state machine of MODEL: states, transitions with their probabilities, and the streams they feed.

    Each of several populations is a box, with a dashed arrow to populations that it spawns and a dotted arrow to
    populations that it refers to; in Mermaid text, which has no such arrows, their labels show the difference. A legend
    explains incidents and rhythms, and the label of a transition names the ones that it depends on.

    Without -o it prints Mermaid text, which GitHub and GitLab render in Markdown. .mmd requires nothing else to be
    installed; .gv and .dot require the extra 'graph', and .svg, .png and .pdf also require Graphviz.

    \b
    Examples:
      doge graph shop.yaml
      doge graph shop.yaml -o shop.svg
    """  # noqa: D301 - the command line's library reads \b
    grapher = graph_of(load_model(model, settings).program.spec)
    if output is None:
        click.echo(grapher.mermaid(), nl=False)
        return
    try:
        click.echo(str(grapher.render(output)))
    except OSError as error:
        problem = f"{output} cannot be written: {error.strerror or error}. Hint: name another file"
        raise click.BadParameter(problem, param_hint="'-o'") from None
    except ModelError as error:
        raise click.BadParameter(error.problem, param_hint="'-o'") from None
