"""Whatever is written, it is refused in words or becomes code that calls what it may call, and nothing else."""

import ast
from random import Random

import pytest

from doge_datagen.engine.code import ALWAYS, ENDS
from doge_datagen.language.calls import DRAWS
from doge_datagen.model.translation import Translation
from tests.language.strange import deep, mutated, noise, syntax
from tests.language.translating import ATTRIBUTES, code_of, names, spec_of

CALLED = {
    *("add", "subtract", "multiply", "negate", "absolute", "floor_divide", "modulo", "power"),
    *("divide", "float_floor_divide", "float_modulo", "float_power", "float_absolute", "least", "greatest"),
    *("to_int", "floor_of", "ceil_of", "round_of", "round_to", "place_of", "int", "float", *DRAWS),
    *("square_root", "exp", "log", "log2", "log10", "sin", "cos", "tan"),
}
"""All that the code of a model may call."""
GIVEN = {*ALWAYS, *ENDS, *(f"a_{name}" for name in ATTRIBUTES)}
NODES = (
    *(ast.Module, ast.FunctionDef, ast.arguments, ast.arg, ast.Return, ast.Assign, ast.If, ast.Pass),
    *(ast.Tuple, ast.Name, ast.Constant, ast.Call, ast.Compare, ast.BoolOp, ast.IfExp, ast.BinOp, ast.UnaryOp),
    *(ast.Subscript, ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop),
)
WAYS = {
    "do": lambda text: {"do": text},
    "field": lambda text: {"fields": {"x": text}},
    "start": lambda text: {"attributes": {"new": text}},
}


def check_code(code):
    tree = ast.parse(code)
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        assert isinstance(node, NODES), ast.dump(node)
        if isinstance(node, ast.Constant):
            assert isinstance(node.value, bool | int | float), node.value
        if isinstance(node, ast.Name) and id(node) in called:
            assert node.id in CALLED, node.id
        elif isinstance(node, ast.Name):
            assert node.id in GIVEN or node.id == "a_new" or node.id.startswith(("v_", "row_")), node.id
        if isinstance(node, ast.FunctionDef):
            assert not node.decorator_list
            assert {it.arg for it in node.args.args} <= {*GIVEN, "a_new"}


def check(text, way):
    translation = Translation(spec_of(**WAYS[way](text)))
    program = translation.program()
    for problem in translation.problems:
        assert problem.message
        assert problem.path[0] in ("transitions", "streams", "subjects")
        assert 0 <= problem.line <= text.count("\n") + text.count("\r") + text.count("\f") + 1
    if not translation.problems:
        check_code(code_of(program))
    return not translation.problems


def run(make, count, seed):
    dice = Random(seed)
    return sum(check(make(dice), dice.choice(list(WAYS))) for _ in range(count))


@pytest.mark.parametrize(("make", "count"), [(noise, 2500), (mutated, 4000), (syntax, 3500), (deep, 100)])
def test_whatever_is_written_is_refused_or_calls_only_what_it_may(make, count):
    assert run(make, count, seed=1) > 0


def test_all_that_may_be_called_is_there():
    assert CALLED - {"int", "float"} <= names().keys()


@pytest.mark.parametrize(
    "text", ["__import__('os')", "index.__class__", "().__class__.__bases__", "eval('1')", "open('x')"]
)
@pytest.mark.parametrize("way", WAYS)
def test_what_reaches_out_is_refused(text, way):
    assert not check(text, way)
