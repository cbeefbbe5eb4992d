"""Write the generated parts of the pages of shipped models: python docs/generate_gallery.py.

Such a part stands between ``<!-- graph -->`` or ``<!-- question.sql -->`` and ``<!-- end -->``: the state machine as
``doge graph`` draws it, or a query with what it finds in the records of a run with seed 1: all rows, or the first ones
if they are many.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from doge_datagen import Model
from doge_datagen.graph import graph_of

FOLDER = Path(__file__).parents[1] / "src" / "doge_datagen" / "gallery"
PAGES = sorted(FOLDER.glob("*/README.md"))
PART = re.compile(r"<!-- (?P<what>graph|\w+\.sql) -->\n.*?<!-- end -->\n", re.DOTALL)
SEED = 1
MANY, FIRST = 12, 4
"""More rows than this are many, of which so many are shown."""


def page(path: Path) -> str:
    """The page with its generated parts made anew."""
    return PART.sub(lambda found: part(path.parent, found["what"]), path.read_text(encoding="utf-8"))


def part(folder: Path, what: str) -> str:
    """One generated part, with its marks."""
    if what == "graph":
        text = f"```mermaid\n{graph_of(model(folder.name).spec).mermaid()}```\n"
    else:
        query = (folder / what).read_text(encoding="utf-8")
        text = f"```sql\n{query}```\n\n{table(*answer(folder.name, query))}"
    return f"<!-- {what} -->\n\n{text}\n<!-- end -->\n"


@cache
def model(name: str) -> Model:
    """A shipped model."""
    return Model.load(FOLDER / name / "model.yaml")


@cache
def records(name: str) -> dict[str, Any]:
    """By stream, the records of a run."""
    batches: dict[str, list[pa.RecordBatch]] = {}
    for stream, batch in model(name).batches(seed=SEED, engine="compiled"):
        batches.setdefault(stream, []).append(batch)
    return {stream: pa.Table.from_batches(found) for stream, found in batches.items()}


@cache
def answer(name: str, query: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The names of a query's columns, and its rows."""
    with duckdb.connect() as database:
        for stream, found in records(name).items():
            database.register(stream, found)
        result = database.sql(query)
        return list(result.columns), result.fetchall()


def table(names: list[str], rows: list[tuple[Any, ...]]) -> str:
    """A table in Markdown, and how many more rows there are."""
    shown = rows if len(rows) <= MANY else rows[:FIRST]
    lines = [names, ["---"] * len(names), *shown]
    more = f"\nand {len(rows) - FIRST:,} more.\n" if len(rows) > MANY else ""
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines) + more


if __name__ == "__main__":
    for each in PAGES:
        each.write_text(page(each), encoding="utf-8")
