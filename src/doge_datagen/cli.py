"""The command ``doge``."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NoReturn

import click
from rich.console import Console

from doge_datagen.errors import DogeError, MissingDriverError, MissingProgramError, ModelError, UnknownTargetError

SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100, "show_default": True}
USERS_MISTAKES = (ModelError, MissingDriverError, MissingProgramError, UnknownTargetError)
SUBJECTS = click.IntRange(1, 10_000_000)
TICKS = click.IntRange(1)
SEEDS = click.IntRange(0, 2**64 - 1)
FOLDER = click.Path(file_okay=False, path_type=Path)


class Doge(click.Group):
    """Tells errors in a line: exit code 2 where the user can mend it, 1 where the run failed, and no traceback."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except DogeError as error:
            _fail(error, 2 if isinstance(error, USERS_MISTAKES) else 1)
        except KeyboardInterrupt:
            _fail("interrupted; what was accepted until then is delivered", 1)
        except OSError as error:
            _fail(error, 1)


def _fail(error: Exception | str, code: int) -> NoReturn:
    if os.environ.get("DOGE_TRACEBACK") and isinstance(error, Exception):
        raise error
    click.echo(f"error: {error}", err=True)
    for note in getattr(error, "__notes__", ()):
        click.echo(f"  {note}", err=True)
    sys.exit(code)


@click.group(cls=Doge, context_settings=SETTINGS)
@click.version_option(package_name="doge-datagen", message="doge-datagen %(version)s")
def main() -> None:
    """Data Online Generator: event streams the way real actors would cause them.

    A population of subjects walks a probabilistic state machine, tick by tick; transitions change the subjects'
    attributes and emit correlated events to Kafka, databases and files.

    Begin with: doge demo
    """


@main.command(name="demo")
@click.option("--subjects", type=SUBJECTS, default=1000, help="Users of the bank.")
@click.option("--ticks", type=TICKS, default=1000, help="Minutes to simulate.")
@click.option("--seed", type=SEEDS, default=2022, help="The same seed gives the same bytes.")
@click.option("--output", type=FOLDER, default="doge-demo", help="Folder for files; an earlier demo's are replaced.")
@click.option("--kafka", metavar="HOST:PORT", help="Write the streams to Kafka instead of files.")
@click.option("--schema-registry", metavar="URL", help="Schema registry for the streams in Kafka.")
@click.option("--database", metavar="URL", help="Write the tables to this database instead of SQLite.")
def demo_command(
    subjects: int,
    ticks: int,
    seed: int,
    output: Path,
    kafka: str | None,
    schema_registry: str | None,
    database: str | None,
) -> None:
    """Run a bank's users, and ask who thought of a loan but did not take it.

    Users of a banking application earn, spend, log in, look at the loan screen and sometimes take the loan. Two
    streams (clickstream, trx) and two tables (balance, loan) come out: as JSON Lines files and a SQLite file, or in
    Kafka and in a database. Topics and tables are made where they are missing.

    \b
    Examples:
      doge demo
      doge demo --subjects 10000 --ticks 1440 --seed 7 --output bank
      doge demo --kafka localhost:9092 --schema-registry http://localhost:8081
      doge demo --database postgresql://user:password@localhost/bank
    """  # noqa: D301 - the command line's library reads this sign
    from doge_datagen.demo.banking import Size  # noqa: PLC0415 - 'doge --help' should not wait for it
    from doge_datagen.demo.demo import Servers, demo  # noqa: PLC0415

    if (kafka is None) != (schema_registry is None):
        raise click.UsageError("--kafka and --schema-registry go together: the streams in Kafka are Avro")
    demo(Size(subjects, ticks, seed), output, Servers(kafka, schema_registry, database), Console(highlight=False))
