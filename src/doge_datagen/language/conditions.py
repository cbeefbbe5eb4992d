"""Translate ``and`` and ``or``, chains of comparisons, membership in a list, and ``a if condition else b``."""

from __future__ import annotations

import ast

from doge_datagen.language.arithmetic import may_fault
from doge_datagen.language.errors import ExpressionError
from doge_datagen.language.operators import common, comparison, source, truth
from doge_datagen.language.parameters import Translator
from doge_datagen.language.parse import LONGEST_CODE, TOO_DEEP
from doge_datagen.language.types import ANY_TEXT, BOOLEAN, STRING, Typed


def boolean_operation(node: ast.BoolOp, within: Translator) -> Typed:
    """Translate ``and`` and ``or``."""
    word = " and " if isinstance(node.op, ast.And) else " or "
    return Typed(f"({word.join(truth(part, within.scalar(part)) for part in node.values)})", BOOLEAN)


def comparisons(node: ast.Compare, within: Translator) -> Typed:
    """Translate a comparison or a chain of them; the middle of a chain is pure, so it may be computed twice."""
    sides = [node.left, *node.comparators]
    codes = []
    for left, operator, right in zip(sides, node.ops, sides[1:], strict=False):
        if isinstance(operator, ast.In | ast.NotIn):
            codes.append(_among(node, operator, (left, right), within))
        else:
            codes.append(comparison(node, operator, [left, right], [within.scalar(left), within.scalar(right)]))
    return Typed(f"({' and '.join(codes)})", BOOLEAN)


def _among(node: ast.Compare, operator: ast.cmpop, sides: tuple[ast.expr, ast.expr], within: Translator) -> str:
    left, right = sides
    value = within.scalar(left)
    if not isinstance(right, ast.Tuple | ast.List | ast.Set):
        texts = tuple(sorted(value.values - {ANY_TEXT}))[:2] or ("a", "b")
        example = texts if value.kind == STRING else (1, 2)
        raise ExpressionError(
            right, f"{source(right)} is not a list. Hint: write for example {source(left)} in {example}"
        )
    if len(value.code) * len(right.elts) > LONGEST_CODE:
        raise ExpressionError(node, f"{source(node)} is {TOO_DEEP}")
    parts = [within.scalar(part) for part in right.elts]
    equal = [comparison(node, ast.Eq(), [left, it], [value, part]) for it, part in zip(right.elts, parts, strict=True)]
    # Python evaluates the whole list before it compares, and so must this code if an item may fail: "or" would stop
    # at the first match and skip the faults of the items after it.
    word = " | " if any(may_fault(part.code) for part in parts[1:]) else " or "
    nowhere = f"({value.code} == {value.code}) & False" if may_fault(value.code) else "False"
    code = f"({word.join(equal) or nowhere})"
    return code if isinstance(operator, ast.In) else f"(not {code})"


def conditional(node: ast.IfExp, within: Translator) -> Typed:
    """Translate ``a if condition else b``."""
    test = truth(node.test, within.scalar(node.test))
    values = within.scalar(node.body), within.scalar(node.orelse)
    first, second = common(node, list(values))
    code = f"({first.code} if {test} else {second.code})"
    return Typed(code, first.kind, first.values | second.values, is_span=first.is_span and second.is_span)
