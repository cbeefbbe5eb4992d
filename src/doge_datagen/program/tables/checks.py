"""Check the reference tables of a model, before their rows are read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from keyword import iskeyword

from doge_datagen.errors import ModelError, Problem
from doge_datagen.language.calls import FUNCTIONS
from doge_datagen.language.scope import WORDS
from doge_datagen.model.coercion import whole_number
from doge_datagen.model.spec import Spec
from doge_datagen.model.table import Table

Path = tuple[str | int, ...]
TAKEN = frozenset([*WORDS, *FUNCTIONS])
MOST_ROWS = 10_000_000


def table_problems(spec: Spec) -> Iterator[Problem]:
    """Everything that is wrong with a model's tables, except for their rows."""
    others = {population.name: "a population" for population in spec.populations}
    others |= {name: "an attribute" for population in spec.populations for name in population.attributes}
    fed: dict[str, str] = {}
    given: Mapping[str, object] = spec.tables
    for name, table in given.items():
        path = ("tables", name)
        if not isinstance(table, Table):
            yield Problem(path, f"{table!r} is not a Table. Hint: give one")
            continue
        yield from _name(path, name, others)
        yield from _numbers(path, table)
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


def _name(path: Path, name: object, others: Mapping[str, str]) -> Iterator[Problem]:
    if not isinstance(name, str) or not name.isidentifier() or iskeyword(name):
        yield Problem(path, f"{name!r} cannot be a name in expressions. Hint: use letters, digits and _")
    elif name in TAKEN:
        yield Problem(path, f"{name!r} already has a meaning in expressions. Hint: rename the table")
    elif name in others:
        yield Problem(path, f"{name!r} is the name of {others[name]}, too. Hint: rename one of the two")


def _numbers(path: Path, table: Table) -> Iterator[Problem]:
    for name, at_least, below in (("count", 1, MOST_ROWS + 1), ("seed", 0, 2**64)):
        value = getattr(table, name)
        try:
            whole_number("", 1 if value is None and name == "count" else value, at_least=at_least, below=below)
        except ModelError as error:
            yield Problem((*path, name), str(error).removeprefix(": "))
    if table.count is not None and not table.columns:
        yield Problem(
            (*path, "columns"), "is empty. Hint: give an expression for each column, such as price: uniform(1, 9)"
        )
    for column in table.columns:
        if not isinstance(column, str) or not column.isidentifier() or iskeyword(column) or column in TAKEN:
            problem = f"{column!r} cannot be a name in expressions. Hint: use letters, digits and _"
            yield Problem((*path, "columns", column), problem)
