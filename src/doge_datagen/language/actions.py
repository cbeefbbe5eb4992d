"""Translate actions from Python's syntax tree to the body of a function that both engines run."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, replace

from doge_datagen.errors import did_you_mean
from doge_datagen.language import hints
from doge_datagen.language.arithmetic import arithmetic
from doge_datagen.language.calls import RESERVED
from doge_datagen.language.errors import ExpressionError, FollowUpError
from doge_datagen.language.expressions import ExpressionTranslator
from doge_datagen.language.names import read_name
from doge_datagen.language.operators import convert, source, truth
from doge_datagen.language.parse import TOO_DEEP
from doge_datagen.language.scope import WORDS, Scope, attribute_code, local_code
from doge_datagen.language.table_rows import draws_arrived
from doge_datagen.language.types import ANY_TEXT, BOOLEAN, STRING, Typed

DEEPEST = 60  # nested blocks; Python's parser allows 100
RETURNED = "{} is not allowed. Hint: return False to reject the transition, True to let it happen, or a comparison"
ALLOWED = "use assignments, if, elif, else, require(...), return False and pass"


@dataclass(frozen=True, slots=True)
class Action:
    """A translated action.

    Attributes:
        lines: the body of a function that returns whether the transition happens, followed by the attributes of
            ``writes``.
        writes: the attributes it may assign, in the order of the population.
        may_reject: whether it can block the transition.
    """

    lines: tuple[str, ...]
    writes: tuple[str, ...]
    may_reject: bool


def action(body: Sequence[ast.stmt], scope: Scope, *, rejects: bool = True) -> tuple[Action, list[ExpressionError]]:
    """Translate the statements of an action; return it and all errors found in it.

    Args:
        body: the statements.
        scope: the names that they may use.
        rejects: whether a draw of a subject that finds nobody rejects the transition; else it is a fault.
    """
    translation = StatementTranslator(scope, _stored(body), rejects=rejects)
    translation.block(body, 0)
    # Always, also behind a return: the function ends with a value for Numba on each path.
    lines = (*translation.lines, translation.ending("True"))
    return Action(lines, translation.writes, translation.may_reject), translation.refused


def never_rejected(body: Sequence[ast.stmt]) -> None:
    """Check that an action has nothing that could block what it belongs to.

    Raises:
        ExpressionError: it has a ``require`` or a ``return``.
    """
    for node in (node for statement in body for node in ast.walk(statement)):
        match node:
            case ast.Call(func=ast.Name(id="require")) | ast.Return():
                problem = f"{source(node)} is not allowed: an arrival cannot be rejected"
                raise ExpressionError(node, f"{problem}. Hint: use if, or lower the rate")


def _stored(body: Sequence[ast.stmt]) -> frozenset[str]:
    """The names that the statements assign."""
    nodes = (node for statement in body for node in ast.walk(statement))
    return frozenset(node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))


class StatementTranslator:
    """Translates statements one by one.

    Args:
        scope: the names that they may use.
        stored: those that they assign.
        rejects: as :func:`action` takes it.

    Attributes:
        lines: the code so far.
        writes: the attributes that are assigned anywhere in the action.
        may_reject: whether a statement so far can block the transition.
        refused: the errors so far.
    """

    def __init__(self, scope: Scope, stored: frozenset[str], *, rejects: bool = True) -> None:
        self.lines: list[str] = []
        self.writes = tuple(name for name in scope.targets if name in stored)
        self.may_reject = False
        self.refused: list[ExpressionError] = []
        self._scope, self._rejects = scope, rejects
        self._may_find_nobody = False
        self._expressions = ExpressionTranslator(scope, stored)
        self._kinds: dict[str, Typed] = {}

    def block(self, body: Sequence[ast.stmt], depth: int) -> None:
        """Translate statements inside ``depth`` nested ``if`` statements."""
        if depth > DEEPEST:
            raise ExpressionError(body[0], TOO_DEEP)
        before = len(self.lines)
        for statement in body:
            try:
                self._statement(statement, depth)
            except ExpressionError as refused:
                self.refused.append(refused)
                # What a rejected statement assigns has no type, and its uses are not errors of their own.
                self._expressions.unknown |= _stored([statement]) - self._expressions.locals.keys()
        # A block whose statements were all rejected, or are pass, would not be valid Python.
        if len(self.lines) == before and depth:
            self._line(depth, "pass")

    def ending(self, verdict: str) -> str:
        """The line that returns from the function."""
        happens = f"unless_nobody(fault, {verdict})" if self._may_find_nobody else verdict
        return f"return ({', '.join((happens, *map(attribute_code, self.writes)))},)"

    def _line(self, depth: int, line: str) -> None:
        self.lines.append("    " * depth + line)
        if self._rejects and draws_arrived(line):
            self._may_find_nobody = self.may_reject = True

    def _statement(self, node: ast.stmt, depth: int) -> None:
        match node:
            case ast.Assign(targets=[ast.Name() as target], value=value):
                self._assign(target, value, self._expressions.scalar(value), depth)
            case ast.AugAssign(target=ast.Name() as target, value=value):
                found = self._expressions.scalar(value)
                read = read_name(target, self._expressions)
                self._assign(target, node, arithmetic(node, (target, value), (read, found)), depth)
            case ast.If():
                self._if(node, depth)
            case ast.Expr(value=ast.Call(func=ast.Name(id="require")) as call):
                self._require(call, depth)
            case ast.Return():
                self._return(node, depth)
            case ast.Expr(value=ast.Constant(value=str())) if depth == 0 and not self.lines:
                pass  # a docstring
            case ast.Pass():
                pass
            case _:
                raise _not_allowed(node)

    def _assign(self, target: ast.Name, node: ast.AST, value: Typed, depth: int) -> None:
        name = target.id
        if name in self._scope.targets:
            wanted = self._scope.targets[name]
            found = convert(node, value, wanted.kind)
            _check_values(node, name, found, wanted)
            self._line(depth, f"{attribute_code(name)} = {found.code}")
            return
        if name in self._scope.unknown:
            raise FollowUpError(target, f"{name!r} has been rejected")
        self._check_name(target, name)
        # The first assignment decides on the type: a variable of compiled code has only one.
        known = self._kinds.setdefault(name, value)
        found = convert(node, value, known.kind)
        values = known.values | found.values
        local = Typed(local_code(name), found.kind, values, is_span=known.is_span and found.is_span)
        self._kinds[name] = self._expressions.locals[name] = local
        self._line(depth, f"{local_code(name)} = {found.code}")

    def _check_name(self, node: ast.AST, name: str) -> None:
        if name in self._scope.incidents:
            raise ExpressionError(node, f"{name!r} is an incident, which no action can change. Hint: use another name")
        if name in self._scope.initial_strings:
            problem = f"{name!r} is composed once at the start and cannot be assigned"
            raise ExpressionError(node, f"{problem}. Hint: to assign it, give it values")
        if name in WORDS or name in RESERVED or name == "require":
            raise ExpressionError(node, f"{name!r} is a reserved name and cannot be assigned. Hint: use another name")
        if name in self._scope.constants:
            raise ExpressionError(node, f"{name!r} is a constant and cannot be assigned. Hint: use another name")
        if name in self._scope.names:
            raise ExpressionError(node, f"{name!r} cannot be assigned here")

    def _if(self, node: ast.If, depth: int, word: str = "if") -> None:
        self._line(depth, f"{word} {self._condition(node.test)}:")
        before = dict(self._expressions.locals)
        self.block(node.body, depth + 1)
        after = self._expressions.locals
        # Each branch knows what was assigned before, and nothing of the other branch.
        self._expressions.locals = dict(before)
        match node.orelse:
            case [ast.If() as following]:
                self._if(following, depth, "elif")
            case [_, *_]:
                self._line(depth, "else:")
                self.block(node.orelse, depth + 1)
        self._expressions.locals = _known_after(node, after, self._expressions.locals)

    def _condition(self, test: ast.expr) -> str:
        """The code of a condition; if it is rejected, the statements that depend on it are still checked."""
        try:
            return truth(test, self._expressions.scalar(test))
        except ExpressionError as refused:
            self.refused.append(refused)
            # Any condition would do: this code never runs.
            return "False"

    def _require(self, node: ast.Call, depth: int) -> None:
        if len(node.args) != 1 or node.keywords:
            example = " and ".join(map(source, node.args)) if node.args and not node.keywords else "index > 0"
            raise ExpressionError(node, f"{source(node)}: require takes one condition. Hint: write require({example})")
        self.may_reject = True
        self._line(depth, f"if not {truth(node.args[0], self._expressions.scalar(node.args[0]))}:")
        self._line(depth + 1, self.ending("False"))

    def _return(self, node: ast.Return, depth: int) -> None:
        if isinstance(node.value, ast.Constant) and node.value.value is None:
            raise ExpressionError(node, RETURNED.format(source(node)))
        happens = Typed("True", BOOLEAN) if node.value is None else self._expressions.scalar(node.value)
        if happens.kind != BOOLEAN:
            raise ExpressionError(node, RETURNED.format(source(node)))
        if happens.code == "True":
            self._line(depth, self.ending("True"))
            return
        self.may_reject = True
        self._line(depth, f"verdict = {happens.code}")  # Numba rejects a condition in a tuple of more than 30 items
        self._line(depth, self.ending("verdict"))


def _known_after(node: ast.If, first: dict[str, Typed], second: dict[str, Typed]) -> dict[str, Typed]:
    """The names that have a value after either branch; a branch that always returns does not count."""
    if _leaves(node.body):
        return second
    if _leaves(node.orelse):
        return first
    return {
        name: replace(value, values=value.values | second[name].values, is_span=value.is_span and second[name].is_span)
        for name, value in first.items()
        if name in second
    }


def _leaves(body: Sequence[ast.stmt]) -> bool:
    """Whether the statements always return, so that nothing after them is reached."""
    return any(
        isinstance(it, ast.Return) or (isinstance(it, ast.If) and _leaves(it.body) and _leaves(it.orelse))
        for it in body
    )


def _nothing_done(value: ast.expr) -> str:
    """The message about an expression that is a statement by itself."""
    text = source(value)
    match value:
        case ast.Call(func=ast.Name(id=name)) if name in hints.CALLS:
            return f"{text} is not allowed. Hint: {hints.CALLS[name]}"
        case ast.Compare(left=ast.Name(id=name), ops=[ast.Eq()]):
            return f"{text} is a comparison, which changes nothing. Hint: to assign {name} write ="
    if text.startswith("require"):
        return f"{text} changes nothing. Hint: put the whole condition in parentheses: require(...)"
    return f"{text} changes nothing. Hint: {ALLOWED}"


def _not_allowed(node: ast.stmt) -> ExpressionError:
    match node:
        case ast.Assign(targets=[ast.Attribute() as target]) | ast.AugAssign(target=ast.Attribute() as target):
            return ExpressionError(node, f"{source(target)} cannot be assigned. Hint: write {target.attr}")
        case ast.Assign(targets=[target, *_]) | ast.AugAssign(target=target):
            return ExpressionError(node, f"{source(target)} cannot be assigned. Hint: assign one name at a time")
        case ast.Expr(value=value):
            return ExpressionError(node, _nothing_done(value))
    hint = hints.STATEMENTS.get(type(node), ALLOWED)
    return ExpressionError(node, f"{source(node).splitlines()[0]} is not allowed. Hint: {hint}")


def _check_values(node: ast.AST, name: str, found: Typed, wanted: Typed) -> None:
    strange_ones = found.values - wanted.values - {ANY_TEXT}
    if wanted.kind == STRING and ANY_TEXT not in wanted.values and strange_ones:
        strange = min(strange_ones)
        hint = did_you_mean(strange, sorted(wanted.values))
        raise ExpressionError(node, f"{strange!r} is not one of the values of {name!r}. Hint: {hint}")
