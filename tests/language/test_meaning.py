"""An expression has the same value as in Python, interpreted and compiled."""

import ast
import math
import operator
from random import Random

import numba
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from doge_datagen.engine.compiled.numba_functions import native_names
from tests.effort import with_examples
from tests.language.translating import scalar, value_of

INDEX, TICK = 3, 5
AROUND = {
    "index": INDEX,
    "tick": TICK,
    **{name: getattr(math, name) for name in ("floor", "ceil")},
}
"""The names that Python needs to evaluate the text."""
LEAVES = {
    "integer": st.sampled_from(["index", "tick"])
    | st.integers(-9, 9).map("({})".format)
    | st.integers(-(2**63) + 1, 2**63 - 1).map("({})".format),
    "float": st.sampled_from(["0.0", "0.5", "2.5", "(-1.5)", "1e10"]) | st.floats(-1e6, 1e6).map("({!r})".format),
    "boolean": st.sampled_from(["True", "False"]),
}
KINDS = tuple(LEAVES)


def grown(parts):
    """Expressions with one more operation, for each type of result."""
    integer, floating, boolean = (parts[kind] for kind in KINDS)
    number = integer | floating
    anything = number | boolean
    compared = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])

    def combined(form, *given):
        return st.tuples(*given).map(lambda values: form.format(*values))

    return {
        "integer": st.one_of(
            *(
                combined(form, integer, integer)
                for form in ("({} + {})", "({} - {})", "({} * {})", "({} // {})", "({} % {})")
            ),
            combined("({} if {} else {})", integer, boolean, integer),
            combined("({} ** {})", integer, st.integers(0, 5)),
            combined("(-{})", integer),
            combined("(+{})", boolean),
            combined("abs({})", integer | boolean),
            *(combined(f"{name}({{}})", anything) for name in ("int", "round", "floor", "ceil")),
            combined("min({}, {})", integer, integer),
            combined("max({}, {}, {})", integer, integer, integer),
        ),
        "float": st.one_of(
            *(
                combined(form, floating, anything)
                for form in ("({} + {})", "({} - {})", "({} * {})", "({} // {})", "({} % {})")
            ),
            combined("({} / {})", anything, anything),
            combined("({} if {} else {})", floating, anything, floating),
            combined("(-{})", floating),
            combined("abs({})", floating),
            combined("float({})", anything),
            combined("round({}, {})", floating, st.integers(0, 3)),
            combined("max({}, {})", floating, floating),
        ),
        "boolean": st.one_of(
            combined("({} {} {})", integer, compared, integer),
            combined("({} {} {})", floating, compared, floating),
            combined("({} < {} <= {})", integer, integer, integer),
            combined("({} > {} == {})", floating, floating, floating),
            combined("({} and {})", boolean, boolean),
            combined("({} or {} or {})", boolean, boolean, boolean),
            combined("(not {})", anything),
            combined("bool({})", anything),
            combined("({} in ({}, {}))", integer, integer, integer),
            combined("({} in ({}, {}))", floating, anything, anything),
            combined("({} == {})", floating, boolean),
            combined("({} < {})", boolean, floating),
            combined("({} not in ({}, {}))", boolean, boolean, integer),
        ),
    }


def expressions(depth=3):
    parts = dict(LEAVES)
    for _ in range(depth):
        more = grown(parts)
        parts = {kind: LEAVES[kind] | more[kind] for kind in KINDS}
    return st.one_of(*parts.values())


class Side:
    """An operand of a comparison: an integer and a float compare as floats."""

    def __init__(self, value):
        self.value = value

    def _with(self, other):
        values = self.value, other.value
        return map(float, values) if any(isinstance(it, float) for it in values) else values

    def __hash__(self):
        return hash(self.value)

    def __eq__(self, other):
        return operator.eq(*self._with(other))

    def __lt__(self, other):
        return operator.lt(*self._with(other))

    def __le__(self, other):
        return operator.le(*self._with(other))


def in_64_bits(value):
    """The value, if it fits a model's integers."""
    if isinstance(value, complex) or (isinstance(value, int) and not -(2**63) <= value < 2**63):
        raise ArithmeticError
    return value


def divided(left, right):
    """The quotient: integers become floats first."""
    return float(left) / float(right)


OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: divided,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}


class Checked(ast.NodeTransformer):
    """Adds the rules for numbers in docs/reference/expressions.md to Python's evaluation."""

    def visit_BinOp(self, node):
        self.generic_visit(node)
        name = OPERATORS[type(node.op)].__name__
        return ast.Call(ast.Name("in_64_bits", ast.Load()), [called(name, node.left, node.right)], [])

    def visit_UnaryOp(self, node):
        self.generic_visit(node)
        return node if isinstance(node.op, ast.Not) else called("in_64_bits", node)

    def visit_Call(self, node):
        self.generic_visit(node)
        return called("in_64_bits", node)

    def visit_Compare(self, node):
        self.generic_visit(node)
        node.left = called("Side", node.left)
        for number, side in enumerate(node.comparators):
            if isinstance(side, ast.Tuple):
                side.elts = [called("Side", it) for it in side.elts]
            else:
                node.comparators[number] = called("Side", side)
        return node


def called(name, *given):
    return ast.Call(ast.Name(name, ast.Load()), list(given), [])


FUNCTIONS = {it.__name__: it for it in (*OPERATORS.values(), in_64_bits, Side)}


def by_python(text):
    """Python's value; None if it raises, or if a result does not fit a model's integers."""
    tree = ast.fix_missing_locations(Checked().visit(ast.parse(text, mode="eval")))
    try:
        return eval(compile(tree, text, "eval"), {**AROUND, **FUNCTIONS})
    except (ArithmeticError, ValueError):
        return None


def same(one, other):
    return type(one) is type(other) and (one == other or (math.isnan(one) and math.isnan(other)))


@given(expressions())
@example("(-7 // 2) * 10 + -7 % 2")
@example("-2 ** 2")
@example("7.5 // -2 + 7.5 % -2")
@example("round(0.5) + round(1.5) + round(2.5)")
@example("9223372036854775807 + 1")
@example("True + True")
@example("1 if 0.0 else 2")
@example("index in (index, index // 0)")
@example("index in (0, 1) and index // 0")
@example("index // 0 in ()")
@example("(9007199254740993 == 9007199254740992.0)")
@with_examples(700)
def test_an_expression_has_the_same_value_as_in_python(text):
    actual, fault = value_of(text, INDEX, TICK)
    expected = by_python(text)
    assert (fault == 0) == (expected is not None), (actual, fault, expected)
    assert fault or same(actual, expected), (actual, expected)


@given(st.integers(-(2**63), 2**63 - 1), st.integers(-(2**63), 2**63 - 1), st.sampled_from(["+", "-", "*", "//", "%"]))
@with_examples(300)
def test_an_integer_is_that_of_python_or_a_fault(a, b, operator):
    text = f"{a} {operator} {b}" if b >= 0 else f"{a} {operator} ({b})"
    actual, fault = value_of(text)
    expected = by_python(text)
    assert (actual, fault) == (expected, 0) if expected is not None else fault != 0


def some_expressions(count, seed):
    """Random expressions of the same forms; not from Hypothesis, as they are compiled together."""
    dice = Random(seed)
    integer, floating, boolean = (
        ["index", "tick", "7", "(-3)"],
        ["0.5", "(-2.25)", "random()", "float(index)"],
        ["True", "index > 1"],
    )
    pool = {"integer": integer, "float": floating, "boolean": boolean}
    forms = [
        ("integer", "({integer} + {integer})"),
        ("integer", "({integer} * {integer} - {integer})"),
        ("integer", "({integer} // {integer})"),
        ("integer", "({integer} % {integer})"),
        ("integer", "({integer} if {boolean} else {boolean})"),
        ("integer", "round({float})"),
        ("integer", "floor({float} * {integer})"),
        ("integer", "randint({integer}, 9)"),
        ("integer", "min({integer}, {integer}, 2)"),
        ("integer", "choice([{integer}, 2, 3, 4])"),
        ("integer", "choices([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])[0]"),
        ("float", "({float} + {integer})"),
        ("float", "({float} * {float})"),
        ("float", "({integer} / {integer})"),
        ("float", "({float} % {float})"),
        ("float", "({float} // {integer})"),
        ("float", "round({float}, 2)"),
        ("float", "(-{float} if {boolean} else {integer})"),
        ("float", "uniform({float}, {float})"),
        ("boolean", "({integer} < {integer} <= {integer})"),
        ("boolean", "({float} > {integer})"),
        ("boolean", "({float} == {boolean})"),
        ("boolean", "({boolean} in ({float}, {integer}, {boolean}))"),
        ("float", "max({boolean}, {float})"),
        ("float", "(({float}) if {boolean} else {boolean})"),
        ("float", "choice([{boolean}, {float}, {integer}])"),
        ("float", "({boolean} * {float} - {boolean})"),
        ("integer", "min({boolean}, {integer}) + {boolean}"),
        ("boolean", "({boolean} and {boolean})"),
        ("boolean", "(not {integer})"),
        ("boolean", "({integer} in (1, 2, {integer}))"),
        ("integer", "(-9223372036854775808)"),
        ("integer", "{integer} ** 2"),
    ]
    for _ in range(count):
        kind, form = dice.choice(forms)
        pool[kind].append(form.format(**{name: dice.choice(known) for name, known in pool.items()}))
    return [text for kind in pool for text in pool[kind]]


@pytest.mark.slow
def test_compiled_code_gives_the_same_bits_as_interpreted_code():
    texts = some_expressions(25, seed=4)
    tables = []
    lines = ["def all_of(fault, faults, integers, floats, key0, key1, subject, tick, timestamp):"]
    for number, text in enumerate(texts):
        typed, rows = translated(text, f"t{number}_")
        tables.append(rows)
        column = "floats" if typed.kind == "float" else "integers"
        code = typed.code.replace("row_", f"t{number}_row_")
        lines += [f"    {column}[{number}] = {code}", f"    faults[{number}] = fault[0]", "    fault[0] = 0"]
    around = {**native_names(), **{name: np.array(row) for rows in tables for name, row in rows.items()}}
    exec("\n".join(lines), around)
    function = numba.njit(around["all_of"])
    faults, integers, floats = np.zeros(len(texts), int), np.zeros(len(texts), int), np.zeros(len(texts))
    function(np.zeros(1, int), faults, integers, floats, 1, 2, INDEX, TICK, 1_000_000)
    for number, text in enumerate(texts):
        actual, fault = value_of(text, INDEX, TICK)
        assert faults[number] == fault, text
        compiled = floats[number] if isinstance(actual, float) else integers[number]
        assert fault or same(float(compiled), float(actual)), (text, compiled, actual)


def translated(text, prefix):
    typed, rows = scalar(text)
    return typed, {f"{prefix}{name}": row for name, row in rows.items()}
