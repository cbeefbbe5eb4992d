"""Translate expressions from Python's syntax tree to the code that both engines run, over numbers only."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from typing import Any

from doge_datagen.errors import did_you_mean
from doge_datagen.language import hints
from doge_datagen.language.arithmetic import arithmetic, may_fault
from doge_datagen.language.calls import FUNCTIONS, call
from doge_datagen.language.choices import SELECTIONS
from doge_datagen.language.errors import ExpressionError, FollowUpError
from doge_datagen.language.lines import DRAWS_OF_A_LINE, LINE_NUMBER, LINES, LineNames, is_of_line, of_line
from doge_datagen.language.lookup_data import ModelData, Table, TableArray
from doge_datagen.language.operators import common, comparison, number, source, truth
from doge_datagen.language.parse import TOO_DEEP
from doge_datagen.language.scope import HIDDEN_WORDS, ID, ORDINAL_WORD, PARENT, POPULATION, Scope
from doge_datagen.language.table_rows import column_of, lookup
from doge_datagen.language.time.calls import CALENDAR
from doge_datagen.language.time.duration_literals import Duration
from doge_datagen.language.time.incident_names import IncidentName, edge, named, under_way
from doge_datagen.language.time.units import UNITS
from doge_datagen.language.types import (
    ANY_TEXT,
    BOOLEAN,
    DURATION,
    FLOAT,
    INTEGER,
    LARGEST,
    ROW_OF,
    SMALLEST,
    STRING,
    TIMESTAMP,
    Typed,
)

DRAWS_AT_MOST = 2**16
SMALLEST_WRITTEN = ast.dump(ast.UnaryOp(ast.USub(), ast.Constant(-SMALLEST)))
LONGEST_CODE = 100_000
DEEPEST = 90  # nested parentheses; Python's parser allows 200


class ExpressionTranslator:
    """Translates the expressions of one text; its draws are numbered in the order they are written.

    Args:
        scope: the names that may be read.
        own: the names that the text assigns.

    Attributes:
        locals: the assigned names that have a value at the current statement.
        unknown: the assigned names of unknown type, since their value has been rejected.
    """

    def __init__(self, scope: Scope, own: frozenset[str] = frozenset()) -> None:
        self.scope = scope
        self.locals: dict[str, Typed] = {}
        self.unknown: set[str] = set()
        self._own = own
        self._drawn = 0
        self._open = 0
        self._known: dict[int, tuple[ast.expr, Typed]] = {}

    def scalar(self, node: ast.expr) -> Typed:
        """Translate an expression that is a number, boolean, timestamp, duration, or a string of a known set.

        A node is translated once: further calls return the same result.

        Raises:
            ExpressionError: the expression is not allowed, or of the wrong type.
        """
        translate = TRANSLATIONS.get(type(node))
        if translate is None:
            raise ExpressionError(node, f"{source(node)} is not allowed here. Hint: {hints.of_expression(node)}")
        if id(node) not in self._known:  # translating a node twice would number its draws twice
            self._open += 1
            try:
                found = translate(self, node)
            finally:
                self._open -= 1
            if len(found.code) > LONGEST_CODE or (not self._open and _depth(found.code) > DEEPEST):
                raise ExpressionError(node, f"{source(node)} is {TOO_DEEP}")
            self._known[id(node)] = node, found
        return self._known[id(node)][1]

    def draw(self, node: ast.Call, name: str, parameters: Sequence[str]) -> str:
        """Return the code of the next draw."""
        if not self.scope.draws:
            raise ExpressionError(
                node, f"{source(node)} is a draw, which is not allowed here. Hint: draw it in a field or an action"
            )
        given = "".join(f", {parameter}" for parameter in parameters)
        of_line = self.scope.lines is not None and self.scope.lines.within
        most = DRAWS_OF_A_LINE if of_line else DRAWS_AT_MOST
        if self._drawn == most:
            raise ExpressionError(node, f"{source(node)} is one draw too many. Hint: use {most} draws at most")
        self._drawn += 1
        number = f"{LINE_NUMBER} * {DRAWS_OF_A_LINE} + {self._drawn - 1}" if of_line else f"{self._drawn - 1}"
        return f"{name}(fault, key0, key1, subject, tick, {self.scope.purpose}, {number}{given})"

    @property
    def zone(self) -> str:
        """The time zone of the model."""
        return self.scope.zone

    @property
    def zone_attribute(self) -> str:
        """The attribute that has the time zone of each subject instead; empty if none has."""
        return self.scope.zone_attribute

    @property
    def rhythms(self) -> Mapping[str, str]:
        """By the name of a rhythm, its name in the code."""
        return self.scope.rhythms

    @property
    def data(self) -> ModelData:
        """What the code looks up."""
        return self.scope.data

    @property
    def incidents(self) -> Mapping[str, IncidentName]:
        """By the name of an incident, what it stands for; attributes and local variables hide it."""
        scope = self.scope
        return {name: it for name, it in scope.incidents.items() if not (name in self._own or name in scope.names)}

    @property
    def lines(self) -> LineNames | None:
        """What is known of the lines of an event; None if there are none."""
        return self.scope.lines

    def hides(self, name: str) -> bool:
        """Whether an attribute or a local variable has this name."""
        scope = self.scope
        return name in {*self._own, *scope.names, *scope.initial_strings, *scope.unknown, *scope.later}

    def follow_up(self, node: ast.expr) -> None:
        """Raise a :class:`FollowUpError` for a name that has been rejected."""
        if isinstance(node, ast.Name) and (node.id in self.unknown or node.id in self.scope.unknown):
            raise FollowUpError(node, f"{node.id!r} has been rejected")

    def numbers(self, values: Sequence[int | float]) -> str:
        """Return the name of a list of numbers."""
        return self.scope.data.row(values)

    def array(self, what: TableArray) -> str:
        """Return the name of an array of a reference table."""
        return self.scope.data.array(what)

    @property
    def tables(self) -> Mapping[str, Table]:
        """The reference tables by name."""
        return self.scope.tables

    def row(self, node: ast.expr) -> Typed | None:
        """Translate an expression that is a row of a table; None if it is something else."""
        if isinstance(node, ast.Name):
            found = self._known_as(node.id)
        else:
            may_be = isinstance(node, ast.Call | ast.Subscript | ast.IfExp) or is_of_line(node, self)
            found = self.scalar(node) if may_be else None
        return found if found is not None and found.kind.startswith(ROW_OF) else None

    def rows(self, node: ast.expr) -> Typed | None:
        """The rows that an attribute has; None if it is something else."""
        found = self._known_as(node.id) if isinstance(node, ast.Name) else None
        return found if found is not None and found.parts else None

    def _known_as(self, name: str) -> Typed | None:
        return self.locals.get(name) or self.scope.names.get(name)

    def constant(self, node: ast.Constant) -> Typed:
        """Translate a literal."""
        value: object = node.value
        if isinstance(value, bool):
            return Typed(str(value), BOOLEAN, constant=value)
        if isinstance(value, int):
            if not SMALLEST <= value <= LARGEST:
                raise ExpressionError(node, f"{source(node)} does not fit 64 bits. Hint: write it as a float")
            return Typed(str(value), INTEGER, constant=value)
        if isinstance(value, float):
            if not isfinite(value):
                raise ExpressionError(node, f"{source(node)} is not a finite float")
            return Typed(repr(value), FLOAT, constant=value)
        if isinstance(value, Duration):
            if value.milliseconds > LARGEST:
                raise ExpressionError(
                    node, f"{source(node)} does not fit 64 bits of milliseconds. Hint: make it shorter"
                )
            return Typed(str(value.milliseconds), DURATION, constant=value.milliseconds)
        if isinstance(value, str):
            return self.scope.data.text(checked_text(node, value))
        raise ExpressionError(node, f"{source(node)} is not allowed. Hint: use numbers, strings, True and False")

    def name(self, node: ast.Name) -> Typed:
        """Translate a name."""
        found = self._known_as(node.id)
        if found is not None and found.parts:
            hint = f"draw one by pick({node.id}), or write {node.id}[0]"
            raise ExpressionError(node, f"{node.id!r} is {len(found.parts)} {found.kind}. Hint: {hint}")
        if found is not None:
            return found
        if node.id in self.incidents:
            return under_way(node, node.id, self)
        if node.id in self.scope.initial_strings:
            problem = f"{node.id!r} is composed once at the start, so only fields, keys and headers can show it"
            raise ExpressionError(node, f"{problem}. Hint: to compare or assign it, give it values")
        self.follow_up(node)
        if node.id in FUNCTIONS:
            raise ExpressionError(node, f"{node.id!r} is a function. Hint: call it: {node.id}(...)")
        if node.id in self.scope.constants:  # where it is read, its value has taken its place
            raise ExpressionError(node, f"{node.id!r} is a constant and cannot be assigned. Hint: use another name")
        if node.id in self._own:
            near = did_you_mean(node.id, self.scope.names)
            hint = near if near.startswith("did") else "assign it on every path that leads here"
            raise ExpressionError(node, f"{node.id!r} may have no value here. Hint: {hint}")
        if node.id in self.scope.later:
            raise ExpressionError(
                node, f"{node.id!r} gets its first value after this one. Hint: move it above this one"
            )
        return self._word(node)

    def _word(self, node: ast.Name) -> Typed:
        """A name that has a meaning unless the model gives it another one."""
        population = self.scope.population
        if node.id in HIDDEN_WORDS:
            return HIDDEN_WORDS[node.id]
        if node.id == POPULATION and population is not None:
            return population.typed(self.scope.data)
        if node.id in (ID, PARENT) and population is not None and (node.id == ID or population.path):
            problem = f"{node.id!r} is a string, which only fields, keys, headers and first values can show"
            raise ExpressionError(node, f"{problem}. Hint: use index, a number")
        raise ExpressionError(node, f"{node.id!r} is unknown. Hint: {self._instead_of(node.id)}")

    def _instead_of(self, name: str) -> str:
        if name in hints.NAMES:
            return hints.NAMES[name]
        if name in (PARENT, ORDINAL_WORD) and self.scope.population is not None:
            return f"subjects of {self.scope.population.name} are not spawned, so they have no {name}"
        others = sorted(self.scope.initial_strings | self.scope.unknown)
        named = filter(str.isidentifier, self.scope.names)
        hint = did_you_mean(name, [*named, *others, *self.locals, *self.scope.constants, *self.incidents])
        return hint if hint.startswith("did") else f"{hint}; a string needs quotes, such as {name!r}"

    def attribute(self, node: ast.Attribute) -> Typed:
        """Translate a column of a row, or an edge of an incident, and reject every other dotted name with a hint."""
        incident = named(node.value, self)
        if incident is not None:
            return edge(node, incident, self)
        found = of_line(node, self) or column_of(node, self)
        if found is not None:
            return found
        self.follow_up(node.value)
        hint = f"write the name alone: {node.attr}"
        if isinstance(node.value, ast.Attribute) and self.row(node.value.value) is not None:
            hint = f"keep it in an attribute first: {node.value.attr} = {source(node.value)}"
        if isinstance(node.value, ast.Name) and node.value.id == LINES and self.lines is not None:
            hint = f"write sum({source(node)}), or its min or max"
        if node.attr in CALENDAR and self._is_timestamp(node.value):
            hint = f"write {node.attr}({source(node.value)})"
        raise ExpressionError(node, f"{source(node)} is not allowed. Hint: {hint}")

    def _is_timestamp(self, node: ast.expr) -> bool:
        found = self._known_as(node.id) if isinstance(node, ast.Name) else None
        return found is not None and found.kind == TIMESTAMP

    def operation(self, node: ast.BinOp) -> Typed:
        """Translate an arithmetic operation; a unit of time may be a divisor by itself, as in ``3/d``."""
        right = self._unit(node.right) if isinstance(node.op, ast.Div) else None
        return arithmetic(node, (node.left, node.right), (self.scalar(node.left), right or self.scalar(node.right)))

    def _unit(self, node: ast.expr) -> Typed | None:
        """The duration of a unit's name, which names of the model hide."""
        if not isinstance(node, ast.Name) or node.id not in UNITS or self._is_known(node.id):
            return None
        return Typed(str(UNITS[node.id]), DURATION, constant=UNITS[node.id])

    def _is_known(self, name: str) -> bool:
        return name in self.locals or name in self.scope.names or name in self._own or name in self.scope.unknown

    def unary(self, node: ast.UnaryOp) -> Typed:
        """Translate a sign, or ``not``."""
        if ast.dump(node) == SMALLEST_WRITTEN:
            return Typed(f"({SMALLEST})", INTEGER, constant=SMALLEST)  # without its sign it would not fit 64 bits
        value = self.scalar(node.operand)
        if isinstance(node.op, ast.Not):
            return Typed(f"(not {truth(node.operand, value)})", BOOLEAN)
        found = value if value.kind == DURATION else number(node.operand, value)
        if isinstance(node.op, ast.UAdd):
            return found
        if not isinstance(node.op, ast.USub):
            raise ExpressionError(node, f"{source(node)} is not allowed. Hint: use +, - and not")
        if found.kind == FLOAT:
            minus = None if found.constant is None else -float(found.constant)
            return Typed(f"(-{found.code})", FLOAT, constant=minus)
        if isinstance(found.constant, int) and found.constant != SMALLEST:
            return Typed(f"(-{found.code})", found.kind, constant=-found.constant, is_span=found.is_span)
        return Typed(f"negate(fault, {found.code})", found.kind, is_span=found.is_span)

    def both(self, node: ast.BoolOp) -> Typed:
        """Translate ``and`` and ``or``."""
        word = " and " if isinstance(node.op, ast.And) else " or "
        return Typed(f"({word.join(truth(part, self.scalar(part)) for part in node.values)})", BOOLEAN)

    def compare(self, node: ast.Compare) -> Typed:
        """Translate a comparison or a chain of them; the middle of a chain is pure, so it may be computed twice."""
        sides = [node.left, *node.comparators]
        codes = []
        for left, operator, right in zip(sides, node.ops, sides[1:], strict=False):
            if isinstance(operator, ast.In | ast.NotIn):
                codes.append(self._among(node, operator, left, right))
            else:
                codes.append(comparison(node, operator, [left, right], [self.scalar(left), self.scalar(right)]))
        return Typed(f"({' and '.join(codes)})", BOOLEAN)

    def _among(self, node: ast.Compare, operator: ast.cmpop, left: ast.expr, right: ast.expr) -> str:
        value = self.scalar(left)
        if not isinstance(right, ast.Tuple | ast.List | ast.Set):
            texts = tuple(sorted(value.values - {ANY_TEXT}))[:2] or ("a", "b")
            example = texts if value.kind == STRING else (1, 2)
            raise ExpressionError(
                right, f"{source(right)} is not a list. Hint: write for example {source(left)} in {example}"
            )
        if len(value.code) * len(right.elts) > LONGEST_CODE:
            raise ExpressionError(node, f"{source(node)} is {TOO_DEEP}")
        parts = [self.scalar(part) for part in right.elts]
        equal = [
            comparison(node, ast.Eq(), [left, it], [value, part]) for it, part in zip(right.elts, parts, strict=True)
        ]
        # Python evaluates the whole list before it compares, and so must this code if an item may fail: "or" would stop
        # at the first match and skip the faults of the items after it.
        word = " | " if any(may_fault(part.code) for part in parts[1:]) else " or "
        nowhere = f"({value.code} == {value.code}) & False" if may_fault(value.code) else "False"
        code = f"({word.join(equal) or nowhere})"
        return code if isinstance(operator, ast.In) else f"(not {code})"

    def condition(self, node: ast.IfExp) -> Typed:
        """Translate ``a if condition else b``."""
        test = truth(node.test, self.scalar(node.test))
        values = self.scalar(node.body), self.scalar(node.orelse)
        first, second = common(node, list(values))
        code = f"({first.code} if {test} else {second.code})"
        return Typed(code, first.kind, first.values | second.values, is_span=first.is_span and second.is_span)

    def call(self, node: ast.Call) -> Typed:
        """Translate a call of a function or a draw."""
        return call(node, self)

    def item(self, node: ast.Subscript) -> Typed:
        """Translate ``table[key]``, ``outage[region]``, and ``choices(...)[0]``, as in Python's ``random``."""
        incident = named(node, self)
        if incident is not None:
            return under_way(node, incident, self)
        found = lookup(node, self)
        if found is not None:
            return found
        chosen = isinstance(node.value, ast.Call) and getattr(node.value.func, "id", "") == SELECTIONS[1]
        if chosen and isinstance(node.slice, ast.Constant) and node.slice.value == 0:
            return self.scalar(node.value)
        hint = hints.of_lookup(node.value, node.slice) or "only choices(...) can be followed by [0]"
        raise ExpressionError(node, f"{source(node)} is not allowed. Hint: {hint}")


# Any: each method takes the type of node that is its key.
TRANSLATIONS: Mapping[type[ast.expr], Callable[[ExpressionTranslator, Any], Typed]] = {
    ast.Constant: ExpressionTranslator.constant,
    ast.Name: ExpressionTranslator.name,
    ast.BinOp: ExpressionTranslator.operation,
    ast.UnaryOp: ExpressionTranslator.unary,
    ast.BoolOp: ExpressionTranslator.both,
    ast.Compare: ExpressionTranslator.compare,
    ast.IfExp: ExpressionTranslator.condition,
    ast.Call: ExpressionTranslator.call,
    ast.Subscript: ExpressionTranslator.item,
    ast.Attribute: ExpressionTranslator.attribute,
}


def checked_text(node: ast.AST, text: str) -> str:
    """Return the string if it is valid Unicode, so that records can hold it.

    Raises:
        ExpressionError: it contains an unpaired surrogate.
    """
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ExpressionError(node, f"{text!a} is not valid Unicode. Hint: write the character itself")
    return text


def _depth(code: str) -> int:
    """How deeply parentheses are nested."""
    depth = deepest = 0
    for sign in code:
        depth += (sign == "(") - (sign == ")")
        deepest = max(deepest, depth)
    return deepest
