"""Check the reference tables of a model, before their rows are read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from doge_datagen.errors import ModelError, Problem
from doge_datagen.model.coercion import whole_number
from doge_datagen.model.reference_data import Table
from doge_datagen.model.spec import Spec
from doge_datagen.program.expression_names import wrong_name, wrong_shared_name

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
        yield from _numbers(path, table)
        yield from _columns(spec, path, table)
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


def _numbers(path: Path, table: Table) -> Iterator[Problem]:
    for name, at_least, below in (("count", 1, MOST_ROWS + 1), ("seed", 0, 2**64)):
        value = getattr(table, name)
        try:
            whole_number("", 1 if value is None and name == "count" else value, at_least=at_least, below=below)
        except ModelError as error:
            yield Problem((*path, name), str(error).removeprefix(": "))


def _columns(spec: Spec, path: Path, table: Table) -> Iterator[Problem]:
    if table.count is not None and not table.columns:
        yield Problem(
            (*path, "columns"), "is empty. Hint: give an expression for each column, such as price: uniform(1, 9)"
        )
    for column in table.columns:
        if wrong := wrong_name(column, others=dict.fromkeys(spec.constants, "a constant")):
            yield Problem((*path, "columns", column), wrong)
