"""Translate what expressions do with reference tables: draw rows, look rows up, and read columns of rows."""

from __future__ import annotations

import ast
from collections.abc import Set
from dataclasses import dataclass

from doge_datagen.errors import did_you_mean
from doge_datagen.language.choices import drawn_from
from doge_datagen.language.errors import ExpressionError
from doge_datagen.language.lookup_data import Part, Table, TableArray, number_of_array
from doge_datagen.language.operators import as_integer, source
from doge_datagen.language.parameters import Translator
from doge_datagen.language.scope import INDEX
from doge_datagen.language.subject_references import Selection, Subjects, selection, text_of, value_of
from doge_datagen.language.texts import Columns, Text
from doge_datagen.language.types import BOOLEAN, FLOAT, INTEGER, ROW_OF, ROWS_OF, STRING, Typed, a
from doge_datagen.number_format import counted

PICK, PICKS = "pick", "picks"
ROW_DRAWS = {
    "draw_row": ("count",),
    "draw_weighted_row": ("slots",),
    "draw_row_of_group": ("order", "begins", "group"),
    "draw_weighted_row_of_group": ("order", "begins", "slots", "group"),
}
"""The functions that code calls to draw a row, with their parameters."""
SUBJECT_DRAWS = {
    "draw_arrived": ("moments", "now", "initially", "most", "span"),
    "draw_other_arrived": ("rows", "moments", "now", "initially", "most", "span"),
}
"""Those that draw a subject which has arrived; the second has the rows that it must not be."""
ANOTHER = "another_"
"""What their names begin with if the row must differ from others, which are the first parameter."""
MOST_PICKS = 8
LARGEST_EXPONENT = 700


@dataclass(frozen=True, slots=True)
class _Draw:
    """How rows of a table are drawn.

    Attributes:
        table: the table.
        weight: the column of weights, if there is one.
        zipf: the exponent of Zipf's law, if it gives the weights.
        group: the column by which the rows are grouped.
        value: the value of that column.
        subjects: which subjects of a population are selected; None for a table.
    """

    table: Table
    weight: str | None = None
    zipf: float | None = None
    group: str | None = None
    value: tuple[ast.expr, Typed] | None = None
    subjects: Selection | None = None

    @property
    def other(self) -> bool:
        """Whether the subject itself is left out."""
        return self.subjects is not None and self.subjects.other

    def array(self, part: Part) -> TableArray:
        weight, zipf = (self.weight or "", self.zipf or 0.0) if part is Part.SLOTS else ("", 0.0)
        return TableArray(part, self.table.name, self.group or "", weight, zipf)


def pick(node: ast.Call, name: str, within: Translator) -> Typed:
    """Translate a draw of a row from a table, or from several rows that an attribute has.

    Raises:
        ExpressionError: its parameters are not those of such a draw.
    """
    if not node.args:
        raise ExpressionError(node, f"{name} requires a table. Hint: write {name}({_example(within)})")
    # Rows of the subject first: an attribute hides a table of the same name.
    several = within.rows(node.args[0])
    if several is not None:
        return _one_of(node, several, within)
    if len(node.args) > 1:
        raise ExpressionError(node, f"{name} takes one table. Hint: give the others by name, such as weight='share'")
    drawn = _drawn(node, within)
    function, parameters = _different(drawn, within, ())
    return Typed(within.draw(node, function, parameters), ROW_OF + drawn.table.name)


def picks(node: ast.Call, within: Translator, earlier: tuple[str, ...] = ()) -> Typed:
    """Translate the draw of one of several different rows.

    Args:
        node: the call of ``picks``.
        within: the translator.
        earlier: the code of the rows that were drawn before.

    Raises:
        ExpressionError: its parameters are not those of such a draw.
    """
    drawn, wanted = _drawn(node, within), number_of_picks(node)
    # The smallest group decides, since which one is drawn from is known only in the run.
    fewest = drawn.table.fewest(drawn.weight, drawn.group) - drawn.other
    if fewest < wanted:
        where = f"some {drawn.group} in {drawn.table.name} has" if drawn.group else f"{drawn.table.name} has"
        raise ExpressionError(node, f"{where} {counted(fewest, 'row')} to draw from, not {wanted}. Hint: draw fewer")
    function, parameters = _different(drawn, within, earlier)
    return Typed(within.draw(node, function, parameters), ROW_OF + drawn.table.name)


def number_of_picks(node: ast.Call) -> int:
    """How many rows ``picks`` draws.

    Raises:
        ExpressionError: that is not a number from 1 to ``MOST_PICKS``.
    """
    given = node.args[1] if len(node.args) == 2 else None
    value = given.value if isinstance(given, ast.Constant) else None
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_PICKS:
        hint = f"write picks(products, 3), with a number from 1 to {MOST_PICKS}"
        raise ExpressionError(given or node, f"picks requires a table and how many rows to draw. Hint: {hint}")
    return value


def lookup(node: ast.Subscript, within: Translator) -> Typed | None:
    """Translate ``products[sku]``, the row with a key, or ``favourites[0]``; None if it is neither.

    Raises:
        ExpressionError: the table has no key, or not this one.
    """
    several = within.rows(node.value)
    if several is not None:
        return _numbered(node, several)
    if not isinstance(node.value, ast.Name) or within.hides(node.value.id) or node.value.id not in within.tables:
        within.follow_up(node.value)
        return None
    table = within.tables[node.value.id]
    if isinstance(table, Subjects):
        raise ExpressionError(node, f"{table.name} is a population, not a table. Hint: write pick({table.name})")
    if table.key is None:
        raise ExpressionError(node, f"table {table.name} has no key. Hint: give it one, such as key: sku")
    group = _group(node, table, table.key, (node.slice, within.scalar(node.slice)), within)
    order = within.array(TableArray(Part.ORDER, table.name, table.key))
    return Typed(f"row_with(fault, {order}, {group})", ROW_OF + table.name)


def column_of(node: ast.Attribute, within: Translator) -> Typed | None:
    """Translate ``product.price``, a column of a row; None if what stands before the dot is not a row.

    Raises:
        ExpressionError: the table has no such column.
    """
    if isinstance(node.value, ast.Name) and node.value.id in within.tables and not within.hides(node.value.id):
        problem = f"{node.value.id} is a table, not a row of it"
        raise ExpressionError(node, f"{problem}. Hint: draw one by pick({node.value.id})")
    row = within.row(node.value)
    if row is None:
        return None
    table = within.tables[row.kind.removeprefix(ROW_OF)]
    kind = table.kinds.get(node.attr)
    if isinstance(table, Subjects):
        return value_of(node, table, row)
    if kind is None:
        hint = did_you_mean(node.attr, list(table.kinds))
        raise ExpressionError(node, f"{node.attr!r} is not a column of {table.name}. Hint: {hint}")
    values = table.texts(node.attr) if kind == STRING else frozenset()
    return Typed(f"{within.array(TableArray(Part.COLUMN, table.name, node.attr))}[{row.code}]", kind, values)


def text_of_subject(node: ast.Attribute, within: Translator, columns: Columns) -> Text | None:
    """Translate a string of a subject that is composed when it is shown; None for everything else.

    Raises:
        ExpressionError: there is no such attribute.
    """
    row = within.row(node.value)
    table = None if row is None else within.tables[row.kind.removeprefix(ROW_OF)]
    return text_of(node, table, row, columns) if row is not None and isinstance(table, Subjects) else None


def no_row(node: ast.expr, value: Typed) -> None:
    """Refuse a row where a value is shown.

    Raises:
        ExpressionError: it is a row.
    """
    if value.kind.startswith(ROW_OF):
        table = value.kind.removeprefix(ROW_OF)
        raise ExpressionError(node, f"{source(node)} is a row of {table}. Hint: show one of its columns, by a dot")


def draws_arrived(code: str) -> bool:
    """Whether some code draws a subject that has arrived, of whom there may be none."""
    return any(f"{name}(" in code for name in SUBJECT_DRAWS)


def _example(within: Translator) -> str:
    return next(iter(within.tables), "products")


def _table(node: ast.expr, within: Translator) -> Table:
    name = node.id if isinstance(node, ast.Name) else None
    if name is None or name not in within.tables:
        within.follow_up(node)
        known: Set[str] = within.tables.keys()
        hint = did_you_mean(name or "", known) if known else "define it in tables, at the top of the model"
        raise ExpressionError(node, f"{source(node)} is not a table. Hint: {hint}")
    return within.tables[name]


def _drawn(node: ast.Call, within: Translator) -> _Draw:
    """How a call draws from a table."""
    table = _table(node.args[0], within)
    if isinstance(table, Subjects):
        return _Draw(table, subjects=selection(node, table, within))
    given = {str(it.arg): it.value for it in node.keywords}
    weight, zipf = given.pop("weight", None), given.pop("zipf", None)
    if len(given) > 1:
        problem = f"{source(node)} selects by {' and '.join(given)}"
        raise ExpressionError(node, f"{problem}. Hint: select by one column; add one to the table that combines both")
    if weight is not None and zipf is not None:
        raise ExpressionError(node, f"{source(node)} has both weight and zipf. Hint: remove one")
    group = next(iter(given), None)
    if group is not None and group not in table.kinds:
        hint = did_you_mean(group, [*table.kinds, "weight", "zipf"])
        # Otherwise it lists what is known, where options are not columns.
        hint = hint if hint.endswith("?") else f"{did_you_mean(group, table.kinds)}; or give weight= or zipf="
        raise ExpressionError(node, f"{group!r} is not a column of {table.name}. Hint: {hint}")
    value = None if group is None else (given[group], within.scalar(given[group]))
    by = None if weight is None else _weight(weight, table, group)
    return _Draw(table, by, None if zipf is None else _exponent(zipf), group, value)


def _weight(node: ast.expr, table: Table, group: str | None) -> str:
    name = node.value if isinstance(node, ast.Constant) else node.id if isinstance(node, ast.Name) else None
    if not isinstance(name, str) or name not in table.kinds:
        hint = did_you_mean(str(name), list(table.kinds))
        raise ExpressionError(node, f"{source(node)} is not a column of {table.name}. Hint: {hint}")
    problem = table.weight_problem(name, group)
    if problem:
        raise ExpressionError(node, problem)
    return name


def _exponent(node: ast.expr) -> float:
    value = node.value if isinstance(node, ast.Constant) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LARGEST_EXPONENT:
        hint = f"write a number from 0 to {LARGEST_EXPONENT}, such as zipf=1.1"
        raise ExpressionError(node, f"{source(node)} is not an exponent of Zipf's law. Hint: {hint}")
    return float(value)


def _different(drawn: _Draw, within: Translator, earlier: tuple[str, ...]) -> tuple[str, list[str]]:
    """The function that draws another row than those before, and than the subject itself if it is left out."""
    function, parameters = _function(drawn, within)
    # The subject itself is one more row that must not be drawn, so both exclusions are one.
    others = (*([INDEX.code] if drawn.other else []), *earlier)
    if not others:
        return function, parameters
    name = "draw_other_arrived" if function == "draw_arrived" else ANOTHER + function
    # A tuple, which Numba compiles to a fixed number of comparisons.
    return name, [f"({', '.join(others)},)", *parameters]


def _function(drawn: _Draw, within: Translator) -> tuple[str, list[str]]:
    """The function that makes a draw, with its parameters."""
    match drawn.table, drawn.subjects:
        case Subjects(moments=moments) as among, Selection() as whom if moments is not None:
            return "draw_arrived", [moments(), among.since_start, str(among.count), whom.most, whom.span]
    weighted = drawn.weight is not None or drawn.zipf is not None
    parameters = [within.array(drawn.array(Part.SLOTS))] if weighted else []
    if drawn.group is None or drawn.value is None:
        return ("draw_weighted_row", parameters) if weighted else ("draw_row", [str(drawn.table.count)])
    order, begins = (within.array(drawn.array(part)) for part in (Part.ORDER, Part.BEGINS))
    group = _group(drawn.value[0], drawn.table, drawn.group, drawn.value, within)
    name = "draw_weighted_row_of_group" if weighted else "draw_row_of_group"
    return name, [order, begins, *parameters, group]


def _group(node: ast.AST, table: Table, column: str, value: tuple[ast.expr, Typed], within: Translator) -> str:
    """The code of the group of rows that have a value in a column; it is below 0 if there are none."""
    kind, (given, found) = table.kinds[column], value
    if kind == FLOAT:
        raise ExpressionError(node, f"{column!r} has floats, which are not compared. Hint: use a column of integers")
    if found.kind != kind and (kind != INTEGER or found.kind not in (BOOLEAN, FLOAT)):
        convert_hint = f"{source(given)} is {a(found.kind)}, and {column!r} of {table.name} has {kind}s"
        raise ExpressionError(given, f"{convert_hint}. Hint: give {a(kind)}")
    # Known now, so it is an error of the model; other values are looked up in the run, where they are a fault.
    if found.constant is not None and not table.has(column, found.constant):
        problem = f"{found.constant!r} is not in column {column!r} of {table.name}"
        raise ExpressionError(given, f"{problem}. Hint: {table.near(column, found.constant)}")
    if kind == STRING:
        groups = within.array(TableArray(Part.GROUPS_OF_TEXTS, table.name, column))
        return f"group_of_text(fault, {groups}, {found.code}, {number_of_array(groups)})"
    # Groups are numbers: Numba compares them with nothing else.
    code = f"int({found.code})" if kind == BOOLEAN else found.code
    code = as_integer(given, found) if kind == INTEGER else code
    values = within.array(TableArray(Part.VALUES, table.name, column))
    return f"group_of_value(fault, {values}, {code}, {number_of_array(values)})"


def _one_of(node: ast.Call, several: Typed, within: Translator) -> Typed:
    """One of several rows, such as a favourite."""
    others = [it.arg for it in node.keywords if it.arg != "weights"]
    if len(node.args) > 1 or others:
        problem = f"{source(node.args[0])} has {len(several.parts)} rows; pick takes weights= beside it"
        raise ExpressionError(node, f"{problem}. Hint: write pick({source(node.args[0])}, weights=[...])")
    weights = next((it.value for it in node.keywords), None)
    return drawn_from(node, list(several.parts), weights, within)


def _numbered(node: ast.Subscript, several: Typed) -> Typed:
    number = node.slice.value if isinstance(node.slice, ast.Constant) else None
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < len(several.parts):
        problem = f"{source(node.slice)} is not one of its {len(several.parts)} rows"
        raise ExpressionError(node, f"{problem}. Hint: write a number from 0 to {len(several.parts) - 1}")
    return several.parts[number]


def rows_of(parts: tuple[Typed, ...]) -> Typed:
    """Several rows of a table, as an attribute has them."""
    return Typed("", ROWS_OF + parts[0].kind.removeprefix(ROW_OF), parts=parts)
