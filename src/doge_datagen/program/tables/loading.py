"""Load the reference tables of a model: read or generate their rows, and check their keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set

import pyarrow.compute as pc

from doge_datagen.errors import Problem, did_you_mean
from doge_datagen.language.types import INTEGER, STRING, TIMESTAMP
from doge_datagen.model.reference_data import Table
from doge_datagen.model.spec import Spec
from doge_datagen.program.constant_checks import constant_trees
from doge_datagen.program.tables.files import Column, ColumnsError, TableError, columns_of
from doge_datagen.program.tables.generated_table import generated_columns
from doge_datagen.program.tables.reference_table import ReferenceTable


def reference_tables(spec: Spec) -> tuple[dict[str, ReferenceTable], list[Problem]]:
    """Read the tables of a model, and find what is wrong with them."""
    found: dict[str, ReferenceTable] = {}
    rejected: set[str] = set()
    problems: list[Problem] = []
    for name, table in spec.tables.items():
        try:
            read = ReferenceTable(name, table.key, _columns(name, table, found, rejected, spec), table.emit)
        except (TableError, ColumnsError) as wrong:
            errors = wrong.errors if isinstance(wrong, ColumnsError) else [wrong]
            problems += (Problem(("tables", name, *it.path), str(it), it.line, it.column) for it in errors)
            rejected.add(name)
            continue
        problems += _of_key(name, table, read)
        found[name] = read
    return found, problems


def _columns(
    name: str, table: Table, before: Mapping[str, ReferenceTable], rejected: Set[str], spec: Spec
) -> Mapping[str, Column]:
    given = {part: getattr(table, part) for part in ("file", "rows", "count")}
    if sum(it is not None for it in given.values()) != 1:
        raise TableError("rows", "a table has either a file, rows or a count. Hint: give one of them")
    if table.count is None and table.columns:
        raise TableError("columns", "columns are for generated rows. Hint: give count, or remove them")
    if table.count is None:
        return columns_of(table)
    return generated_columns(name, table, before, rejected, constant_trees(spec))


def _of_key(name: str, table: Table, read: ReferenceTable) -> Iterator[Problem]:
    path = ("tables", name, "key")
    if table.key is None:
        return
    if table.key not in read.columns:
        yield Problem(path, f"{table.key!r} is not a column. Hint: {did_you_mean(table.key, list(read.columns))}")
        return
    kind, values = read.columns[table.key]
    if kind not in (STRING, INTEGER, TIMESTAMP):
        yield Problem(path, f"column {table.key!r} has {kind}s. Hint: a key is a column of strings or integers")
        return
    counts = values.value_counts()
    twice = counts.filter(pc.greater(counts.field("counts"), 1))
    if len(twice):
        value = twice.field("values")[0].as_py()
        rows = [it + 1 for it in pc.indices_nonzero(pc.equal(values, value)).to_pylist()[:2]]
        problem = f"column {table.key!r} has {value!r} in rows {rows[0]} and {rows[1]}"
        yield Problem(path, f"{problem}. Hint: a key needs a different value in every row")
