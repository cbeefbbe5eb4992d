"""The data that expressions refer to: constants by name, and reference tables, from which subjects draw rows."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike, fspath
from typing import Any

from doge_datagen.errors import ModelError
from doge_datagen.model.coercion import plain, plain_whole

Scalar = str | float | bool
Constant = Scalar | tuple[Scalar, ...]
"""A number, a boolean, a string, which is a duration if it reads as one, such as ``30 min``, or several of them."""
OPERATIONS: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def constants_of(given: Any) -> dict[str, Constant]:
    """The constants as plain values, with lists as tuples.

    Raises:
        ModelError: they are not a mapping.

    >>> constants_of({'share': 0.2, 'channels': ['web', 'app']})
    {'share': 0.2, 'channels': ('web', 'app')}
    """
    if not isinstance(given, Mapping):
        raise ModelError("constants", f"{given!r} is not a mapping. Hint: give a dict")
    return {name: tuple(map(plain, it)) if isinstance(it, list | tuple) else plain(it) for name, it in given.items()}


def number_of(expression: object, constants: Mapping[str, Constant]) -> float | None:
    """The value of an expression that has only numbers, constants, ``+``, ``-``, ``*``, ``/`` and parentheses.

    None for any other expression.

    >>> number_of('100 * share / 2', {'share': 0.2}), number_of('balance', {})
    (10.0, None)
    """
    if not isinstance(expression, str):
        return float(expression) if _is_number(expression) else None  # type: ignore[arg-type]  # it is one
    try:
        return _value(ast.parse(expression.strip(), mode="eval").body, constants)
    except (SyntaxError, ValueError, ArithmeticError, RecursionError, MemoryError):
        return None


def _value(node: ast.expr, constants: Mapping[str, Constant]) -> float:
    match node:
        case ast.Constant(value=bool() | str()):
            pass
        case ast.Constant(value=int() | float() as number):
            return number
        case ast.Name(id=name) if _is_number(constants.get(name)):
            return constants[name]  # type: ignore[return-value]  # it is a number
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, constants)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATIONS:
            value: float = OPERATIONS[type(op)](_value(left, constants), _value(right, constants))
            return value
    raise ValueError(node)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@dataclass(frozen=True, slots=True)
class Table:
    """A reference table, such as a catalogue, a price list or segments: from a file, given, or generated.

    Attributes:
        file: the path of a CSV, JSON Lines, Parquet or Arrow file, by its suffix.
        rows: a list of dictionaries, or anything that gives an Arrow table, such as a ``pyarrow.Table`` or a data
            frame.
        count: how many rows to generate, from ``columns``. A table has one of file, rows and count.
        columns: for each column of generated rows an expression, which may use ``index``, draws, the columns before it
            and the tables before this one.
        seed: what the draws of generated rows depend on, besides names; the seed of a run does not matter.
        key: the column by which rows are looked up, whose values are all different; None if they are not looked up.
        types: types of columns that are not what they look like, such as ``{'sku': 'string'}``.
        emit: the stream that gets each row as a record at the start of the run; None if no stream does.

    >>> Table(rows=[{'name': 'casual', 'share': 80}, {'name': 'loyal', 'share': 20}], key='name').key
    'name'
    """

    file: str | PathLike[str] | None = None
    rows: Any = None  # Any: whatever Arrow can read
    count: int | None = None
    columns: Mapping[str, str | float | bool] = field(default_factory=dict)
    seed: int = 0
    key: str | None = None
    types: Mapping[str, str] = field(default_factory=dict)
    emit: str | None = None

    def __post_init__(self) -> None:
        for name in ("columns", "types"):
            if not isinstance(getattr(self, name), Mapping):
                raise ModelError(name, f"{getattr(self, name)!r} is not a mapping. Hint: give a dict")
        object.__setattr__(self, "count", plain_whole(self.count))
        if self.file is not None:
            object.__setattr__(self, "file", fspath(self.file))
        if isinstance(self.rows, Sequence) and not isinstance(self.rows, str):
            object.__setattr__(self, "rows", tuple(self.rows))
