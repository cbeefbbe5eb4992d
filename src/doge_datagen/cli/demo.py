"""``doge demo``: run the bank example and explain it."""

from __future__ import annotations

from pathlib import Path

import click

from doge_datagen.cli.options import SEEDS, Integers
from doge_datagen.demo.demo import Servers, Size, demo

SUBJECTS = Integers(1, 10_000_000)
TICKS = Integers(1)
FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command(name="demo")
@click.option("--subjects", type=SUBJECTS, default=1000, help="Number of users of the bank.")
@click.option("--ticks", type=TICKS, default=1000, help="Number of minutes to simulate.")
@click.option("--seed", type=SEEDS, default=2022, help="The same seed gives the same bytes.")
@click.option(
    "--output", type=FOLDER, default="doge-demo", help="Folder for files; those of an earlier demo are replaced."
)
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
    """Simulate the users of a bank, and ask who considered a loan but did not take it.

    Users of a banking application earn, spend, log in, look at the loan screen and sometimes take the loan. The result
    is two streams (clickstream, trx) and two tables (balance, loan), as CSV files and a SQLite file, or in Kafka and a
    database. Missing topics and tables are created.

    \b
    Examples:
      doge demo
      doge demo --subjects 10000 --ticks 1440 --seed 7 --output bank
      doge demo --kafka localhost:9092 --schema-registry http://localhost:8081
      doge demo --database postgresql://user:password@localhost/bank
    """  # noqa: D301 - the command line's library reads \b
    if (kafka is None) != (schema_registry is None):
        raise click.UsageError("--kafka and --schema-registry must be given together: the streams in Kafka are Avro")
    demo(Size(subjects, ticks, seed), output, Servers(kafka, schema_registry, database))
