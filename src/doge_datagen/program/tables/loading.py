"""Check the reference tables of a model and load them: read or generate their rows, and check their keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from itertools import filterfalse

import pyarrow.compute as pc

from doge_datagen.errors import ModelError, Problem, did_you_mean
from doge_datagen.language.types import INTEGER, STRING, TIMESTAMP
from doge_datagen.model.coercion import whole_number
from doge_datagen.model.reference_data import Table
from doge_datagen.model.spec import Spec
from doge_datagen.program.expression_names import constant_trees, wrong_name, wrong_shared_name
from doge_datagen.program.tables.files import Column, ColumnsError, TableError, columns_of
from doge_datagen.program.tables.generated_table import generated_columns
from doge_datagen.program.tables.reference_table import ReferenceTable
from doge_datagen.program.tables.text_file_lines import shown_rows

Path = tuple[str | int, ...]
MOST_ROWS = 10_000_000


def table_problems(spec: Spec) -> Iterator[Problem]:
    """Everything that is wrong with a model's tables, except for their rows."""
    fed: dict[str, str] = {}
    given: Mapping[str, object] = spec.tables
    for name, table in given.items():
        path = ("tables", name)
        if not isinstance(table, Table):
            yield Problem(path, f"{table!r} is not a Table. Hint: give one")
            continue
        if wrong := wrong_shared_name(spec, "tables", name):
            yield Problem(path, wrong)
        yield from _number_problems(path, table)
        yield from _column_problems(spec, path, table)
        if table.emit is not None and not (isinstance(table.emit, str) and table.emit):
            yield Problem((*path, "emit"), f"{table.emit!r} is not the name of a stream. Hint: give a string")
        elif table.emit in fed:
            problem = f"{table.emit!r} has the rows of table {fed[table.emit]} already. Hint: name another stream"
            yield Problem((*path, "emit"), problem)
        elif table.emit is not None:
            fed[table.emit] = name


def streams_of_tables(spec: Spec) -> frozenset[str]:
    """The streams that get the rows of tables."""
    return frozenset(it.emit for it in spec.tables.values() if isinstance(it, Table) and isinstance(it.emit, str))


def _number_problems(path: Path, table: Table) -> Iterator[Problem]:
    for name, at_least, below in (("count", 1, MOST_ROWS + 1), ("seed", 0, 2**64)):
        value = getattr(table, name)
        try:
            whole_number("", 1 if value is None and name == "count" else value, at_least=at_least, below=below)
        except ModelError as error:
            yield Problem((*path, name), str(error).removeprefix(": "))


def _column_problems(spec: Spec, path: Path, table: Table) -> Iterator[Problem]:
    if table.count is not None and not table.columns and table.file is table.rows is None:
        yield Problem(path, "has no columns. Hint: give an expression for each, such as columns: {price: index + 1}")
    for column in table.columns:
        if wrong := wrong_name(column, others=dict.fromkeys(spec.constants, "a constant")):
            yield Problem((*path, "columns", column), wrong)


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
            # So that expressions that draw from it cause no errors of their own.
            rejected.add(name)
            continue
        if wrong_key := list(_of_key(name, table, read)):
            problems += wrong_key
            rejected.add(name)
            continue
        unnamed = None if _has_fields(spec, table) else next(filterfalse(str.isidentifier, read.columns), None)
        if unnamed is not None:
            problem = f"column {unnamed!r} of the table cannot be a field: its name needs letters, digits and _"
            hint = f"rename it in the table, or give the stream {table.emit!r} fields of its own"
            problems.append(Problem(("tables", name, "emit"), f"{problem}. Hint: {hint}"))
            rejected.add(name)
            continue
        found[name] = read
    return found, problems


def _has_fields(spec: Spec, table: Table) -> bool:
    """Whether the columns of a table need not be fields: it is not emitted, or its stream has its own fields."""
    stream = spec.streams.get(table.emit) if isinstance(table.emit, str) else None
    return table.emit is None or (stream is not None and bool(stream.fields))


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
        first, second = pc.indices_nonzero(pc.equal(values, value)).to_pylist()[:2]
        problem = f"column {table.key!r} has {value!r} in {shown_rows(table.file, first, second)}"
        yield Problem(path, f"{problem}. Hint: a key needs a different value in every row")
